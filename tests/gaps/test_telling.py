"""Sentences kept as codes: worded in both languages, left alone where a person wrote them."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.gaps import telling
from kb.gaps.telling import Told, read_told, tell, worded

SENTENCES = telling._SENTENCES


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_both_languages_say_the_same_in_their_own_words(code: str) -> None:
    english, chinese = SENTENCES[code]
    assert fields(chinese) <= fields(english)
    assert fields(english) - fields(chinese) <= {"outcome"}  # a code of ours, which only English readers can make out
    values = dict.fromkeys(fields(english), 1)
    assert not re.search("[{}|]", tell(code, **values).words() + tell(code, **values).words("zh"))
    assert re.search("[\u4e00-\u9fff]", chinese) or code == "stands"


def test_what_is_kept_is_read_back_as_it_was_told() -> None:
    told = tell("claimed", article="en/pay", revision="r-2") + tell("more_wordings", n=1)
    assert read_told(told.kept()) == told
    assert worded(told.kept()) == "en/pay says in its front matter that it resolves this (r-2). And 1 more wording."
    assert worded(told.kept(), "zh") == "en/pay 在文件头里说它解决了这个缺口（r-2）。另外还有 1 种问法。"


@given(st.text().filter(lambda text: not text.startswith("\x1e")))
def test_what_a_person_wrote_is_left_alone(text: str) -> None:
    assert read_told(text) is None
    assert worded(text, "zh") == text


def test_a_code_of_another_version_is_left_out() -> None:
    assert Told((("of_tomorrow", {}), ("questions", {"n": 2}))).words() == "2 questions"
