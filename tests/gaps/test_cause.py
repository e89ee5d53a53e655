"""Causes follow from counts by rules whose sentence names the counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.gaps.cause import decide_cause
from kb.gaps.vocabulary import Cause, Found, GapEvidence, SignalKind

NO_ANSWER, DOWN, FOREIGN = SignalKind.NO_ANSWER, SignalKind.THUMBS_DOWN, SignalKind.CROSS_LANGUAGE

ALONE = Found("alone", "en/pay", "en/pay#.0", "You can\npay  by card.", 0.931)


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (GapEvidence(kinds={NO_ANSWER: 3}), Cause.MISSING),
        (GapEvidence(kinds={NO_ANSWER: 3}, with_article=2), Cause.MISSING),
        (GapEvidence(kinds={DOWN: 2}, tags={"outdated": 1}), Cause.OUTDATED),
        (GapEvidence(kinds={SignalKind.STALE_CITATION: 1}), Cause.OUTDATED),
        (GapEvidence(kinds={DOWN: 3}, tags={"outdated": 1, "incomplete": 2}), Cause.INCOMPLETE),
        (GapEvidence(kinds={NO_ANSWER: 99, DOWN: 1}, tags={"outdated": 1}), Cause.MISSING),
        (GapEvidence(kinds={FOREIGN: 2, NO_ANSWER: 1}), Cause.LANGUAGE),
        (GapEvidence(kinds={FOREIGN: 1, NO_ANSWER: 2}), Cause.MISSING),
        (GapEvidence(kinds={NO_ANSWER: 2}, reasons={"conflicting_sources": 2}), Cause.CONFLICT),
        (GapEvidence(), Cause.MISSING),
        (GapEvidence(kinds={NO_ANSWER: 3}, found=ALONE), Cause.FINDABILITY),
        (GapEvidence(kinds={NO_ANSWER: 3}, found=replace(ALONE, kind="found")), Cause.FINDABILITY),
        (GapEvidence(kinds={NO_ANSWER: 3}, found=replace(ALONE, kind="language")), Cause.LANGUAGE),
        (GapEvidence(kinds={NO_ANSWER: 2, DOWN: 2}, found=ALONE), Cause.MISSING),
        (GapEvidence(kinds={NO_ANSWER: 2}, reasons={"conflicting_sources": 2}, found=ALONE), Cause.CONFLICT),
        (GapEvidence(kinds={NO_ANSWER: 2}, tags={"outdated": 1}, found=ALONE), Cause.OUTDATED),
        (GapEvidence(kinds={NO_ANSWER: 2}, reasons={"off_topic": 2}), Cause.NOISE),
        (GapEvidence(kinds={NO_ANSWER: 2}, reasons={"off_topic": 1}), Cause.MISSING),
        (GapEvidence(kinds={NO_ANSWER: 3}, reasons={"off_topic": 3}), Cause.MISSING),
    ],
)
def test_rules(evidence: GapEvidence, cause: Cause) -> None:
    assert decide_cause(evidence).cause is cause


def test_the_sentence_names_the_counts() -> None:
    decision = decide_cause(GapEvidence(kinds={NO_ANSWER: 7, DOWN: 2}, with_article=3))
    assert decision.evidence == "No passage answered: 7 of 9 signals. An article came near: 3 of 9 signals."


def test_the_article_that_answers_when_it_is_tried_is_quoted() -> None:
    tried = GapEvidence(kinds={NO_ANSWER: 3}, found=ALONE)
    quote = "«You can pay by card.» (confidence 0.93)."
    assert decide_cause(tried).evidence == f"en/pay answers it when it is searched alone: {quote}"
    other = replace(tried, found=replace(ALONE, kind="language"))
    assert decide_cause(other).evidence == f"en/pay answers it in the other language: {quote}"


def test_articles_that_disagree_are_a_conflict_even_if_people_blame_one_of_them() -> None:
    found = replace(ALONE, kind="conflict", other_id="en/bills", other_quote="Cards are not taken.")
    decision = decide_cause(GapEvidence(kinds={DOWN: 2}, found=found))
    assert decision.cause is Cause.CONFLICT
    assert decision.evidence == "en/pay says «You can pay by card.», and en/bills says «Cards are not taken.»."


@given(
    st.dictionaries(st.sampled_from(SignalKind), st.integers(1, 50)),
    st.dictionaries(st.sampled_from(["outdated", "incomplete", "other"]), st.integers(1, 50)),
)
def test_every_evidence_has_a_cause_and_a_sentence(kinds: dict[SignalKind, int], tags: dict[str, int]) -> None:
    decision = decide_cause(GapEvidence(kinds=kinds, tags=tags))
    assert decision.evidence.endswith(".")
    if decision.cause is Cause.LANGUAGE:
        assert 2 * kinds[FOREIGN] >= sum(kinds.values())
