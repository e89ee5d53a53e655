"""Which words pass for English: those are never taken for typing errors."""

from __future__ import annotations

import pytest

from kb.text.english import is_english


@pytest.mark.parametrize(
    "word", ["charge", "charges", "online", "paycheck", "refund", "tutorials", "dont", "bluetooth"]
)
def test_a_common_word_in_any_form_is_english(word: str) -> None:
    assert is_english(word)


@pytest.mark.parametrize(
    "word", ["acount", "pasword", "recieve", "bluetoth", "definately", "refnud", "seperate", "inovice", "xqzzy"]
)
def test_an_error_is_not_even_one_that_many_texts_have(word: str) -> None:
    assert not is_english(word)
