"""The terms of all passages, counted and in reading order, doing again only what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.terms import article_texts, passage_terms, passage_texts
from kb.index.lexical import TermCounts, append_counts, count_terms, merge_counts, stack_counts
from kb.index.sequences import UNKNOWN, TermSequences, count_articles, merge_sequences, write_sequences
from kb.index.snapshot import Snapshot
from kb.types import Article, Passage

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class IndexTerms:
    """What a snapshot holds about terms; see ``kb.index.snapshot.Snapshot``. ``article_counts``: None where they are not wanted."""

    counts: TermCounts
    passage_texts: TermSequences
    article_texts: TermSequences
    article_counts: TermCounts | None = None


def index_terms(
    articles: Mapping[str, Article],
    passages: Mapping[str, Sequence[Passage]],
    kept: Set[str],
    previous: Snapshot | None,
    report: Progress,
    *,
    canonical: bool = True,
) -> IndexTerms:
    """The terms of ``articles`` and their ``passages`` in order; those of ``kept`` articles come from ``previous``.

    ``canonical``: the columns are those that counting everything afresh would give, by which unchanged content is recognised;
    otherwise those of ``previous`` stay, which is several times faster.
    """
    if previous is None:
        kept = frozenset()
    fresh = [name for name in articles if name not in kept]
    counted: list[Counter[str]] = []
    texts: list[list[list[str]]] = []
    fields: list[list[list[str]]] = []
    for done, name in enumerate(fresh):
        report("tokenize", done, len(fresh))
        fields.append(article_texts(articles[name]))
        for passage in passages[name]:
            counted.append(passage_terms(articles[name], passage))
            texts.append(passage_texts(passage))
    report("tokenize", len(fresh), len(fresh))
    new = count_terms(counted)
    if previous is None:
        return IndexTerms(new, write_sequences(texts, new.numbers), write_sequences(fields, new.numbers))
    return _merged(articles, passages, kept, previous, new, texts, fields, canonical)


def _merged(
    articles: Mapping[str, Article],
    passages: Mapping[str, Sequence[Passage]],
    kept: Set[str],
    previous: Snapshot,
    new: TermCounts,
    texts: Sequence[Sequence[Sequence[str]]],
    fields: Sequence[Sequence[Sequence[str]]],
    canonical: bool,
) -> IndexTerms:
    rows = previous.rows_of_article
    kept_rows = [row for name in articles if name in kept for row in rows[name]]
    rows_in_order = _order({n: len(passages[n]) for n in articles}, kept)
    renumber: NDArray[np.int32] | None = None
    if canonical:
        counts = merge_counts(previous.counts, kept_rows, new, rows_in_order)
        renumber = np.asarray([counts.numbers.get(t, UNKNOWN) for t in previous.counts.vocabulary], dtype=np.int32)
    else:
        counts = append_counts(previous.counts, kept_rows, new, rows_in_order)
    position = {name: i for i, name in enumerate(previous.article_ids)}
    kept_articles = [position[name] for name in articles if name in kept]
    articles_in_order = _order(dict.fromkeys(articles, 1), kept)
    new_texts, new_fields = write_sequences(texts, counts.numbers), write_sequences(fields, counts.numbers)
    article_counts: TermCounts | None = None
    if not canonical:
        fresh = [len(passages[name]) for name in articles if name not in kept]
        owner = np.repeat(np.arange(len(fresh), dtype=np.int64), fresh)
        counted = count_articles(counts.vocabulary, new_texts, new_fields, owner, numbers=counts.numbers)
        article_counts = stack_counts(previous.article_counts, kept_articles, counted, articles_in_order)
    return IndexTerms(
        counts,
        merge_sequences(previous.passage_texts, kept_rows, renumber, new_texts, rows_in_order),
        merge_sequences(previous.article_texts, kept_articles, renumber, new_fields, articles_in_order),
        article_counts,
    )


def _order(sizes: Mapping[str, int], kept: Set[str]) -> list[int]:
    """Where each row comes from when the rows of ``kept`` articles stand first and all others behind them."""
    old, new = 0, sum(size for name, size in sizes.items() if name in kept)
    order: list[int] = []
    for name, size in sizes.items():
        start = old if name in kept else new
        order.extend(range(start, start + size))
        if name in kept:
            old += size
        else:
            new += size
    return order
