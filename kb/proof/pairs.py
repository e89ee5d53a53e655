"""Articles that say the same thing twice, or say it differently.

Passages are compared when their vectors are near. They repeat each other when they have nearly all words in common,
weighted by rarity. They contradict each other when two of their statements agree in nearly every word and not in a number
with its unit, or when one denies what the other says.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal

import numpy as np

from kb.generator.facts import Facts, read_facts
from kb.index.sequences import UNKNOWN
from kb.index.snapshot import Snapshot
from kb.text.sentences import split_sentences
from kb.types import FloatArray, IntArray

PairKind = Literal["duplicate", "conflict"]
_BLOCK = 512  # rows compared at once: 512 by 20,000 cosines are 40 MB
_DIGIT = re.compile(r"\d")
_SENTENCE = re.compile(r"[^|:：]+[.!。！]")  # a whole sentence, neither a table row nor the name of a setting


@dataclass(frozen=True, slots=True)
class PairRules:
    """When two texts belong side by side; shares are in [0, 1]. ``eval/LOG.md`` says what chose the values.

    ``near``: cosine from which two passages are compared at all, ``neighbours``: with how many others. Duplicates have the
    share ``same`` of their words in common, and at least ``enough`` different ones: standing phrases are no duplicates. Two
    statements of at least ``words`` words contradict each other in a number when they have the share ``alike`` of their
    other words in common, and by a denial when they have ``opposed``.
    """

    near: float = 0.6
    neighbours: int = 8
    same: float = 0.6
    enough: int = 20
    alike: float = 0.6
    opposed: float = 0.75
    words: int = 4


DEFAULT_RULES = PairRules()


@dataclass(frozen=True, slots=True)
class Place:
    """What is meant of a passage: all of its readable text, or one statement of it."""

    passage_id: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two places that belong side by side.

    ``overlap``: share of the words in common, weighted by rarity, in [0, 1]. ``left_says`` and ``right_says``: what
    differs, numbers with their unit ("14 day"); both empty for a duplicate and for a denial.
    """

    left: Place
    right: Place
    cosine: float
    overlap: float
    left_says: tuple[str, ...] = ()
    right_says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles (ids, ``left`` before ``right``) and where they meet, the most telling place first.

    ``share``: for duplicates, how much of the shorter article stands in the other, in [0, 1]; else 0.
    """

    kind: PairKind
    left: str
    right: str
    share: float
    places: tuple[Likeness, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A passage or one of its statements as columns of the vocabulary; ``weight`` is their summed idf."""

    terms: frozenset[int]
    weight: float
    words: str


def find_pairs(snapshot: Snapshot, rules: PairRules = DEFAULT_RULES) -> tuple[Pair, ...]:
    """All pairs of ``snapshot``: contradictions, those in numbers first; then duplicates, the largest share first.

    Only articles of one language are compared. Takes seconds for thousands of passages; not for the path of a question.
    """
    texts = _Texts(snapshot, rules)
    same: defaultdict[tuple[str, str], list[Likeness]] = defaultdict(list)
    opposed: defaultdict[tuple[str, str], list[Likeness]] = defaultdict(list)
    for row, other, cosine in near_rows(snapshot, rules):
        articles = texts.article(row), texts.article(other)
        overlap = texts.overlap(texts.whole(row), texts.whole(other))
        if overlap >= rules.same and len(texts.whole(row).terms & texts.whole(other).terms) >= rules.enough:
            same[articles].append(Likeness(texts.place(row), texts.place(other), cosine, overlap))
        opposed[articles] += _conflicts(texts, row, other, cosine)
    conflicts = [Pair("conflict", *ids, 0.0, _best_first(places)) for ids, places in opposed.items() if places]
    duplicates = [
        Pair("duplicate", *ids, texts.share(*ids, places), _best_first(places)) for ids, places in same.items()
    ]
    conflicts.sort(key=lambda p: (not p.places[0].left_says, -p.places[0].overlap, p.left, p.right))
    return (*conflicts, *sorted(duplicates, key=lambda p: (-p.share, p.left, p.right)))


def conflicts_between(
    snapshot: Snapshot, rows: Sequence[int], rules: PairRules = DEFAULT_RULES
) -> tuple[Likeness, ...]:
    """Where the passages in ``rows`` that belong to different articles of one language contradict each other.

    The cosine of what is found is not looked at: whoever names the rows knows that they are about one thing.
    """
    texts = _Texts(snapshot, rules)
    found: list[Likeness] = []
    for row, other in combinations(sorted(set(rows)), 2):
        left, right = (snapshot.articles[texts.article(place)] for place in (row, other))
        if left.id != right.id and left.lang == right.lang:
            found += _conflicts(texts, row, other, float(snapshot.vectors[row] @ snapshot.vectors[other]))
    return _best_first(found)


def near_rows(snapshot: Snapshot, rules: PairRules = DEFAULT_RULES) -> Iterator[tuple[int, int, float]]:
    """Rows ``a < b`` of different articles of one language with their cosine, one among the nearest of the other."""
    article = snapshot.article_of_row
    if not len(article):
        return
    chinese = np.asarray([a.lang == "zh" for a in snapshot.articles.values()], dtype=np.bool_)[article]
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(article), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosines = snapshot.vectors[block] @ snapshot.vectors.T
        cosines[(article[block, None] == article[None, :]) | (chinese[block, None] != chinese[None, :])] = -1.0
        for row, other, cosine in _nearest(cosines, rules):
            pair = (min(start + row, other), max(start + row, other))
            if pair not in seen:
                seen.add(pair)
                yield (*pair, cosine)


