"""What a browser is asked to mark in an article: words that stand in one block of the rendered page."""

from __future__ import annotations

import pytest

from kb.answer.links import highlight_url, marked_words
from kb.text.markdown import to_plain


@pytest.mark.parametrize(
    ("source", "directive"),
    [
        ("Refunds take 3-5 days, at most.", "Refunds%20take%203%2D5%20days%2C%20at%20most."),
        ("退款一律原路退回，需要3-5天。", "%E9%80%80%E6%AC%BE%E4%B8%80%E5%BE%8B"),
        ("2. Select **Save** & close.", "Select%20Save%20%26%20close."),
        ("- [ ] Pack the lamp.", "Pack%20the%20lamp."),
        ("> [!CAUTION]\n> Never open it: it burns.", "Never%20open%20it%3A%20it%20burns."),
        ("| `E-203` | password refused |", "E%2D203,-password%20refused"),
        ("| Code | Meaning |\n| --- | --- |\n| `E-203` | password refused |", "E%2D203,-password%20refused"),
        ("| Code | Meaning |\n| --- | --- |", "Code,-Meaning"),
        ("| | Gold |", "Gold"),
    ],
)
def test_marks_of_lists_tables_and_boxes_are_left_out(source: str, directive: str) -> None:
    assert highlight_url("/a#b", *marked_words(source, to_plain(source))).startswith(f"/a#b:~:text={directive}")


def test_long_words_are_cut_and_nothing_is_marked_by_nothing() -> None:
    long = "word " * 40
    assert highlight_url("/a", *marked_words(long, long)) == "/a#:~:text=" + "%20".join(["word"] * 12)
    assert highlight_url("/a#b", *marked_words("", "")) == "/a#b"
