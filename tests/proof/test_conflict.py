"""A gap whose articles disagree on what it asks is told from one whose articles disagree on something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.answering import Answerer, AnswerOptions
from kb.gaps.vocabulary import GapStatus
from kb.index.snapshot import Snapshot
from kb.proof.conflict import find_conflict
from kb.records.proofs import WatchedGap, Wording
from kb.text.embedding import open_encoder
from tests.proof.conftest import Collect

ARTICLES = {
    "en/refund-card": "Refund to a credit card\n\nA refund to a credit card takes 5 working days after the parcel arrived.",
    "en/refund-faq": "Refund questions\n\nA refund to a credit card takes 9 working days after the parcel arrived.",
    "en/lamp": "Lamps\n\nThe lamp of the router blinks for a minute when it starts.",
    "zh/express": "加急配送\n\n加急配送的包裹在下单后 2 天内送到您的家门口。",
    "zh/express-faq": "加急配送常见问题\n\n加急配送的包裹在下单后 5 天内送到您的家门口。",
}


@pytest.fixture(scope="module")
def snapshot(collect: Collect) -> Snapshot:
    return collect(ARTICLES)


@pytest.fixture
def answerer(models: Path) -> Answerer:
    return Answerer(AnswerOptions(models, open_encoder))


def gap(question: str, lang: str) -> WatchedGap:
    wording = Wording("gap_1", question, question, lang, 1, datetime(2026, 11, 1, tzinfo=UTC))  # type: ignore[arg-type]
    return WatchedGap("gap_1", question, GapStatus.OPEN, 0, (wording,), {}, ())


@pytest.mark.parametrize(
    ("question", "lang", "articles", "says"),
    [
        ("how long does a refund to a credit card take", "en", {"en/refund-card", "en/refund-faq"}, ("5", "9")),
        ("加急配送的包裹几天送到", "zh", {"zh/express", "zh/express-faq"}, ("2", "5")),
    ],
)
def test_both_sides_are_named(
    answerer: Answerer, snapshot: Snapshot, question: str, lang: str, articles: set[str], says: tuple[str, str]
) -> None:
    found = find_conflict(answerer, snapshot, gap(question, lang))
    assert found is not None
    assert {found.article_id, found.other_id} == articles
    assert all(number in found.quote + found.other_quote for number in says)


def test_a_dispute_about_something_else_is_none_about_this(answerer: Answerer, snapshot: Snapshot) -> None:
    assert find_conflict(answerer, snapshot, gap("why does the lamp of the router blink", "en")) is None
    assert find_conflict(answerer, snapshot, gap("does a refund need the original box and receipt", "en")) is None
