"""Which Chinese words and characters get a vector of their own, and where each starts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from kb.text.language import HAN
from kb.text.tokenize import normalize
from kb.types import FloatArray

_HAN_RUN = re.compile(f"[{HAN}]+")
_GLOSSES_PER_WORD = 4


def choose_words(texts: Iterable[str], glosses: Mapping[str, Sequence[str]], size: int) -> list[str]:
    """The ``size`` most useful tokens: every character seen or in the dictionary, then words by frequency.

    A word needs three occurrences, or an entry in the dictionary and to be one word for the segmenter; words that no text
    holds come last, shorter ones first.
    """
    import rjieba

    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for text in texts:
        for run in _HAN_RUN.findall(normalize(text)):
            words.update(rjieba.cut(run))
            characters.update(run)
    known = [word for entry in glosses if _HAN_RUN.fullmatch(word := normalize(entry))]
    singles = [c for c, n in characters.most_common() if n >= 3]
    singles += [word for word in known if len(word) == 1]
    frequent = [word for word, n in words.most_common() if len(word) > 1 and n >= 3]
    rare = [word for word in known if len(word) > 1 and words[word] < 3]
    spoken = sorted((word for word in rare if list(rjieba.cut(word)) == [word]), key=lambda w: (-words[w], len(w), w))
    return list(dict.fromkeys([*singles, *frequent, *spoken]))[:size]


def initial_vectors(
    words: Sequence[str],
    glosses: Mapping[str, Sequence[str]],
    pieces: Mapping[str, list[int]],
    table: FloatArray,
) -> FloatArray:
    """Input vectors, shape ``(len(words), table.shape[1])``, to start training from.

    A word starts at the mean of the word-piece vectors of its English glosses, a word without glosses at the mean of its
    characters, anything else at the mean of ``table``. ``pieces``: ids of each gloss; ``table``: the base model's vectors.
    """
    mean = table.mean(axis=0)
    own: dict[str, FloatArray] = {}
    for word, entries in glosses.items():
        means = [table[ids].mean(axis=0) for gloss in entries[:_GLOSSES_PER_WORD] if (ids := pieces.get(gloss))]
        if means:
            own.setdefault(normalize(word), np.mean(means, axis=0))
    vectors = np.empty((len(words), table.shape[1]), dtype=np.float32)
    for row, word in enumerate(words):
        parts = [own[character] for character in word if character in own]
        vectors[row] = own[word] if word in own else np.mean(parts, axis=0) if parts else mean
    return vectors
