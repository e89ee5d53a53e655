"""What the articles say, in memory: one immutable value that answers are made from. ``storage`` keeps it on disk."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kb.index.background import Background, measure_background
from kb.index.lexical import LexicalIndex, TermCounts, build_lexical
from kb.index.sequences import TermSequences, count_articles
from kb.index.vector import VectorIndex, VectorParameters
from kb.types import Article, BoolArray, FloatArray, IntArray, Passage, Problem


@dataclass(frozen=True, slots=True)
class Identity:
    """What must agree between the snapshot and the running code, or their terms and vectors do not meet."""

    tokenizer: str
    fields: str  # which texts were counted, and with what weights
    parser: str
    model_name: str
    model_fingerprint: str
    dimensions: int


@dataclass(frozen=True, eq=False)
class Wordings:
    """How articles are asked for: one vector for each title and each known phrasing.

    ``vectors``: shape ``(wordings, dimensions)``, unit length; ``article``: position of each one's article, shape ``(wordings,)``.
    ``chinese``: whether it is written in Chinese, which need not be the language of its article.
    """

    vectors: FloatArray
    article: IntArray
    chinese: BoolArray

    @cached_property
    def nearest(self) -> VectorIndex:
        return VectorIndex.build(self.vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What follows from the rest of a snapshot, taken from another one instead of being worked out."""

    background: Background | None = None
    article_counts: TermCounts | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One revision of the index, fully in memory. Row ``i`` is the same passage in every part.

    ``passage_texts`` has one group for each row, ``article_texts`` one for each article, both by columns of ``counts.vocabulary``.
    ``graph_file``: None for a revision that is in memory only, which is searched exactly. ``derived``: what is known already.
    """

    revision: str
    built_at: datetime
    identity: Identity
    articles_dir: Path
    articles: Mapping[str, Article]
    passages: Sequence[Passage]
    problems: tuple[Problem, ...]
    counts: TermCounts
    vectors: FloatArray
    graph_file: Path | None
    wordings: Wordings
    passage_texts: TermSequences
    article_texts: TermSequences
    derived: Derived = Derived()

    def prepare(self) -> None:
        """Build what the first question would otherwise wait for."""
        _ = (
            self.lexical,
            self.nearest,
            self.wordings.nearest,
            self.background,
            self.article_of_row,
            self.rows_of_article,
            self.article_lexical,
            self.article_text_weights,
        )

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What readers have worked out from this snapshot and want again; it goes when the snapshot goes."""
        return {}

    @cached_property
    def lexical(self) -> LexicalIndex:
        return build_lexical(self.counts)

    @cached_property
    def article_counts(self) -> TermCounts:
        """Weighted term counts of whole articles, in the order of ``article_ids``."""
        if self.derived.article_counts is not None:
            return self.derived.article_counts
        return count_articles(
            self.counts.vocabulary,
            self.passage_texts,
            self.article_texts,
            self.article_of_row.astype(np.int64),
            numbers=self.counts.numbers,
        )

    @cached_property
    def article_lexical(self) -> LexicalIndex:
        """BM25 over whole articles, in the order of ``article_ids``."""
        return build_lexical(self.article_counts)

    @cached_property
    def article_text_weights(self) -> FloatArray:
        """The summed idf of the terms of each text of ``article_texts``, shape ``(texts,)``."""
        idf = np.append(self.lexical.idf, np.float32(0.0))  # the last one is where UNKNOWN looks
        sums = np.concatenate([np.zeros(1), np.cumsum(idf[self.article_texts.terms], dtype=np.float64)])
        return np.diff(sums[self.article_texts.text_starts]).astype(np.float32)

    @cached_property
    def nearest(self) -> VectorIndex:
        if self.graph_file is None:
            return VectorIndex.build(self.vectors, VectorParameters(exact_up_to=len(self.vectors)))
        return VectorIndex.load(self.graph_file, self.vectors)

    @cached_property
    def background(self) -> Background:
        if self.derived.background is not None:
            return self.derived.background
        return measure_background(self.vectors, self.article_of_row, self.wordings.vectors, self.wordings.article)

    @cached_property
    def article_ids(self) -> tuple[str, ...]:
        return tuple(self.articles)

    @cached_property
    def article_of_row(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Position in ``article_ids`` of every row's article, shape ``(rows,)``."""
        position = {article_id: i for i, article_id in enumerate(self.article_ids)}
        return np.fromiter((position[p.article_id] for p in self.passages), dtype=np.int32, count=len(self.passages))

    @cached_property
    def rows_of_article(self) -> Mapping[str, range]:
        """The rows of each article: they stand next to each other."""
        rows: dict[str, range] = {article_id: range(0) for article_id in self.articles}
        for row, passage in enumerate(self.passages):
            first = rows[passage.article_id].start if rows[passage.article_id] else row
            rows[passage.article_id] = range(first, row + 1)
        return rows
