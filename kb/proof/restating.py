"""Whether a statement says what another one said: a corrected letter or turned-round words are an edit, and no new fact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kb.generator.facts import read_facts
from kb.text.english import is_english
from kb.text.language import HAN
from kb.text.tokenize import normalize, stem_word

# Words that come and go with the wording and state nothing; "not", "only" or "up to" are none of them.
_FILLERS = frozenset(
    """a also an and are be do is just kindly now of please really simply that the then this to very
    的 了 吧 呢 啊 呀 嘛 也 就 请 您 你""".split()
)
_WORD = re.compile(f"[{HAN}]|[^\\s{HAN}]+")
# Letters of a word that may have been mistyped in one place, and in two: as for questions, see ``kb.answer.spelling``.
_ONE_EDIT, _TWO_EDITS = 4, 9
_MOST_TYPOS = 2  # a statement with more different words is another one


def restates_any(statement: str, known: Iterable[str]) -> bool:
    """Whether ``statement`` says the same as one of ``known``; all by their words alone (``kb.proof.statements``)."""
    return any(restates(statement, other) for other in known)


def restates(statement: str, earlier: str) -> bool:
    """Whether both have the same content words, numbers and denials, in any order and but for typing errors.

    The order counts where it may turn the meaning round: in a denial, a limit, or beside two numbers.

    >>> restates("we sell bikes in bergen and in oslo", "in oslo and in bergen we sell the bikes")
    True
    >>> restates("we sell bikes in bergen", "we sell bikes in oslo")
    False
    """
    ours, theirs = _content(statement), _content(earlier)
    if len(ours) != len(theirs):
        return False
    if not _order_counts(statement) and not _order_counts(earlier):
        ours, theirs = _without(ours, theirs), _without(theirs, ours)
    pairs = [pair for pair in zip(ours, theirs, strict=True) if stem_word(pair[0]) != stem_word(pair[1])]
    return len(pairs) <= _MOST_TYPOS and all(_is_typo(*pair) for pair in pairs)


def _without(words: Sequence[str], others: Sequence[str]) -> list[str]:
    """The words that are left when each of ``others`` has taken one of the same stem away, in alphabetical order."""
    taken = Counter(map(stem_word, others))
    left = []
    for word in sorted(words):
        stem = stem_word(word)
        if taken[stem]:
            taken[stem] -= 1
        else:
            left.append(word)
    return left


@lru_cache(maxsize=4096)
def _content(statement: str) -> Sequence[str]:
    """What states something, in order: Latin words and numbers as they are written, Chinese characters one by one."""
    return tuple(word for word in _WORD.findall(normalize(statement)) if word not in _FILLERS)


@lru_cache(maxsize=4096)
def _order_counts(statement: str) -> bool:
    facts = read_facts(statement)
    return bool(facts.negations or facts.limits or len(facts.numbers) > 1)


def _is_typo(one: str, other: str) -> bool:
    """Whether one of two words is the other with a typing error: no number, no code, and not a word of its own."""
    if any(not word.isascii() or not word.isalpha() or len(word) < _ONE_EDIT for word in (one, other)):
        return False
    from rapidfuzz.distance import OSA

    edits = 2 if max(len(one), len(other)) >= _TWO_EDITS else 1
    if OSA.distance(one, other, score_cutoff=edits) > edits:
        return False
    return sorted(one) == sorted(other) or is_english(one) is not is_english(other)
