"""Questions that an article's author has written down: its title and its known phrasings, word for word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.index.snapshot import Snapshot
from kb.text.tokenize import normalize

# An author who lists a phrasing vouches for it; what remains is that the article has several passages.
KNOWN_CONFIDENCE = 0.95

_NOT_WORDS = re.compile(r"[\W_]+")


def known_articles(snapshot: Snapshot, question: str) -> tuple[str, ...]:
    """Ids of the articles with this very title or known phrasing; case, width, script and punctuation do not count."""
    table: Mapping[str, tuple[str, ...]] | None = snapshot.memo.get(known_articles)
    if table is None:
        table = snapshot.memo[known_articles] = _table(snapshot)
    return table.get(_bare(question), ())


def _table(snapshot: Snapshot) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for article in snapshot.articles.values():
        for wording in dict.fromkeys(_bare(text) for text in (article.title, *article.questions)):
            if wording:
                found[wording] = (*found.get(wording, ()), article.id)
    return found


def _bare(text: str) -> str:
    return _NOT_WORDS.sub(" ", normalize(text)).strip()
