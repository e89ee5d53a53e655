"""An article that answers when it is tried alone, and what must not be taken for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.composition import OpenService, open_service
from kb.gaps.vocabulary import Cause, SignalKind
from kb.ids import new_id
from kb.proof.findability import FindabilityRules, find_article
from kb.proof.keeper import GapKeeper, KeeperLimits
from kb.records import Signal
from kb.settings import Settings
from tests.conftest import Site

NEARLY = "can i exchange faulty media"  # 0.92 among all, 0.96 alone
SURE = "refund for opened software?"
ABSENT = "Do you sell electric bicycles?"


@pytest.fixture
def careful(site: Site) -> Iterator[OpenService]:
    """A help centre that states an answer from a confidence of 0.94 on."""
    with open_service(Settings(data=site.data, wrong_answer_budget=0.02)) as opened:
        opened.live.current()
        yield opened


def report(opened: OpenService, *questions: str) -> str:
    """A gap of these wordings."""
    gap_id = new_id("gap")
    for question in questions:
        signal = Signal(SignalKind.NO_ANSWER, gap_id, question, lang="en", terms=tuple(question.split()))
        gap_id = opened.records.add_signal(signal, channel="bot").gap_id
    return gap_id


def test_an_article_that_is_sure_alone_and_came_first_among_all_is_found(careful: OpenService) -> None:
    gap = careful.records.proofs.gap(report(careful, NEARLY))
    found = find_article(careful.service.answerer, careful.live.current(), gap)
    assert found is not None
    assert (found.kind, found.article_id) == ("alone", "en/billing/refunds")
    assert "faulty media are exchanged within 30 days" in found.quote
    assert found.score >= 0.94
    strict = FindabilityRules(below=0.01)
    assert find_article(careful.service.answerer, careful.live.current(), gap, strict) is None


def test_what_no_article_is_about_is_not_found(careful: OpenService) -> None:
    gap = careful.records.proofs.gap(report(careful, ABSENT))
    assert find_article(careful.service.answerer, careful.live.current(), gap) is None


def test_what_is_answered_when_it_is_asked_again_is_found_without_a_trial(careful: OpenService) -> None:
    gap = careful.records.proofs.gap(report(careful, SURE))
    found = find_article(careful.service.answerer, careful.live.current(), gap)
    assert found is not None
    assert (found.kind, found.article_id) == ("found", "en/billing/refunds")


def test_half_of_what_was_asked_must_be_answered(careful: OpenService) -> None:
    records = careful.records
    gap_id = report(careful, NEARLY, ABSENT, "Which parrots live in Norway?")
    assert find_article(careful.service.answerer, careful.live.current(), records.proofs.gap(gap_id)) is None


def test_the_keeper_tries_new_gaps_and_the_cause_quotes_what_it_found(careful: OpenService, site: Site) -> None:
    limits = KeeperLimits(age=0)
    keeper = GapKeeper(site.data, careful.live, careful.service.answerer, careful.records, limits)
    gap_id, absent = report(careful, NEARLY), report(careful, ABSENT)
    keeper.work()
    gap = careful.records.get_gap(gap_id)
    assert gap.summary.cause is Cause.FINDABILITY
    assert gap.summary.cause_evidence.startswith("en/billing/refunds answers it when it is searched alone: «")
    assert gap.found is not None
    assert careful.records.findability.get(gap_id) == gap.found
    assert careful.records.get_gap(absent).summary.cause is Cause.MISSING
    assert careful.records.findability.untried(0, 10) == []
