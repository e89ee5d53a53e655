"""What becomes of a search or of an opened article: written down, masked, and judged later for what it is evidence of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from kb.answer.filters import is_stale
from kb.answer.question import understand
from kb.records import Records, Signal
from kb.signals import Signals
from kb.text.redact import redact
from kb.types import Article, Lang, SearchPage

SEARCH, ANSWER = "srch_", "ans_"  # what the ids of sources begin with


class VisitLog:
    """Takes note of searches and openings in microseconds. Thread-safe; no method raises."""

    def __init__(self, records: Records, signals: Signals, today: Callable[[], date]) -> None:
        self._records = records
        self._signals = signals
        self._today = today

    def searched(
        self, text: str, page: SearchPage, *, lang: Lang | None = None, channel: str, visitor: str | None
    ) -> str:
        """Note a search that somebody sent off (never one that is still being typed); return its id."""
        masked = redact(text).text
        return self._records.visits.log_search(
            masked,
            lang=lang or understand(masked).lang,
            results=len(page.results),
            article_id=page.results[0].article_id if page.results else None,
            channel=channel,
            visitor=visitor,
        )

    def opened(self, article: Article, source_id: str | None, *, channel: str, visitor: str | None) -> str:
        """Note that ``article`` was opened, from the answer or search ``source_id`` if from any; return the id of that."""
        stale = is_stale(article, self._today())
        return self._records.visits.log_opening(
            article.id,
            source_id=source_id,
            stale=stale,
            channel=channel,
            visitor=visitor,
            signals=self._stale_source(article, source_id) if stale and source_id else (),
        )

    def _stale_source(self, article: Article, source_id: str) -> tuple[Signal, ...]:
        document = self._records.get_answer(source_id) if source_id.startswith(ANSWER) else None
        if document is None:
            return ()
        shown = {source["article_id"] for source in (*document["citations"], *document["suggestions"])}
        return (self._signals.of_stale_source(document, article),) if article.id in shown else ()


def is_source(value: str) -> bool:
    """Whether ``value`` looks like the id of an answer or a search.

    >>> is_source("ans_01KB3VA2M7Q2V5H0D6N8R4T9WX"), is_source("ans_"), is_source("<script>")
    (True, False, False)
    """
    kind, _, name = value.partition("_")
    return f"{kind}_" in (SEARCH, ANSWER) and 0 < len(name) <= 60 and name.isascii() and name.isalnum()
