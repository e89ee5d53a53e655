"""Text as it is typed: folded words in all the ways they may be written, and whether the last one is still growing."""

from __future__ import annotations

import pytest

from kb.text.tokenize import normalize
from kb.text.typed import fold_lines, is_unfinished, read_pieces


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Reset your PASSWORD!", ("reset your password",)),
        ("What’s new", ("what new",)),
        ("Wi-Fi 设置", ("wifi 设置", "wi fi 设置")),
        ("Error E-203", ("error e203", "error e 203")),
        ("iPhone 15充电", ("iphone 15 充电", "iphone15")),
        ("怎麼重設密碼？", ("怎么重设密码",)),
        ("Ｅ－２０３", ("e203", "e 203")),
        ("C++ & C#", ("c++ c#",)),
        ("🙂 …", ("",)),
        ("two\nlines", ("two lines",)),
    ],
)
def test_a_line_is_folded_in_all_its_forms(text: str, forms: tuple[str, ...]) -> None:
    assert fold_lines([text]) == [forms]
    assert fold_lines(["first", text, "last"])[1] == forms


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("reset", True),
        ("reset ", False),
        ("reset?", False),
        ("E-", True),
        ("E-2", True),
        ("wi-fi/", True),
        ("重置", True),
    ],
)
def test_only_joiners_may_stand_behind_a_word_that_is_still_growing(text: str, unfinished: bool) -> None:
    normal = normalize(text)
    assert is_unfinished(normal, list(read_pieces(normal))[-1]) is unfinished
