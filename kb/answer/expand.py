"""What a question says in other words: typing errors read as the words meant, and the organisation's own synonyms.

A typing error is replaced, because the word as typed is nowhere. A synonym gives a second question beside the first, asked as
a whole: whatever decides about a passage (words, their neighbours, titles, known phrasings) then decides about both wordings alike,
no passage is counted twice, and a group of fifty expressions cannot flood a question.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from kb.answer.find import Findings
from kb.answer.question import Question, understand
from kb.answer.spelling import correct, misspelt
from kb.index.snapshot import Snapshot
from kb.text.language import count_han
from kb.text.synonyms import Synonyms, Use, find_uses, replace_uses
from kb.text.tokenize import cached_terms
from kb.text.words import cut_words
from kb.types import Lang, Rewording, Substitution


@dataclass(frozen=True, slots=True)
class ExpansionParameters:
    """``wordings``: other wordings of a question that are compared by their words; the best of them is searched.
    ``advantage``: how much surer, in probability, it must be than the visitor's own to decide. ``sure``: from this probability
    of the visitor's own wording no other is tried.
    """

    wordings: int = 4
    advantage: float = 0.02
    sure: float = 0.95


_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")  # digits and Latin letters
_COMPLETIONS = 2  # words that a single character may stand for: few enough to be asked back about
_STAND_INS = 2  # of each expression in a search box: more would decide what is found
_GUESSED = 0.5  # the most that can be said for an answer to one of two words


@dataclass(frozen=True, slots=True)
class Expanded:
    """A question with its typing errors corrected, and the expressions in it that have synonyms.

    ``original``: the question's text as it was asked; ``corrections``: the words in it that were read otherwise. ``guessed``:
    its one character was taken for words that the articles have.
    """

    question: Question
    original: str
    corrections: tuple[Substitution, ...] = ()
    uses: tuple[Use, ...] = ()
    guessed: bool = False


def expand(question: Question, snapshot: Snapshot, synonyms: Synonyms) -> Expanded:
    """Correct ``question`` by the words of ``snapshot`` and find the expressions of ``synonyms`` in it."""
    original = question.text
    if _FULL_WIDTH.search(original):  # words are folded anyway, but to an encoder Ｅ－２０３ is not E-203
        question = understand(unicodedata.normalize("NFKC", original), question.lang)
    uses = tuple(find_uses(question.text, synonyms))
    private = {use.said.casefold() for use in uses}
    found = misspelt(question.text, snapshot)
    corrections = tuple(s for s in found if s.said not in private)
    if corrections:
        question = understand(correct(question.text, corrections), question.lang)
        uses = tuple(find_uses(question.text, synonyms))
    completed = _complete(question, snapshot)
    return Expanded(completed or question, original, corrections, uses, guessed=completed is not None)


def find_in_any_wording(
    expanded: Expanded,
    snapshot: Snapshot,
    written: Lang,
    search: Callable[[Question], Findings],
    parameters: ExpansionParameters = ExpansionParameters(),
) -> Findings:
    """The findings of the wording that is answered most surely; the visitor's own unless another is clearly surer.

    ``search``: finds passages written in ``written`` for one question.
    """
    best = search(expanded.question)
    if expanded.guessed:
        best = replace(best, score=min(best.score, _GUESSED))
    if not expanded.uses or best.score >= parameters.sure:
        return best
    ways = [
        _Wording(understand(replace_uses(expanded.question.text, choices), expanded.question.lang), tuple(choices))
        for choices in _combinations(expanded.uses, snapshot, written, parameters.wordings)
    ]
    if not ways:
        return best
    # A whole search is a hundred times as dear as this: which wording some passage holds most of, frequent ones first.
    way = max(ways, key=lambda way: _share_in_one_passage(way.question, snapshot))
    found = search(way.question)
    if not found.hits or found.score <= best.score + parameters.advantage:
        return best
    substitutions = tuple(Substitution(use.said, meant, "synonym") for use, meant in way.choices)
    return replace(found, rewording=Rewording(way.question.text, substitutions))


@dataclass(frozen=True, slots=True)
class _Wording:
    """A question in other words, and what was put in for which of its expressions."""

    question: Question
    choices: tuple[tuple[Use, str], ...]


def _share_in_one_passage(question: Question, snapshot: Snapshot) -> float:
    """BM25 of the best passage as a share of what all terms of the question could give, in [0, 1]."""
    index, terms = snapshot.lexical, question.content
    ideal = index.ideal(terms)
    return float(index.scores(terms).max(initial=0.0)) / ideal if ideal > 0.0 else 0.0


def stand_ins(uses: Sequence[Use], snapshot: Snapshot, written: Lang) -> tuple[Substitution, ...]:
    """What may stand for the expressions found in a text in articles written in ``written``: the most frequent two of each."""
    return tuple(
        Substitution(use.said, meant, "synonym")
        for use in uses
        for meant in _known(use, snapshot, written)[:_STAND_INS]
    )


def _complete(question: Question, snapshot: Snapshot) -> Question | None:
    """A question of which only one Chinese character says anything, and no article has that alone, asks for words with it.

    退 is searched as 退货 and 退款 where the articles speak of these most. None for other questions.
    """
    character = question.content[0] if len(question.content) == 1 else ""
    index = snapshot.lexical
    if len(character) != 1 or not count_han(character) or len(index.postings(character)):
        return None
    holding = [term for term in index.vocabulary if character in term and cut_words(term) == [term]]
    # Titles say what the articles are about.
    titles = Counter(term for article in snapshot.articles.values() for term in set(cached_terms(article.title)))

    def rarity(word: str) -> tuple[int, int, str]:
        return -titles[word], -len(index.postings(word)), word

    words = tuple(sorted(holding, key=rarity)[:_COMPLETIONS])
    return replace(question, terms=words, content=words) if words else None


def _combinations(
    uses: Sequence[Use], snapshot: Snapshot, written: Lang, most: int
) -> Iterator[Sequence[tuple[Use, str]]]:
    """Ways of replacing at least one of ``uses`` by an expression that articles in ``written`` may have, at most ``most``."""
    options: list[list[str | None]] = [[None, *_known(use, snapshot, written)] for use in uses]
    chosen = ([(use, m) for use, m in zip(uses, way, strict=True) if m is not None] for way in product(*options))
    return islice((choices for choices in chosen if choices), most)


def _known(use: Use, snapshot: Snapshot, written: Lang) -> list[str]:
    """What may stand for ``use``: expressions whose terms articles have, in their script if there are such, frequent ones first."""
    counted: list[tuple[bool, int, str]] = []
    for meant in use.meant:
        chinese = count_han(meant) > 0
        if chinese and written == "en":
            continue
        passages = min((len(snapshot.lexical.postings(term)) for term in cached_terms(meant)), default=0)
        if passages:
            counted.append((written == "zh" and not chinese, -passages, meant))
    native = any(not foreign for foreign, _, _ in counted)
    return [meant for foreign, _, meant in sorted(counted) if not (foreign and native)]
