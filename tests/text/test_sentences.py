from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.sentences import split_sentences


def _cut(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Costs 3.50 euros, e.g. for St. Ives. Then more.", ["Costs 3.50 euros, e.g. for St. Ives.", "Then more."]),
        ("退款需要三天。请耐心等待！好吗？", ["退款需要三天。", "请耐心等待！", "好吗？"]),
        ("他说：“可以。”然后走了。", ["他说：“可以。”", "然后走了。"]),
        ("1. Open it. 2. Close it.", ["1. Open it.", "2. Close it."]),
        ("See https://example.com/a.b?c=d. Done.", ["See https://example.com/a.b?c=d.", "Done."]),
        ("- one\n- two", ["- one", "- two"]),
        ("First paragraph\n\nsecond paragraph", ["First paragraph", "second paragraph"]),
        ("Version 2.0.1 is out. It is **new.** Try it.", ["Version 2.0.1 is out.", "It is **new.**", "Try it."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, sentences: list[str]) -> None:
    assert _cut(text) == sentences


@given(st.text(alphabet=st.sampled_from("ab. 。!?\n1-|*”退"), max_size=80))
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    spans = split_sentences(text)
    covered = [i for span in spans for i in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    assert {i for i, c in enumerate(text) if not c.isspace()} <= set(covered)
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in spans)
