"""Strong emphasis in Chinese text, which CommonMark does not see beside Chinese punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kb.text.language import HAN

_IS_CHINESE = re.compile(f"[{HAN}]")
Tokenize = Callable[[Any, bool], bool]


def chinese_friendly(tokenize: Tokenize) -> Tokenize:
    """Wrap markdown-it's ``tokenize`` rule of emphasis so that ``**注意：**请`` is strong.

    A run of ``*`` with a Chinese character on one side and no white space on the other may open and close, whatever
    punctuation stands there. Source of the rule: the "markdown-cjk-friendly" amendment to CommonMark.
    """

    def tokenize_chinese(state: Any, silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        if not tokenize(state, silent):
            return False
        added = state.delimiters[known:]
        if not added or state.src[start] != "*":
            return True
        before = state.src[start - 1] if start > 0 else " "
        behind = state.src[state.pos] if state.pos < state.posMax else " "
        for delimiter in added:
            delimiter.open = delimiter.open or bool(_IS_CHINESE.match(before) and not behind.isspace())
            delimiter.close = delimiter.close or bool(_IS_CHINESE.match(behind) and not before.isspace())
        return True

    return tokenize_chinese
