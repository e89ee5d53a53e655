"""Is a citation still true? Compares a quote that was given out with what the article says now."""

from __future__ import annotations

from collections.abc import Sequence

from kb.text.tokenize import cached_terms
from kb.types import Article, Passage, Span, Verification

_CONTEXT = 200  # code points shown on either side of a quote


def verify_citation(
    article: Article | None, passages: Sequence[Passage], content_hash: str, quote: str
) -> Verification:
    """Compare ``quote`` with ``article`` (None: it no longer exists) and its ``passages``."""
    if article is None:
        return Verification("gone", None, None, "")
    start = article.text.find(quote) if quote else -1
    if start >= 0:
        span = Span(start, start + len(quote))
        around = article.text[max(0, span.start - _CONTEXT) : span.end + _CONTEXT]
        same = content_hash == article.content_hash
        return Verification("unchanged" if same else "moved", article.content_hash, span, around)
    return Verification("changed", article.content_hash, None, _nearest(passages, quote))


def _nearest(passages: Sequence[Passage], quote: str) -> str:
    """The passage that shares most of the quote's terms; "" when none shares any."""
    wanted = set(cached_terms(quote))
    best = max(passages, key=lambda p: len(wanted.intersection(cached_terms(p.plain))), default=None)
    return best.text if best is not None and wanted.intersection(cached_terms(best.plain)) else ""
