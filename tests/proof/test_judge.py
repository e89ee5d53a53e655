"""When a gap's questions are answered, and the sentences that say so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.gaps.telling import worded
from kb.gaps.vocabulary import GapStatus
from kb.proof.judge import DEFAULT_RULES, broken, in_order, is_hopeless, judge
from kb.proof.notes import claim_note, verified_note
from kb.records.checks import Check
from kb.records.proofs import WatchedGap, Wording
from kb.types import Outcome

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOLDEN = Path(__file__).parents[1] / "golden" / "proof-notes.md"


def wording(key: str, count: int = 1) -> Wording:
    return Wording("gap_1", key, f"{key}?", "en", count, NOW)


def check(key: str, *, answered: bool = True, new: bool = True, **more: object) -> Check:
    values = {
        "outcome": Outcome.ANSWERED if answered else Outcome.NO_ANSWER,
        "reason": None if answered else "not_covered",
        "score": 0.9 if answered else 0.12,
        "article_id": "en/pay",
        "quote": "You can pay by card.",
        **more,
    }
    return Check("gap_1", key, f"{key}?", "en", NOW, "r-2", answered=answered, new_text=new, **values)  # type: ignore[arg-type]


def gap(*wordings: Wording, checks: tuple[Check, ...] = ()) -> WatchedGap:
    return WatchedGap("gap_1", "b?", GapStatus.OPEN, 0, wordings, {c.key: c for c in checks}, ())


@pytest.mark.parametrize(
    ("a", "b", "c", "holds"),
    [(True, True, True, True), (True, False, False, True), (False, True, True, True), (False, False, True, False)],
)
def test_half_of_what_was_asked_must_pass(a: bool, b: bool, c: bool, holds: bool) -> None:
    asked = gap(wording("a", 3), wording("b", 2), wording("c", 1))
    checks = [check(key, answered=passed) for key, passed in (("a", a), ("b", b), ("c", c))]
    assert judge(asked, checks).holds is holds


def test_old_text_is_no_proof_and_untried_wordings_fail() -> None:
    asked = gap(wording("a", 3), wording("b", 2))
    assert not judge(asked, [check("a", new=False), check("b")]).holds
    assert not judge(asked, [check("b")]).holds
    assert judge(asked, [check("a")]).holds
    assert not judge(gap(), []).holds


def test_a_gap_is_left_at_its_first_wordings_when_none_passes() -> None:
    failing = [check(str(n), answered=False) for n in range(DEFAULT_RULES.probe)]
    assert is_hopeless(failing)
    assert not is_hopeless(failing[1:])
    assert not is_hopeless([*failing, check("a")])


def test_the_name_of_the_gap_is_asked_first() -> None:
    assert [w.key for w in in_order([wording("a", 3), wording("b", 2)], "b?")] == ["b", "a"]
    assert [w.key for w in in_order([wording("a", 3), wording("b", 2)], "An owner's name for it")] == ["a", "b"]


def test_only_what_had_passed_can_break() -> None:
    before = (check("a"), check("b", answered=False))
    asked = gap(wording("a"), wording("b"), wording("c"), checks=before)
    now = [check("a", answered=False), check("b", answered=False), check("c", answered=False)]
    assert [found.key for found in broken(asked, now)] == ["a"]


def test_notes_read_as_they_were_agreed() -> None:
    asked = gap(*(wording(key, n) for n, key in enumerate("gfedcba", start=1)))
    passing = [check("a"), check("b", article_id="en/cards", quote="Cards\nare   taken."), check("c")]
    failing = [
        check("d", answered=False),
        check("e", new=False, quote="word " * 60),
        check("f", answered=False, outcome=Outcome.ANSWERED, reason=None),
        check("g", answered=False, outcome=Outcome.SUGGESTED, reason="low_confidence", article_id=None),
    ]
    notes = [
        verified_note(judge(asked, passing), passing),
        claim_note(judge(asked, [check("a"), *failing]), [check("a"), *failing], "r-2"),
        claim_note(judge(asked, failing), failing * 2, "r-2"),
    ]
    assert "\n\n".join(worded(note, "en") for note in notes) + "\n" == GOLDEN.read_text(encoding="utf-8")
