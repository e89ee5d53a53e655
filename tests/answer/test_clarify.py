"""Asking back: real, different headings; and what a chosen one gives, also in an index that has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.answer.clarify import chosen_hit, options_for
from kb.answer.confidence import weights_for
from kb.answer.decide import DecisionParameters, decide, decide_chosen
from kb.answer.find import Findings
from kb.answer.question import understand
from kb.errors import NotFoundError
from kb.index.snapshot import Snapshot
from kb.types import Filters, Hit, Outcome

_TODAY = date(2026, 11, 22)


def _hit(snapshot: Snapshot, row: int, score: float) -> Hit:
    passage = snapshot.passages[row]
    return Hit(row, passage, snapshot.articles[passage.article_id], score, 1.0, 0.5, 1, 1)


def _rows(snapshot: Snapshot, *article_ids: str) -> list[int]:
    return [row for article_id in article_ids for row in snapshot.rows_of_article[article_id]]


def test_articles_that_tie_are_options_with_their_titles(snapshot: Snapshot) -> None:
    hits = [_hit(snapshot, row, 0.5) for row in _rows(snapshot, "en/devices/router", "en/billing/refunds")]
    options = options_for(understand("reset"), hits)
    assert [option.article_id for option in options] == ["en/devices/router", "en/billing/refunds"]
    assert [option.label for option in options] == [snapshot.articles[o.article_id].title for o in options]


def test_headings_of_one_article_are_options_when_only_it_competes(snapshot: Snapshot) -> None:
    options = options_for(understand("退款"), [_hit(snapshot, r, 0.5) for r in _rows(snapshot, "zh/billing/refunds")])
    assert 2 <= len(options) <= 4
    assert len({option.label for option in options}) == len(options)
    assert {option.id for option in options} <= {passage.id for passage in snapshot.passages}


@pytest.mark.parametrize(
    "question", ["how long does a refund to my credit card take", "退款到信用卡需要多久到账", "", "???"]
)
def test_a_question_that_says_what_it_is_about_gets_no_options(snapshot: Snapshot, question: str) -> None:
    hits = [_hit(snapshot, row, 0.5) for row in range(len(snapshot.passages))]
    assert options_for(understand(question), hits) == ()


def test_one_clear_best_place_gets_no_options(snapshot: Snapshot) -> None:
    rows = _rows(snapshot, "en/devices/router", "en/billing/refunds")
    hits = [_hit(snapshot, row, 0.9 if n == 0 else 0.3) for n, row in enumerate(rows)]
    assert options_for(understand("reset"), hits) == ()


def test_what_must_not_be_quoted_is_no_option(snapshot: Snapshot) -> None:
    hits = [_hit(snapshot, row, 0.5) for row in _rows(snapshot, "en/devices/router", "en/billing/refunds")]
    closed = [
        h if h.article.id == "en/devices/router" else replace(h, article=replace(h.article, policy="link_only"))
        for h in hits
    ]
    assert all(option.article_id == "en/devices/router" for option in options_for(understand("reset"), closed))


@pytest.mark.parametrize(("word", "outcome"), [("refund", Outcome.CLARIFY), ("moonshine", Outcome.NO_ANSWER)])
def test_options_that_hold_a_word_only_somewhere_are_not_offered_with_low_confidence(
    snapshot: Snapshot, word: str, outcome: Outcome
) -> None:
    hits = tuple(_hit(snapshot, row, 0.5) for row in _rows(snapshot, "en/devices/router", "en/billing/refunds"))
    question = understand(word)
    findings = Findings("en", hits, weights_for(snapshot, question), {"coverage": 1.0}, 0.03, 0.0)
    decision = decide(question, findings, max_citations=3)
    assert decision.outcome is outcome
    assert bool(decision.options) is (outcome is Outcome.CLARIFY)
    unsure = decide(question, replace(findings, score=DecisionParameters().thresholds.suggest), max_citations=3)
    assert unsure.outcome is Outcome.CLARIFY


def test_every_passage_can_be_chosen_and_is_then_quoted(snapshot: Snapshot) -> None:
    question = understand("that one")
    for row, passage in enumerate(snapshot.passages):
        article = snapshot.articles[passage.article_id]
        if article.policy != "answer" or "public" not in article.audience:
            continue
        hit = chosen_hit(snapshot, passage.id, Filters(), _TODAY)
        assert hit.row == row
        decision = decide_chosen(
            hit, question, weights_for(snapshot, question), max_citations=1, parameters=DecisionParameters()
        )
        assert decision.outcome is Outcome.ANSWERED
        assert [place.passage for place in decision.places] == [passage]


def test_a_passage_that_moved_under_its_heading_is_found_and_one_that_is_gone_is_named(snapshot: Snapshot) -> None:
    passage = next(p for p in snapshot.passages if p.anchor and p.article_id == "en/billing/refunds")
    moved = f"{passage.id.rpartition('.')[0]}.99"
    assert chosen_hit(snapshot, moved, Filters(), _TODAY).passage.anchor == passage.anchor
    for gone in ("en/billing/refunds#no-such-heading.0", "en/nothing#.0", "", "#", "x" * 3000):
        with pytest.raises(NotFoundError, match="not there any more"):
            chosen_hit(snapshot, gone, Filters(), _TODAY)


def test_an_option_leads_nowhere_for_who_may_not_see_the_article(snapshot: Snapshot) -> None:
    passage = next(p for p in snapshot.passages if p.article_id == "en/billing/internal")
    with pytest.raises(NotFoundError):
        chosen_hit(snapshot, passage.id, Filters(), _TODAY)