def _nearest(cosines: FloatArray, rules: PairRules) -> Iterator[tuple[int, int, float]]:
    count = min(rules.neighbours, cosines.shape[1])
    best: IntArray = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    near = np.take_along_axis(cosines, best, axis=1)
    for row, column in np.argwhere(near >= rules.near):
        yield int(row), int(best[row, column]), float(near[row, column])


class _Texts:
    """The passages of one snapshot and their statements as sets of terms, made when they are first asked for."""

    def __init__(self, snapshot: Snapshot, rules: PairRules) -> None:
        self._snapshot = snapshot
        self._idf = np.append(np.maximum(snapshot.lexical.idf, 0.0), np.float32(0.0)).tolist()
        self._numbers = {c for c, term in enumerate(snapshot.counts.vocabulary) if _DIGIT.search(term)} | {UNKNOWN}
        self._least = min(rules.same, rules.alike, rules.opposed)
        self.rules = rules
        self.whole = lru_cache(maxsize=None)(self._whole)
        self.statements = lru_cache(maxsize=None)(self._statements)

    def article(self, row: int) -> str:
        return self._snapshot.passages[row].article_id

    def overlap(self, left: _Text, right: _Text) -> float:
        """Jaccard index weighted by idf; 0 where it cannot reach any of the limits."""
        # No two texts have more in common than the lighter one holds.
        if min(left.weight, right.weight) < self._least * max(left.weight, right.weight):
            return 0.0
        common = sum(map(self._idf.__getitem__, left.terms & right.terms))
        whole = left.weight + right.weight - common
        return common / whole if whole > 0.0 else 0.0

    def share(self, left: str, right: str, places: list[Likeness]) -> float:
        """How much of the lighter of two articles stands in these places."""
        sides = ((left, {p.left.passage_id for p in places}), (right, {p.right.passage_id for p in places}))
        shares = []
        for article, passages in sides:
            rows = self._snapshot.rows_of_article[article]
            weight = sum(self.whole(row).weight for row in rows)
            repeated = sum(self.whole(row).weight for row in rows if self._snapshot.passages[row].id in passages)
            shares.append((weight, repeated / weight if weight else 0.0))
        return min(shares)[1]

    def place(self, row: int, text: str | None = None) -> Place:
        passage = self._snapshot.passages[row]
        return Place(passage.id, passage.anchor, passage.plain if text is None else text)

    def _whole(self, row: int) -> _Text:
        return self._text(frozenset(c for text in self._sentences(row) for c in text) - {UNKNOWN}, "")

    def _statements(self, row: int) -> dict[str, _Text]:
        """Those with enough words, by their words; numbers and what holds digits are no terms of them."""
        plain = self._snapshot.passages[row].plain
        found = {}
        for span, columns in zip(split_sentences(plain), self._sentences(row), strict=True):
            terms = frozenset(columns) - self._numbers
            if len(terms) >= self.rules.words:
                words = plain[span.start : span.end]
                found[words] = self._text(terms, words)
        return found

    def _text(self, terms: frozenset[int], words: str) -> _Text:
        return _Text(terms, sum(map(self._idf.__getitem__, terms)), words)

    def _sentences(self, row: int) -> list[list[int]]:
        return self._snapshot.passage_texts.texts_of(row)[1:]  # the first are the headings


def _conflicts(texts: _Texts, row: int, other: int, cosine: float) -> Iterator[Likeness]:
    left, right = texts.statements(row), texts.statements(other)
    for ours in left.values():
        for theirs in right.values():
            overlap = texts.overlap(ours, theirs)
            # What both passages say word for word is not disputed: two cases of one rule look alike.
            if overlap < texts.rules.alike or ours.words in right or theirs.words in left:
                continue
            said = difference(ours.words, theirs.words, denial=overlap >= texts.rules.opposed)
            if said is not None:
                yield Likeness(texts.place(row, ours.words), texts.place(other, theirs.words), cosine, overlap, *said)


def difference(ours: str, theirs: str, *, denial: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """What two statements on one subject say differently, of each; None when nothing.

    Numbers differ when both statements count in one unit and have no number of it in common. With ``denial``, it is
    enough that one sentence without a condition denies and the other does not: both results are then empty.

    >>> difference("Refunds take 5 working days.", "Refunds take 7 working days.")
    (('5 workday',), ('7 workday',))
    """
    left, right = _facts(ours), _facts(theirs)
    for unit in sorted({unit for _, unit in left.numbers} & {unit for _, unit in right.numbers} - {""}):
        one, two = ([v for v, u in sorted(side.numbers) if u == unit] for side in (left, right))
        if not set(one) & set(two):
            return tuple(f"{value} {unit}" for value in one), tuple(f"{value} {unit}" for value in two)
    if not denial or left.numbers != right.numbers or left.limits != right.limits or "condition" in left.limits:
        return None
    whole = _SENTENCE.fullmatch(ours) and _SENTENCE.fullmatch(theirs)
    return ((), ()) if whole and bool(left.negations) != bool(right.negations) else None


@lru_cache(maxsize=4096)
def _facts(text: str) -> Facts:
    return read_facts(text)


def _best_first(places: list[Likeness]) -> tuple[Likeness, ...]:
    return tuple(sorted(places, key=lambda p: (not p.left_says, -p.overlap, p.left.passage_id, p.right.passage_id)))
