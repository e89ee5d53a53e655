"""Which of the two Chinese scripts somebody writes, and texts of ours in it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import opencc


def is_traditional(text: str) -> bool:
    """Whether ``text`` has characters that only the traditional script has."""
    from kb.text.tokenize import simplify  # the command line words answers before it needs any of this

    return not text.isascii() and simplify(text) != text


@lru_cache(maxsize=256)
def traditional(text: str) -> str:
    """A simplified text of ours in traditional characters, the variants used in Taiwan (OpenCC ``s2tw``).

    >>> traditional("专人为您处理")
    '專人為您處理'
    """
    return str(_converter().convert(text))


@cache
def _converter() -> opencc.OpenCC:
    import opencc

    return opencc.OpenCC("s2tw")
