"""Texts of articles inside a platform's own markup, so that nothing of them acts as markup."""

from __future__ import annotations

import re

from api.speech.spoken import Source

_BREAK = "\u200b"  # a zero-width space: what stands apart is no markup, and nobody sees it
_ACTIVE = re.compile(r"[*_~`<@]|!(?=\[)|\](?=[(\[:])")
_LINE_START = re.compile(r"(?m)^(\s*)([#>|])")
_RULE = re.compile(r"(?m)^([-=*_])(?=\1*\s*$)")


def without_markup(text: str) -> str:
    """For dialects of Markdown without escapes (WeCom, DingTalk, Slack): active characters are parted from what follows.

    >>> [without_markup(text).replace("\u200b", "|") for text in ("**now** [1]", "# Title", "[a](b)")]
    ['*|*|now*|*| [1]', '|# Title', '[a]|(b)']
    """
    text = _ACTIVE.sub(lambda match: f"{match.group()}{_BREAK}", text)
    text = _RULE.sub(lambda match: f"{_BREAK}{match.group()}", text)
    return _LINE_START.sub(lambda match: f"{match[1]}{_BREAK}{match[2]}", text)


def title_markup(title: str) -> str:
    """``title`` inside the brackets of a link, which it must not close."""
    return without_markup(title.replace("[", "(").replace("]", ")"))


def closed_url(url: str) -> str:
    """``url`` without the characters that would end a link in any of the dialects."""
    for char, code in (
        ("(", "%28"),
        (")", "%29"),
        ("<", "%3C"),
        (">", "%3E"),
        ("|", "%7C"),
        (" ", "%20"),
        ('"', "%22"),
    ):
        url = url.replace(char, code)
    return url


def source_line(source: Source) -> str:
    """A source as these dialects link it: ``[1] [title](url) (note)``."""
    note = f" ({without_markup(source.note)})" if source.note else ""
    return f"[{source.n}] [{title_markup(source.title)}]({closed_url(source.url)}){note}"
