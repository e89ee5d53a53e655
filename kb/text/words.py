"""Chinese text to dictionary words (rjieba, the algorithm of jieba).

Search terms are character bigrams (``kb.text.tokenize``), which need no dictionary; words are for what only words have:
a translation.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kb.text.language import HAN
from kb.text.tokenize import normalize

if TYPE_CHECKING:
    from collections.abc import Callable

_HAN_RUN = re.compile(f"[{HAN}]+")


@cache
def _cutter() -> Callable[[str], list[str]]:
    import rjieba

    cut: Callable[[str], list[str]] = rjieba.cut
    return cut


def cut_words(run: str) -> list[str]:
    """The words of a run of simplified Chinese characters; together they are the run.

    >>> cut_words("怎么开发票")
    ['怎么', '开发票']
    """
    return _cutter()(run)


def chinese_words(text: str) -> list[str]:
    """The Chinese words of ``text`` in reading order, in simplified characters; everything else is left out.

    >>> chinese_words("怎麼重設密碼？ (E-203)")
    ['怎么', '重设', '密码']
    """
    return [word for run in _HAN_RUN.findall(normalize(text)) for word in _cutter()(run)]
