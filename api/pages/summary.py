"""What an article says in one or two sentences, and how long reading it takes. Pure functions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from kb.text.language import count_han
from kb.types import Article, Passage

_SUMMARY = 150  # code points; two lines of a list on a phone
_MARKER = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•])\s+")  # of a list item
_CELL = " | "  # between the cells of a table
_ENDS = (". ", "? ", "! ", "。", "？", "！")
# Reading speed: words a minute in English (Brysbaert 2019, silent reading of non-fiction), characters in Chinese.
_WORDS_A_MINUTE, _CHARACTERS_A_MINUTE = 238, 400


def summaries(passages: Iterable[Passage], articles: Mapping[str, Article]) -> dict[str, str]:
    """One or two sentences for each article: its description, else how its text begins. ``passages``: in source order."""
    found = {article.id: article.description for article in articles.values() if article.description}
    for passage in passages:
        if passage.article_id not in found and passage.plain.strip():
            found[passage.article_id] = shortened(passage.plain)
    return found


def shortened(plain: str, limit: int = _SUMMARY) -> str:
    """How ``plain`` begins, in at most ``limit`` code points: whole sentences if one ends there, else cut behind a word.

    A line that leads in to the next ones ("To get one:") takes them along; tables are left out.

    >>> shortened("The period is 7 days. It begins on the day after delivery.", 40)
    'The period is 7 days.'
    >>> shortened("To get one:\\n1. Open the page.\\n2. Save.")
    'To get one: Open the page.'
    """
    lines = [" ".join(_MARKER.sub("", line).split()) for line in plain.strip().splitlines() if line.strip()]
    prose = [line for line in lines if _CELL not in line] or lines
    text = prose.pop(0) if prose else ""
    while prose and text.endswith((":", "：")) and len(text) < limit:
        text += ("" if text.endswith("：") else " ") + prose.pop(0)
    text = text.rstrip(":：")
    if len(text) <= limit:
        return text
    sentence = max(text.rfind(mark, 0, limit) + len(mark.rstrip()) for mark in _ENDS)
    if sentence > limit // 4:
        return text[:sentence]
    space = text.rfind(" ", limit // 2, limit)
    return text[: space if space > 0 else limit].rstrip(" ,;:，；：、") + "…"


def reading_minutes(article: Article) -> int:
    """How long reading takes, in whole minutes, at least 1; code and tables count as text."""
    text = article.text[article.body_start :]
    han = count_han(text)
    return max(1, math.ceil(han / _CHARACTERS_A_MINUTE + (len(text.split()) if not han else 0) / _WORDS_A_MINUTE))
