"""Marked text is the text: escaped, with nothing but marks added, whatever it holds."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer.marks import Wanted, mark, one_line, snippet

ANYTHING = st.text(st.sampled_from("refund <>&\"'mark/退款設设E-203 \n\t🙂ابجá\u200f")) | st.text(max_size=80)
WANTED = st.builds(
    Wanted,
    st.frozensets(st.sampled_from(["refund", "退款", "e203", "mark", "amp", "设"]), max_size=4),
    st.lists(st.sampled_from(["r", "re", "退", "退款", "设", "ma", "ل"]), max_size=3).map(tuple),
)


def plain(marked: str) -> str:
    return html.unescape(re.sub("</?mark>", "", marked))


def is_well_formed(marked: str) -> bool:
    return re.fullmatch(r"(?:[^<>]|<mark>[^<>]+</mark>)*", marked) is not None


@given(ANYTHING, WANTED)
def test_without_its_tags_marked_text_is_the_text(text: str, wanted: Wanted) -> None:
    marked = mark(text, wanted)
    assert plain(marked) == text
    assert is_well_formed(marked)


@given(ANYTHING, WANTED, st.integers(0, 30), st.integers(0, 30))
def test_a_part_of_a_text_is_marked_like_the_whole(text: str, wanted: Wanted, start: int, length: int) -> None:
    end = min(len(text), start + length)
    marked = mark(text, wanted, min(start, end), end)
    assert plain(marked) == text[min(start, end) : end]
    assert is_well_formed(marked)


@given(ANYTHING.map(lambda text: text * 9), WANTED)
def test_a_snippet_is_a_short_part_of_the_text(text: str, wanted: Wanted) -> None:
    shown = snippet(text, wanted)
    assert is_well_formed(shown)
    assert plain(shown).strip("…") in one_line(text)
    assert len(plain(shown)) <= 182


@pytest.mark.parametrize(
    ("text", "wanted", "marked"),
    [
        ("Refunds & returns", Wanted(frozenset({"refund"})), "<mark>Refunds</mark> &amp; returns"),
        ("Refunds", Wanted(frozenset(), ("refu",)), "<mark>Refunds</mark>"),
        ("<b>refund</b>", Wanted(frozenset(), ("re",)), "&lt;b&gt;<mark>refund</mark>&lt;/b&gt;"),
        ("設備註冊", Wanted(frozenset(), ("设备注",)), "<mark>設備註</mark>冊"),
        ("退款退货", Wanted(frozenset({"退款"}), ("退",)), "<mark>退款退</mark>货"),
        ("城巴E23P线", Wanted(frozenset(), ("e2",)), "城巴<mark>E23P</mark>线"),
        ("the E-203 code", Wanted(frozenset(), ("e2",)), "the <mark>E-203</mark> code"),
        ("pre-refund", Wanted(frozenset(), ("refu",)), "<mark>pre-refund</mark>"),
        ("(.*) [a-z]+", Wanted(frozenset(), (".*",)), "(.*) [a-z]+"),
    ],
)
def test_whole_words_and_single_characters_are_marked(text: str, wanted: Wanted, marked: str) -> None:
    assert mark(text, wanted) == marked


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Two ways:\n- Refuse it.\n- Send it back.", "Two ways: Refuse it. Send it back."),
        ("Faulty | 15 days\nWrong item | 7 days\n\nThen ask.", "Faulty · 15 days; Wrong item · 7 days Then ask."),
        ("Run it:\nkb gaps list | head", "Run it: kb gaps list | head"),
        ("a - b", "a - b"),
    ],
)
def test_lists_and_tables_become_running_text(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_snippet_begins_near_its_first_match_at_a_word() -> None:
    shown = snippet("word " * 50 + "refund " + "word " * 80, Wanted(frozenset({"refund"})))
    assert shown.startswith("…word ")
    assert shown.endswith("…")
    assert 0 < shown.index("<mark>refund</mark>") <= 45
