"""Typing errors in Latin words: a word that no article has is read as the likeliest one that some article has.

Optimal string alignment distance (a Damerau-Levenshtein distance in which no part is edited twice; F. Damerau, "A technique for
computer detection and correction of spelling errors", 1964) to the words as they are written, not to their stems: a typing error
has a stem of its own (chnage keeps its e, change does not). Computed by RapidFuzz.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.index.snapshot import Snapshot
from kb.text.codes import codes
from kb.text.english import is_english
from kb.text.tokenize import normalize, stem_word
from kb.types import Substitution

# A word between joiners is part of a name: nothing in "kb_dta" or "e-mial" is corrected.
_JOINED = r"a-z\d_'’/&.@‐-"
_WORD = re.compile(rf"(?<![{_JOINED}])[a-z]{{4,40}}(?![a-z\d_@]|['’/&.‐-][a-z\d])")
_LATIN = re.compile(r"(?<![a-z\d])[a-z]{3,40}(?![a-z\d])")
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class SpellingParameters:
    """Chosen by measurement, see ``eval/LOG.md``.

    ``one_edit``, ``two_edits``: letters of a word from which it may differ in that many places. ``most_words``: unknown words
    of one question that are looked at. ``sure``: a shorter word is left as it is unless all that is so near is one word.
    """

    one_edit: int = 4
    two_edits: int = 9
    most_words: int = 6
    sure: int = 5


@dataclass(frozen=True)
class Speller:
    """The words of the articles as they are written, by their first letter; how many passages hold the stem of each; and what was
    found before.
    """

    by_letter: dict[str, list[str]]
    passages: dict[str, int]
    remembered: dict[str, str | None]

    def nearest(self, word: str, parameters: SpellingParameters = SpellingParameters()) -> str | None:
        """The word of an article that ``word`` (case folded, in no article) was probably meant to be; None without one."""
        if word not in self.remembered:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            self.remembered[word] = self._nearest(word, parameters)
        return self.remembered[word]

    def forms(self, word: str) -> list[str]:
        """The words that ``word`` may be meant to be: first letters are seldom wrong, but swapped with the second or left out."""
        return [form for letter in dict.fromkeys(word[:2]) for form in self.by_letter.get(letter, ())]

    def _nearest(self, word: str, parameters: SpellingParameters) -> str | None:
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        if len(word) < parameters.one_edit:
            return None
        edits = 2 if len(word) >= parameters.two_edits else 1
        found = extract(word, self.forms(word), scorer=OSA.distance, score_cutoff=edits, limit=20)
        ranked = sorted((distance, form[0] != word[0], -self.passages[form], form) for form, distance, _ in found)
        if not ranked:
            return None
        alike = {stem_word(form) for *_, form in ranked if form[0] == word[0]}
        if len(word) < parameters.sure and len(alike) > 1:
            return None
        return ranked[0][3]


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


def nearest_beginning(
    word: str, forms: Iterable[str], speller: Speller, parameters: SpellingParameters = SpellingParameters()
) -> tuple[str, str] | None:
    """What the unfinished ``word`` (case folded) was probably meant to be, and the likeliest of ``forms`` that begins so.

    Beginnings of ``forms`` are compared that are as long as ``word``, or an edit shorter or longer: passwr is near passwor. None
    where nothing is near.
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    edits = 2 if len(word) >= parameters.two_edits else 1
    sizes = range(len(word) + edits, len(word) - edits - 1, -1)
    letters = word[:2]
    likeliest: dict[str, tuple[int, int, str]] = {}
    for form in forms:
        if form[0] in letters and form.isalpha():
            rank = speller.passages.get(form, 0), -len(form), form
            for size in sizes:
                if size <= len(form):
                    beginning = form[:size]
                    likeliest[beginning] = max(likeliest.get(beginning, rank), rank)
    found = extract(word, list(likeliest), scorer=OSA.distance, score_cutoff=edits, limit=50)
    ranked = [
        (distance, beginning[0] != word[0], -likeliest[beginning][0], -len(beginning), beginning)
        for beginning, distance, _ in found
    ]
    if not ranked:
        return None
    beginning = min(ranked)[-1]
    return beginning, likeliest[beginning][-1]


def correct(text: str, substitutions: Sequence[Substitution]) -> str:
    """``text`` with the words meant in place of those said; text of another width is brought to the usual one."""
    if not substitutions:
        return text
    meant = {s.said: s.meant for s in substitutions}
    return _WORD.sub(lambda match: meant.get(match.group(), match.group()), normalize(text))


def inherit_speller(snapshot: Snapshot, before: Snapshot, changed: Iterable[str]) -> None:
    """Give ``snapshot`` the speller that ``before`` has made, so that not all words are read again; without one, do nothing.

    ``changed``: ids of the articles in which the two differ. A word that they no longer have stays while another form of it is in
    some article, and other forms of their words keep the counts that they had.
    """
    known: Speller | None = before.memo.get(speller_of)
    if known is None:
        return
    words = {word for one in (before, snapshot) for word in _words_of(one, changed)}
    passages, by_letter = dict(known.passages), dict(known.by_letter)
    for word in sorted(words):
        count = len(snapshot.lexical.postings(stem_word(word)))
        forms = by_letter.get(word[0], [])
        if count and word not in passages:
            by_letter[word[0]] = sorted([*forms, word])
        elif not count and word in passages:
            by_letter[word[0]] = [form for form in forms if form != word]
            del passages[word]
        if count:
            passages[word] = count
    snapshot.memo[speller_of] = Speller(by_letter, passages, {})


def _make_speller(snapshot: Snapshot) -> Speller:
    by_letter: dict[str, list[str]] = {}
    passages: dict[str, int] = {}
    for word in sorted(_words_of(snapshot, snapshot.articles)):
        count = len(snapshot.lexical.postings(stem_word(word)))
        if count:
            passages[word] = count
            by_letter.setdefault(word[0], []).append(word)
    return Speller(by_letter, passages, {})


def _words_of(snapshot: Snapshot, article_ids: Iterable[str]) -> set[str]:
    """The Latin words of these articles as they are written; ids of no article are passed over."""
    articles = [snapshot.articles[i] for i in article_ids if i in snapshot.articles]
    named = [(a.title, *a.questions, *a.synonyms, *a.tags) for a in articles]
    rows = [snapshot.rows_of_article[a.id] for a in articles]
    held = [(*p.heading_path, p.plain) for r in rows for p in snapshot.passages[r.start : r.stop]]
    return {word for texts in (*named, *held) for word in _LATIN.findall("\n".join(texts).casefold())}
