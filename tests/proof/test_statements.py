"""Which statements are the same, and when an answer rests on new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer.evidence import TermWeights
from kb.proof.newness import Quoted, by_age, rests_on_new
from kb.proof.statements import digest, statements_of


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Pay by card. Pay by **bank transfer**!", ["pay by card", "pay by bank transfer"]),
        ("A sentence that\nis wrapped.", ["a sentence that is wrapped"]),
        ("1. Open it.\n2. Close it.", ["open it", "close it"]),
        ("- [x] Done\n- Later", ["done", "later"]),
        ("| Card | 5 days |\n| --- | --- |\n| Cash | at once |", ["card 5 days", "cash at once"]),
        ("> Ｅ－２０３ means *no* signal.", ["e 203 means no signal"]),
        ("退款需要五天。请保留 收据！", ["退款需要五天", "请保留 收据"]),
        ("2.5 days, not 25.", ["2 5 days not 25"]),
        ("---\n\n***", []),
    ],
)
def test_a_statement_is_its_words(text: str, statements: list[str]) -> None:
    assert statements_of(text) == statements


def test_a_step_in_front_makes_no_other_step_new() -> None:
    before, after = "1. Open it.\n2. Close it.", "1. Wait.\n2. Open it.\n3. Close it."
    assert set(statements_of(after)) - set(statements_of(before)) == {"wait"}


@given(st.text(max_size=200))
def test_statements_survive_white_space_and_case(text: str) -> None:
    once = statements_of(text)
    assert [again for statement in once for again in statements_of(statement)] == once
    assert all(len(digest(statement)) == 16 for statement in once)


WEIGHTS = TermWeights({"refund": 1.0, "card": 2.0}, 3.0)


@pytest.mark.parametrize(
    ("new", "old", "rests"),
    [
        ((), ("a refund to a card",), False),
        (("a refund takes a week",), (), True),
        (("write to us at the new address",), ("a refund to a card takes a week",), False),
        (("to a card five days",), ("a refund takes",), True),  # the new row under an old header
        (("a refund to a card takes a week",), ("a refund to a card takes five days",), True),
        (("a refund takes a week",), ("to a card",), True),  # without it, refunds are not named
        (("money back in a week or so",), ("see below",), True),  # other words than the question's: the longer side
        (("see below",), ("money back in a week or so",), False),
    ],
)
def test_new_statements_must_carry_the_answer(new: tuple[str, ...], old: tuple[str, ...], rests: bool) -> None:
    assert rests_on_new([Quoted(new, old)], WEIGHTS) is rests


def test_what_was_born_at_the_moment_the_gap_was_opened_is_old() -> None:
    def births(digests: Iterable[bytes]) -> Mapping[bytes, int]:
        born = {digest("one"): 10, digest("two"): 11}
        return {d: born[d] for d in digests if d in born}

    assert by_age("One. Two. Never seen.", births, since=10) == Quoted(("two",), ("one", "never seen"))
