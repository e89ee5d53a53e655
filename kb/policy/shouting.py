"""Whether something is shouted: runs of exclamation marks, or capitals with one."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"!{3,}|(?:\?!|!\?){2,}|\?{4,}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FEWEST_WORDS = 5
_FEWEST_LETTERS = 20


def is_shouted(text: str) -> bool:
    """Capitals count from five words on, so that codes do not, and with an exclamation mark only: some always write so.

    >>> [is_shouted(t) for t in ("WHERE IS MY MONEY I WANT IT!", "HOW DO I GET MY MONEY BACK", "怎么还没到！！！", "Why?!")]
    [True, False, True, False]
    """
    if not text.isascii():
        if text.casefold() == text and not any(mark in text for mark in "!！?？"):
            return False
        text = unicodedata.normalize("NFKC", text)
    if _MARKS.search(text):
        return True
    if "!" not in text or sum(c.isupper() for c in text) < _FEWEST_LETTERS:
        return False
    words = [word for word in _WORD.findall(text) if word.isascii()]
    return len(words) >= _FEWEST_WORDS and all(word.isupper() for word in words)
