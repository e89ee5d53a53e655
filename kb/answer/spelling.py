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
from kb.text.english import is_english
from kb.text.tokenize import normalize, stem_word
from kb.types import Substitution

# A word between joiners is part of a name: nothing in "kb_dta" or "e-mial" is corrected.
_JOINED = r"a-z\d_'’/&.@‐-"
_WORD = re.compile(rf"(?<![{_JOINED}])[a-z]{{4,40}}(?![a-z\d_@]|['’/&.‐-][a-z\d])")
_LATIN = re.compile(r"[a-z]{4,40}")
_REMEMBERED = 4096
_LOOKED_AT = 8  # passages in which the written form of a stem is looked for


@dataclass(frozen=True, slots=True)
class SpellingParameters:
    """Chosen by measurement, see ``eval/LOG.md``.

    ``one_edit``, ``two_edits``: letters of a stem from which it may differ in that many places. ``most_words``: unknown words
    of one question that are looked at.
    """

    one_edit: int = 4
    two_edits: int = 8
    most_words: int = 6


@dataclass(frozen=True)
class Speller:
    """The stems of an index by their first letter, how many passages hold each, and what was found before."""

    snapshot: Snapshot
    by_letter: dict[str, list[str]]
    passages: dict[str, int]
    remembered: dict[str, str | None]

    def nearest(self, word: str, parameters: SpellingParameters = SpellingParameters()) -> str | None:
        """The word of an article that ``word`` (case folded, in no article) was probably meant to be; None without one."""
        if word not in self.remembered:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            stem = self._nearest_stem(stem_word(word), parameters)
            self.remembered[word] = None if stem is None else self._written(stem, word)
        return self.remembered[word]

    def _nearest_stem(self, stem: str, parameters: SpellingParameters) -> str | None:
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        if len(stem) < parameters.one_edit:
            return None
        edits = 2 if len(stem) >= parameters.two_edits else 1
        # First letters are seldom wrong; where they are, they were mostly swapped with the second or left out.
        choices = [term for letter in dict.fromkeys(stem[:2]) for term in self.by_letter.get(letter, ())]
        found = extract(stem, choices, scorer=OSA.distance, score_cutoff=edits, limit=20)
        best = min(
            ((distance, term[0] != stem[0], -self.passages[term], term) for term, distance, _ in found), default=None
        )
        return best[3] if best else None

    def _written(self, stem: str, word: str) -> str:
        """The form of ``stem`` nearest to ``word`` in the first passages that hold it; the stem itself if none shows it."""
        from rapidfuzz.distance import OSA

        forms: set[str] = set()
        for row in self.snapshot.lexical.postings(stem)[:_LOOKED_AT].tolist():
            passage = self.snapshot.passages[row]
            article = self.snapshot.articles[passage.article_id]
            text = "\n".join(
                (*passage.heading_path, *article.questions, *article.synonyms, *article.tags, passage.plain)
            )
            forms.update(form for form in _LATIN.findall(normalize(text)) if stem_word(form) == stem)
        return min(forms or {stem}, key=lambda form: (OSA.distance(form, word), form))


def speller_of(snapshot: Snapshot) -> Speller:
    """The snapshot's speller, made when it is first wanted."""
    speller: Speller | None = snapshot.memo.get(speller_of)
    if speller is None:
        speller = snapshot.memo[speller_of] = _make_speller(snapshot)
    return speller


def misspelt(
    text: str, snapshot: Snapshot, parameters: SpellingParameters = SpellingParameters()
) -> Sequence[Substitution]:
    """What the unknown Latin words of a question were probably meant to be.

    Left as they are: words of some article, other common English words (a question about them is not covered, and has to look so),
    codes, parts of joined names, and words of fewer than four letters.
    """
    vocabulary = snapshot.lexical.vocabulary
    words = dict.fromkeys(match.group() for match in _WORD.finditer(normalize(text)))
    unknown = [word for word in words if stem_word(word) not in vocabulary and word not in vocabulary]
    unknown = [word for word in unknown if not is_english(word)]
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


def correct(text: str, substitutions: Sequence[Substitution]) -> str:
    """``text`` with the words meant in place of those said; text of another width is brought to the usual one."""
    if not substitutions:
        return text
    meant = {s.said: s.meant for s in substitutions}
    return _WORD.sub(lambda match: meant.get(match.group(), match.group()), normalize(text))


def _make_speller(snapshot: Snapshot) -> Speller:
    lexical = snapshot.lexical
    held = np.diff(lexical.starts).tolist()
    passages = {term: held[column] for term, column in lexical.vocabulary.items() if _LATIN.fullmatch(term)}
    by_letter: dict[str, list[str]] = {}
    for term in passages:
        by_letter.setdefault(term[0], []).append(term)
    return Speller(snapshot, by_letter, passages, {})
