"""The suffix array over word beginnings gives what looking at every line gives."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.index.prefixes import build_prefixes

LINES = st.lists(
    st.lists(st.text("ab退款", min_size=1, max_size=4), max_size=5).map(" ".join).map(lambda form: (form,)), max_size=8
)


def looked_at(lines: Sequence[Sequence[str]], beginning: str) -> set[int]:
    """Lines in which ``beginning`` stands where a word or a Chinese character begins."""
    return {
        number
        for number, forms in enumerate(lines)
        for form in forms
        for place in range(len(form))
        if form.startswith(beginning, place)
        and form[place] != " "
        and (place == 0 or form[place] in "退款" or form[place - 1] in " 退款")
    }


@given(LINES, st.text("ab 退款", min_size=1, max_size=6).map(lambda text: text.lstrip()))
def test_it_finds_the_lines_that_looking_at_all_of_them_finds(lines: list[tuple[str, ...]], beginning: str) -> None:
    found = build_prefixes(lines).lines_with(beginning)
    assert set(found.tolist()) == (looked_at(lines, beginning) if beginning else set())


def test_what_is_longer_than_the_order_of_places_is_compared_in_full() -> None:
    long = "one two three four five six seven eight"
    index = build_prefixes([(long + " nine",), (long + " ten",), ("seven",)])
    assert index.lines_with(long + " n").tolist() == [0]
    assert sorted(index.lines_with(long).tolist()) == [0, 1]
    assert index.lines_with(long + " x").tolist() == []


def test_lines_have_several_forms_and_say_where_they_begin() -> None:
    index = build_prefixes([("wifi 设置", "wi fi 设置"), ("设置 wifi",)])
    assert index.lines_with("fi").tolist() == [0]
    assert {int(index.line_of_place[place]) for place in index.find("wifi") if index.begins_line[place]} == {0}
    assert index.words == ("fi", "wi", "wifi")
    assert index.lengths.tolist() == [7, 7]


@pytest.mark.parametrize(("word", "lines"), [("log", [0]), ("login", [1]), ("lo", []), ("in", [0])])
def test_a_whole_word_is_no_beginning(word: str, lines: list[int]) -> None:
    assert build_prefixes([("log in",), ("login now",)]).lines_with_word(word).tolist() == lines


def test_no_lines_are_an_index_too() -> None:
    assert build_prefixes([]).lines_with("a").tolist() == []
    assert build_prefixes([("",)]).words == ()
