"""Which questions of the records guard a change of the articles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.comparing import answered_of_records, gaps_of_records
from api.composition import OpenService, open_service
from kb.gaps.vocabulary import GapStatus
from kb.settings import Settings
from kb.types import Query
from tests.conftest import Site

REFUND = "How long does a refund to my credit card take?"
CANOE = "Do you rent out canoes?"


@pytest.fixture
def base(site: Site, tmp_path: Path) -> Path:
    """The folder that the questions were answered from, as a check of a change has it."""
    return Path(shutil.copytree(site.articles, tmp_path / "base"))


def opened_with(site: Site, *questions: str) -> OpenService:
    opened = open_service(Settings(data=site.data))
    for question in questions:
        opened.service.ask(Query(question))
    opened.records.flush()
    return opened


def test_what_was_answered_is_one_entry_with_how_often_it_was_asked(site: Site, base: Path) -> None:
    with opened_with(site, REFUND, CANOE, REFUND) as opened:
        [entry] = answered_of_records(opened.records, base)
    assert (entry.id, entry.status, entry.left_out) == ("answered", "answered", 0)
    assert [(asked.text, asked.source, asked.lang, asked.count) for asked in entry.questions] == [
        (REFUND, "answered", "en", 2)
    ]


def test_what_was_answered_from_other_folders_does_not_count(site: Site, base: Path) -> None:
    (base / "en" / "billing" / "refunds.md").unlink()
    with opened_with(site, REFUND) as opened:
        assert answered_of_records(opened.records, base) == []


def test_dismissed_gaps_are_not_asked_and_others_with_the_wordings_asked_most(site: Site) -> None:
    with opened_with(site, CANOE, CANOE) as opened:
        [gap] = gaps_of_records(opened.records)
        assert [(asked.text, asked.source, asked.count) for asked in gap.questions] == [(CANOE, "gap", 2)]
        opened.records.update_gap(gap.id, who="ann", status=GapStatus.DISMISSED, note="Not ours.")
        assert gaps_of_records(opened.records) == []
