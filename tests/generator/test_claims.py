"""What a model writes is cut into sentences with their marks, however it arrives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.generator.claims import Claim, ClaimReader


def read(text: str, size: int = 1000) -> list[Claim]:
    reader = ClaimReader()
    found = [claim for i in range(0, len(text), size) for claim in reader.feed(text[i : i + size])]
    return [*found, *reader.finish()]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One fact [1]. Another fact [2].", [("One fact.", (1,)), ("Another fact.", (2,))]),
        ("One fact.[1] Another fact. [2][3]", [("One fact.", (1,)), ("Another fact.", (2, 3))]),
        ("One fact [1, 2]. And [^3].", [("One fact.", (1, 2)), ("And.", (3,))]),
        ("它需要三天[1]。然后【2】完成。［3］", [("它需要三天。", (1,)), ("然后完成。", (2, 3))]),
        ("It costs 3.5 euros [1]. No mark.", [("It costs 3.5 euros.", (1,)), ("No mark.", ())]),
        ("**Bold** and `code` [1].", [("Bold and code.", (1,))]),
        ("# Heading\nText [1].", [("Heading", ()), ("Text.", (1,))]),
        ("", []),
        (" \n [1]", []),
    ],
)
def test_sentences_carry_their_own_marks(text: str, expected: list[tuple[str, tuple[int, ...]]], size: int) -> None:
    assert [(claim.text, claim.sources) for claim in read(text, size) if claim.text != ""] == expected


@pytest.mark.parametrize("size", [1, 1000])
def test_lines_and_items_are_told_apart(size: int) -> None:
    text = "Do this: [1]\n1. Open it. [1]\n2) Close it. [1]\n- A point [2]\nThe end [1]. Really [1]."
    assert [(c.line, c.text) for c in read(text, size)] == [
        ("\n", "Do this:"),
        ("1. ", "Open it."),
        ("1. ", "Close it."),
        ("- ", "A point"),
        ("\n", "The end."),
        ("", "Really."),
    ]


def test_a_sentence_is_given_out_when_the_next_one_begins() -> None:
    reader = ClaimReader()
    assert list(reader.feed("First [1]. [2")) == []
    assert list(reader.feed("] ")) == []
    assert list(reader.feed("S")) == [Claim("First.", (1, 2), "\n")]
    assert list(reader.finish()) == [Claim("S", (), "")]


@given(st.text(alphabet=st.sampled_from("ab1 .。[]\n*-，【】"), max_size=60), st.integers(1, 7))
@example(".[\n1]", 1)  # a line end within what would be a mark
def test_how_the_text_is_cut_on_the_way_does_not_matter(text: str, size: int) -> None:
    assert read(text, size) == read(text)
