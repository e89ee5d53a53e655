"""Typing errors in Latin words: a word that no article has is read as the likeliest one that some article has.

Optimal string alignment distance (a Damerau-Levenshtein distance in which no part is edited twice; F. Damerau, "A technique for
computer detection and correction of spelling errors", 1964), over the stems of the index, computed by RapidFuzz.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.index.snapshot import Snapshot
from kb.text.codes import codes
from kb.text.tokenize import normalize, stem_word
from kb.types import Substitution

# A word between joiners is part of a name: nothing in "kb_dta" or "e-mial" is corrected.
_WORD = re.compile(r"(?<![a-z\d_'’/&.@-])[a-z]{4,40}(?![a-z\d_@]|[-'’/&.][a-z\d])")
_STEM = re.compile(r"[a-z]{3,40}")
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class SpellingParameters:
    """Chosen by measurement, see ``eval/LOG.md``.

    ``one_edit``, ``two_edits``: letters from which a word may differ in that many places. ``least_passages``: passages that
    must hold the word it is taken for. ``most_words``: unknown words of one question that are looked at.
    """

    one_edit: int = 4
    two_edits: int = 8
    least_passages: int = 1
    most_words: int = 6


@dataclass(frozen=True, slots=True)
class Speller:
    """The words of an index by their first letter, and how many passages hold each."""

    by_letter: dict[str, list[str]]
    passages: dict[str, int]
    remembered: dict[str, str | None]

    def nearest(self, word: str, parameters: SpellingParameters = SpellingParameters()) -> str | None:
        """The term that ``word`` (case folded, not in the index) was probably meant to be; None when nothing is near."""
        if word not in self.remembered:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            self.remembered[word] = self._search(word, parameters)
        return self.remembered[word]

    def _search(self, word: str, parameters: SpellingParameters) -> str | None:
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        if len(word) < parameters.one_edit:
            return None
        edits = 2 if len(word) >= parameters.two_edits else 1
        stem = stem_word(word)
        # First letters are seldom wrong; where they are, they were mostly swapped with the second or left out.
        letters = dict.fromkeys(stem[:2])
        choices = [term for letter in letters for term in self.by_letter.get(letter, ())]
        found = extract(stem, choices, scorer=OSA.distance, score_cutoff=edits, limit=20)
        usable = [(term, distance) for term, distance, _ in found if self.passages[term] >= parameters.least_passages]
        if not usable:
            return None
        return min(usable, key=lambda near: (near[1], near[0][0] != stem[0], -self.passages[near[0]], near[0]))[0]


def speller_of(snapshot: Snapshot) -> Speller:
    """The snapshot's speller, made when it is first wanted."""
    speller: Speller | None = snapshot.memo.get(speller_of)
    if speller is None:
        speller = snapshot.memo[speller_of] = _make_speller(snapshot)
    return speller


def misspelt(
    text: str, snapshot: Snapshot, parameters: SpellingParameters = SpellingParameters()
) -> Sequence[Substitution]:
    """What the unknown Latin words of a question were probably meant to be; ``meant`` is a term of the index.

    Known words, codes, parts of joined names and words of fewer than four letters are left as they are.
    """
    vocabulary = snapshot.lexical.vocabulary
    normal = normalize(text)
    words = dict.fromkeys(match.group() for match in _WORD.finditer(normal))
    unknown = [word for word in words if stem_word(word) not in vocabulary and word not in vocabulary]
    if not unknown:
        return ()
    named = codes(text)
    speller = speller_of(snapshot)
    found = []
    for word in unknown[: parameters.most_words]:
        if any(code.startswith(word) for code in named):
            continue
        meant = speller.nearest(word, parameters)
        if meant is not None:
            found.append(Substitution(word, meant, "spelling"))
    return found


def _make_speller(snapshot: Snapshot) -> Speller:
    lexical = snapshot.lexical
    held = np.diff(lexical.starts)
    by_letter: dict[str, list[str]] = {}
    passages: dict[str, int] = {}
    for term, column in lexical.vocabulary.items():
        # A stem that would be stemmed further cannot be put in place of a word.
        if _STEM.fullmatch(term):
            by_letter.setdefault(term[0], []).append(term)
            passages[term] = int(held[column])
    return Speller(by_letter, passages, {})
