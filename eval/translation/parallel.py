"""Parallel texts as matrices: which terms and words stand in each pair of sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from eval.encoder.pairs import Pair
from kb.answer.question import is_frame
from kb.text.language import HAN
from kb.text.tokenize import normalize, tokenize
from kb.text.words import chinese_words

GLOSSES = "CC-CEDICT"
_WORD = re.compile(r"[a-z]{2,20}")
_OR = re.compile(r"[/&.]")
_HAN_ONLY = re.compile(f"[{HAN}]+")
_LONGEST = 80  # terms of one side; longer texts align badly and cost the most


@dataclass(frozen=True)
class ParallelTexts:
    """``english`` and ``chinese``: 0/1 matrices of shape ``(texts, terms)`` over ``terms`` and ``words``.

    ``weights``: how much each pair counts, shape ``(texts,)``.
    """

    terms: tuple[str, ...]
    words: tuple[str, ...]
    english: sparse.csr_matrix
    chinese: sparse.csr_matrix
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairCosts:
    """``gloss``: weight of a dictionary entry; a sentence counts 1."""

    gloss: float = 0.5


def english_side(text: str) -> list[str]:
    """The distinct search terms of ``text`` that can be translated: words, not codes and not "how do I"."""
    # "Yes/No" would also give the joined term "yesno", which no dictionary needs; "sign-in" and "signin" are both of use.
    terms = dict.fromkeys(tokenize(_OR.sub(" ", text)))
    return [term for term in terms if _WORD.fullmatch(term) and not is_frame(term)]


def chinese_side(text: str) -> list[str]:
    """The distinct dictionary words of ``text`` that say what it is about."""
    return list(dict.fromkeys(word for word in chinese_words(text) if not is_frame(word)))


def read_texts(pairs: Iterable[Pair], glosses: dict[str, list[str]], costs: PairCosts = PairCosts()) -> ParallelTexts:
    """Terms of all ``pairs`` and ``glosses`` that have words on both sides, each distinct pair once, in their order."""
    english, chinese = _Column(), _Column()
    weights: list[float] = []
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()

    def add(terms: list[str], words: list[str], weight: float) -> None:
        key = (tuple(terms), tuple(words))
        if terms and words and max(len(terms), len(words)) <= _LONGEST and key not in seen:
            seen.add(key)
            english.add(terms)
            chinese.add(words)
            weights.append(weight)

    for pair in pairs:
        # A product name that stays as it is in the translation needs none, and would cling to the words around it.
        kept = set(tokenize(pair.chinese))
        add([t for t in english_side(pair.english) if t not in kept], chinese_side(pair.chinese), 1.0)
    for word, entries in glosses.items():
        if _HAN_ONLY.fullmatch(word) and not is_frame(word):
            for entry in entries:
                add(english_side(entry), [normalize(word)], costs.gloss)
    return ParallelTexts(
        tuple(english.ids), tuple(chinese.ids), english.matrix(), chinese.matrix(), np.asarray(weights, np.float32)
    )


class _Column:
    """One side of the texts while they are read."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._entries: list[int] = []
        self._starts = [0]

    def add(self, items: list[str]) -> None:
        self._entries.extend(self.ids.setdefault(item, len(self.ids)) for item in items)
        self._starts.append(len(self._entries))

    def matrix(self) -> sparse.csr_matrix:
        entries = np.asarray(self._entries, dtype=np.int32)
        shape = (len(self._starts) - 1, len(self.ids))
        return sparse.csr_matrix((np.ones(len(entries), np.float32), entries, np.asarray(self._starts)), shape=shape)
