from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kb.answer.filters import allowed_rows, refusal
from kb.answer.lookup import look_up
from kb.answer.rank import load_rankers
from kb.answer.retrieve import retrieve
from kb.index.snapshot import Snapshot
from kb.text.tokenize import tokenize
from kb.types import Filters

_TODAY = date(2026, 11, 22)


def _articles(snapshot: Snapshot, text: str, filters: Filters = Filters()) -> list[str]:  # noqa: B008
    allowed = allowed_rows(snapshot, filters, _TODAY)
    lookup = look_up(snapshot.lexical, tokenize(text))
    ranker = load_rankers()["lexical"]
    return [hit.article.id for hit in retrieve(snapshot, lookup, None, weight=0.0, ranker=ranker, allowed=allowed)]


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("money back by credit card", "en/billing/refunds"),
        ("reimbursement", "en/billing/refunds"),  # a synonym: the word is nowhere in the text
        ("E-203", "en/devices/router"),
        ("信用卡退款到账时间", "zh/billing/refunds"),
        ("信用卡退款到帳時間", "zh/billing/refunds"),  # traditional characters
        ("返款", "zh/billing/refunds"),
        ("换手机", "zh/devices/two-step"),
    ],
)
def test_the_right_article_comes_first(snapshot: Snapshot, question: str, article: str) -> None:
    assert _articles(snapshot, question)[0] == article


def test_what_an_audience_may_not_see_is_never_ranked(snapshot: Snapshot) -> None:
    question = "goodwill vouchers of agents"
    assert "en/billing/internal" not in _articles(snapshot, question)
    assert _articles(snapshot, question, Filters(audience=("agent",)))[0] == "en/billing/internal"


def test_filters_keep_their_category_and_tags(snapshot: Snapshot) -> None:
    assert set(_articles(snapshot, "refund router", Filters(category=("devices",)))) == {"en/devices/router"}
    assert set(_articles(snapshot, "refund router", Filters(tags=("refund",)))) == {
        "en/billing/refunds",
        "zh/billing/refunds",
    }


def test_a_question_without_any_known_word_finds_nothing(snapshot: Snapshot) -> None:
    assert _articles(snapshot, "zzz qqq") == []


def test_vectors_bring_in_what_no_word_matches(snapshot: Snapshot) -> None:
    row = len(snapshot.passages) - 1
    hits = retrieve(snapshot, look_up(snapshot.lexical, ["zzz"]), snapshot.vectors[row], weight=0.4)
    assert row in [hit.row for hit in hits[:2]]
    assert hits[0].vector == pytest.approx(1.0, abs=1e-5)
    assert (hits[0].lexical_rank, hits[0].vector_rank) == (0, 1)


def test_hits_are_sorted_limited_and_carry_true_scores(snapshot: Snapshot) -> None:
    terms = tokenize("refund parcel order router reset")
    hits = retrieve(snapshot, look_up(snapshot.lexical, terms), snapshot.vectors[0], weight=0.3, limit=4)
    scores = snapshot.lexical.scores(terms)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(hits) == 4
    for hit in hits:
        assert hit.lexical == pytest.approx(float(scores[hit.row]))
        assert hit.vector == pytest.approx(float(np.dot(snapshot.vectors[hit.row], snapshot.vectors[0])), abs=1e-5)


def test_validity_is_checked_by_day(snapshot: Snapshot) -> None:
    from dataclasses import replace

    article = replace(
        snapshot.articles["en/billing/refunds"], valid_from=date(2026, 11, 1), valid_until=date(2026, 12, 31)
    )
    assert refusal(article, Filters(), date(2026, 10, 31)) == "valid_from"
    assert refusal(article, Filters(), date(2026, 11, 1)) == ""
    assert refusal(article, Filters(), date(2027, 1, 1)) == "valid_until"
