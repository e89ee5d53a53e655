"""The terms of every text in reading order, so that a question can be compared with sentences and phrases, not only with counts.

A *text* is one sentence, one title, one known phrasing. A *group* is the texts of one passage or of one article:

- of a passage: its headings below the title (perhaps empty), then its sentences;
- of an article: its title, its synonyms with its tags (perhaps empty), then its known phrasings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.index.lexical import TermCounts, ranges, sort_pairs

# The term of a place whose word no count knows: such a place matches nothing and still keeps its neighbours apart.
UNKNOWN = -1

Texts = Sequence[Sequence[str]]  # the texts of one group, each as its terms


@dataclass(frozen=True, eq=False)
class TermSequences:
    """Groups of texts of terms, as two levels of sparse rows.

    ``terms``: columns of the vocabulary (or ``UNKNOWN``), shape ``(places,)``. Text ``t`` is
    ``terms[text_starts[t]:text_starts[t + 1]]``; group ``g`` is the texts ``group_starts[g]`` to ``group_starts[g + 1] - 1``.
    """

    terms: NDArray[np.int32]
    text_starts: NDArray[np.int64]
    group_starts: NDArray[np.int64]

    @property
    def groups(self) -> int:
        return len(self.group_starts) - 1

    def texts_of(self, group: int) -> list[list[int]]:
        """The texts of one group, each as its columns."""
        first, last = self.group_starts[group], self.group_starts[group + 1]
        return [self.terms[self.text_starts[t] : self.text_starts[t + 1]].tolist() for t in range(first, last)]


def write_sequences(groups: Iterable[Texts], vocabulary: Mapping[str, int]) -> TermSequences:
    """Number the terms of ``groups`` by ``vocabulary``."""
    terms: list[int] = []
    text_starts, group_starts = [0], [0]
    for texts in groups:
        for text in texts:
            terms.extend(vocabulary.get(term, UNKNOWN) for term in text)
            text_starts.append(len(terms))
        group_starts.append(len(text_starts) - 1)
    return TermSequences(
        np.asarray(terms, dtype=np.int32),
        np.asarray(text_starts, dtype=np.int64),
        np.asarray(group_starts, dtype=np.int64),
    )


def merge_sequences(
    old: TermSequences,
    kept: Sequence[int],
    renumber: NDArray[np.int32] | None,
    new: TermSequences,
    order: Sequence[int],
) -> TermSequences:
    """Groups ``kept`` of ``old`` and then all of ``new``, rearranged so that result group ``i`` is the ``order[i]``th of them.

    ``renumber[column]``: the column of each term of ``old`` in the vocabulary of ``new``, or ``UNKNOWN``; None where both have
    the same columns. Cost: array work only.
    """
    stacked = np.asarray([*kept, *range(old.groups, old.groups + new.groups)], dtype=np.int64)
    rows = stacked[np.asarray(order, dtype=np.int64)]
    kept_terms = old.terms if renumber is None else np.append(renumber, np.int32(UNKNOWN))[old.terms]
    terms = np.concatenate([kept_terms, new.terms]).astype(np.int32)
    text_starts = np.concatenate([old.text_starts[:-1], new.text_starts + old.text_starts[-1]])
    group_starts = np.concatenate([old.group_starts[:-1], new.group_starts + old.group_starts[-1]])
    texts = ranges(group_starts[rows], group_starts[rows + 1])
    places = ranges(text_starts[texts], text_starts[texts + 1])
    return TermSequences(
        terms[places], _starts(text_starts[texts + 1] - text_starts[texts]), _starts(np.diff(group_starts)[rows])
    )


@dataclass(frozen=True, slots=True)
class ArticleWeights:
    """How many times a term counts in an article as a whole, beside one in a sentence: like the fields of passages."""

    title: int = 6
    heading: int = 4
    synonyms: int = 2
    questions: int = 2


def count_articles(
    vocabulary: tuple[str, ...],
    passages: TermSequences,
    articles: TermSequences,
    article_of_passage: NDArray[np.int64],
    weights: ArticleWeights = ArticleWeights(),
    numbers: Mapping[str, int] | None = None,
) -> TermCounts:
    """Weighted term counts of whole articles from the texts of their passages (shape ``(rows,)``: whose they are) and their own.

    ``numbers``: the columns of the terms in use, where they are known.
    """
    of_passage = np.ones(len(passages.text_starts) - 1, dtype=np.int64)
    of_passage[passages.group_starts[:-1]] = weights.heading
    of_article = np.full(len(articles.text_starts) - 1, weights.questions, dtype=np.int64)
    of_article[articles.group_starts[:-1]] = weights.title
    of_article[articles.group_starts[:-1] + 1] = weights.synonyms
    owners, columns, counts = [], [], []
    for texts, weight, owner in (
        (passages, of_passage, article_of_passage),
        (articles, of_article, np.arange(articles.groups, dtype=np.int64)),
    ):
        text = np.repeat(np.arange(len(weight)), np.diff(texts.text_starts))
        known = texts.terms != UNKNOWN
        owners.append(np.repeat(owner, np.diff(texts.group_starts))[text][known])
        columns.append(texts.terms[known])
        counts.append(weight[text][known])
    owner, column, count = sort_pairs(np.concatenate(owners), np.concatenate(columns), np.concatenate(counts))
    first = np.flatnonzero(np.diff(owner, prepend=-1) | np.diff(column, prepend=-1))
    totals = np.add.reduceat(count, first) if len(first) else count
    starts = np.searchsorted(owner[first], np.arange(articles.groups + 1))
    return TermCounts(vocabulary, starts, column[first].astype(np.int32), totals.astype(np.int32), numbers)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
