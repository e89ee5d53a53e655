"""Anchors of headings, made the way GitHub makes them."""

from __future__ import annotations

import unicodedata

_KEPT_CATEGORIES = ("L", "M", "N")


def github_slug(text: str) -> str:
    """Return the anchor GitHub gives a heading with this text, before numbering of duplicates.

    Lower case; letters, marks, numbers, ``_`` and ``-`` of any script are kept, a space becomes ``-``,
    everything else goes. Source: the published behaviour of github.com and of the ``github-slugger`` package.

    >>> github_slug("Refunds & Returns (2026)")
    'refunds--returns-2026'
    >>> github_slug("换手机 怎么办？")
    '换手机-怎么办'
    """
    return "".join("-" if c == " " else c for c in text.strip().lower() if c in " -" or _is_kept(c))


def _is_kept(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in _KEPT_CATEGORIES or category == "Pc"


class AnchorCounter:
    """Hands out unique anchors within one article: the second ``faq`` becomes ``faq-1``."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def unique(self, anchor: str) -> str:
        """Return ``anchor``, numbered when it was handed out before; amortised constant time."""
        candidate = anchor
        while candidate in self._next:
            self._next[anchor] += 1
            candidate = f"{anchor}-{self._next[anchor]}"
        self._next[candidate] = 0
        return candidate
