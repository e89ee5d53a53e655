"""What people type instead of pressing a button."""

from __future__ import annotations

import pytest

from kb.answer.choosing import choice_among, may_choose
from kb.types import Option

OPTIONS = tuple(Option(name, f"Refunds › {name}", "en/refunds", name) for name in ("a", "b", "c"))
SECOND = "2, 2., [2], (2), #2, option 2, No. 2, the second one, ok 2 please, 第二个, 第2个, 2号, 选2, 二, 第二個, 我要第二個".split(
    ", "
)


@pytest.mark.parametrize("words", [*SECOND, "refunds › B", " REFUNDS › b "])
def test_an_option_is_named_by_its_place_or_its_label(words: str) -> None:
    assert choice_among(words, OPTIONS) == "b"
    assert may_choose(words)


@pytest.mark.parametrize("words", ["the last one", "最后一个", "最後一個"])
def test_the_last_is_the_last_of_those_that_are_there(words: str) -> None:
    assert choice_among(words, OPTIONS) == "c"
    assert choice_among(words, OPTIONS[:2]) == "b"


@pytest.mark.parametrize(
    "words", ["4", "99", "E-2", "2 items", "second hand phones", "好", "I have 2 parcels", "", "两个都不是"]
)
def test_other_words_choose_nothing(words: str) -> None:
    assert choice_among(words, OPTIONS) is None
    assert choice_among(words, ()) is None
