"""What the history says of a gap that is open again: every way in which a question can fail, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kb.gaps.telling import worded
from kb.proof.ask import LOST_WORDS
from kb.proof.judge import Verdict
from kb.proof.notes import claim_note, verified_note
from kb.records.checks import Check
from kb.types import Outcome

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CHECK = Check("gap_1", "k", "Bikes?", "en", NOW, "r-1", Outcome.NO_ANSWER, "not_covered", 0.2, False, False)
ANSWERED = replace(CHECK, outcome=Outcome.ANSWERED, reason=None, article_id="en/bikes", quote="We sell bikes.")


@pytest.mark.parametrize(
    ("check", "english", "chinese"),
    [
        (CHECK, "gets no sure answer (no_answer, not_covered, confidence 0.20).", "置信度 0.20）。"),
        (replace(CHECK, article_id="en/a"), "confidence 0.20; nearest is en/a).", "最接近的是 en/a）。"),
        (
            replace(ANSWERED, answered=True),
            "older than the gap: en/bikes: «We sell bikes.».",
            "en/bikes：“We sell bikes.”",
        ),
        (ANSWERED, "is answered in the other language only, by en/bikes.", "只有另一种语言的回答，出自 en/bikes。"),
        (replace(ANSWERED, reason=LOST_WORDS), "but not by what this said.", "但不是出自原来的那段话。"),
    ],
)
def test_a_question_that_fails_is_named_with_how(check: Check, english: str, chinese: str) -> None:
    note = claim_note(Verdict(3, 1, 0.5), [check], "r-1")
    said = worded(note)
    assert said.startswith("The claim does not hold for r-1. Answered from new text for 1 of the 3 times it was asked.")
    assert f"“{check.question}”" in said
    assert english in said
    assert chinese in worded(note, "zh")


def test_many_that_fail_are_counted() -> None:
    note = claim_note(Verdict(9, 0, 0.5), [CHECK] * 6, "r-1")
    assert worded(note).endswith("And 1 more wording.")


def test_a_verified_gap_names_the_words_that_answer_most_of_it() -> None:
    passing = replace(ANSWERED, answered=True, new_text=True)
    note = verified_note(Verdict(1, 1, 0.5), [CHECK, passing])
    assert worded(note) == ("Answered from new text for 1 of the 1 time it was asked. en/bikes (r-1): «We sell bikes.»")
    assert worded(note, "zh").endswith("en/bikes（r-1）：“We sell bikes.”")
