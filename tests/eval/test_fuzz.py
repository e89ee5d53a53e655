"""The fuzzer makes the questions it promises, and sees every way in which an answer can break the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.fuzz import LONGEST, MUTATIONS, fuzz, fuzzed, violations
from kb.types import (
    Answer,
    AnswerText,
    Citation,
    Confidence,
    Handoff,
    IndexInfo,
    Outcome,
    Query,
    Span,
    Timings,
)

FILE = "# Returns\n\nSend it back within **30 days**.\n\nWe pay the postage."
QUOTE = "Send it back within **30 days**."
START = FILE.index(QUOTE)


def citation(n: int, quote: str, start: int, *answer_spans: Span) -> Citation:
    return Citation(
        n=n,
        article_id="returns",
        passage_id="returns#.0",
        title="Returns",
        heading_path=("Returns",),
        url="",
        highlight_url="",
        quote=quote,
        source_span=Span(start, start + len(quote)),
        answer_spans=answer_spans,
        content_hash="sha256:",
        lang="en",
        owner=None,
        last_reviewed_on=None,
        stale=False,
    )


def answer(text: str | None, *citations: Citation, suggestions: tuple[Citation, ...] = ()) -> Answer:
    return Answer(
        id="ans_1",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        conversation_id="cnv_1",
        question="?",
        question_lang="en",
        redactions=0,
        outcome=Outcome.NO_ANSWER if text is None else Outcome.ANSWERED,
        reason=None,
        lang="en",
        answer=None if text is None else AnswerText(markdown=text, html=text, text=text),
        citations=citations,
        confidence=Confidence(0.9, "high"),
        options=(),
        suggestions=suggestions,
        actions=(),
        related=(),
        handoff=Handoff(offered=False),
        feedback_token="",
        gap_id=None,
        index=IndexInfo("r-1", datetime(2026, 1, 1, tzinfo=UTC)),
        timings_ms=Timings(0, 0, 0, 0),
    )


GOOD = answer(
    "Send it back within 30 days.\n\nWe pay the postage.",
    citation(1, QUOTE, START, Span(0, 28)),
    citation(2, "We pay the postage.", FILE.index("We"), Span(30, 49)),
    suggestions=(citation(1, "# Returns", 0),),
)


def test_a_proven_answer_has_no_violation() -> None:
    assert violations(GOOD, {"returns": FILE}) == []
    assert violations(answer(None), {}) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (answer("Send", citation(1, "send", START, Span(0, 4))), "citation 1 of returns quotes other text"),
        (answer("Send", citation(1, "", START, Span(0, 4))), "quotes other text"),
        (answer(None, suggestions=(citation(3, "Returns", 0),)), "suggestion 3 of returns quotes other text"),
        (answer("Send it", citation(1, QUOTE, START, Span(0, 4))), "no citation covers 'it'"),
        (answer("Send", citation(1, QUOTE, START, Span(0, 9))), "outside a text of 4"),
        (answer("Send", citation(1, QUOTE, START, Span(0, 4), Span(2, 2))), "outside a text of 4"),
        (answer("Send", citation(1, QUOTE, START, Span(-3, 4))), "outside a text of 4"),
        (answer(" "), "answered without text"),
        (replace(GOOD, confidence=Confidence(1.5, "high")), "no probability"),
        (replace(GOOD, confidence=Confidence(float("nan"), "high")), "no probability"),
    ],
)
def test_every_broken_promise_is_seen(broken: Answer, complaint: str) -> None:
    found = violations(broken, {"returns": FILE})
    assert [v for v in found if complaint in v], found


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4), st.integers(0, 2**31))
def test_fuzzed_questions_are_valid_and_the_same_for_a_seed(questions: list[str], seed: int) -> None:
    once, again = list(fuzzed(questions, 30, seed)), list(fuzzed(questions, 30, seed))
    assert once == again
    assert {name for name, _ in once} == set(MUTATIONS)
    assert all(1 <= len(text) <= LONGEST and text == text.strip() for _, text in once)


def answering(reply: Answer) -> Callable[[Query], Answer]:
    return lambda query: replace(reply, question=query.question)


def test_fuzzing_counts_what_it_saw() -> None:
    counts, broken = fuzz(answering(GOOD), {"returns": FILE}, ["When can I send it back?", "怎么退货？"], 20, 1)
    assert (counts["questions"], counts["answered"], counts["quotes"], counts["violations"]) == (20, 20, 60, 0)
    assert broken == []


def test_fuzzing_names_the_question_of_a_violation() -> None:
    counts, broken = fuzz(answering(GOOD), {"returns": "other"}, ["When?"], 10, 1)
    assert counts["violations"] == len(broken) == 30
    assert any("'When?'" in line for line in broken)
