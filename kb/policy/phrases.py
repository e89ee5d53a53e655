"""Phrases of word lists, found in what a visitor writes: whole words in their order, however they are written.

A phrase is words in order. ``a|b`` is either of two words, ``complain*`` any word that begins so, ``...`` up to four other words
(up to eight Chinese characters) of the same sentence. Case, width, the Chinese script, spaces between Chinese characters and the
apostrophes of "don't" do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kb.policy.negation import denies, is_negated
from kb.text.language import HAN
from kb.text.tokenize import normalize

LONGEST = 100  # code points of a phrase
_KEY = 3  # letters of a word by which phrases are looked up
_HAN = re.compile(f"[{HAN}]")
_HAN_SPACE = re.compile(f"(?<=[{HAN}])\\s+(?=[{HAN}])")
_WORD = re.compile(r"[a-z0-9]+")
_HAN_RUN = re.compile(f"[{HAN}]+")
_END = r".!?;:。\n"  # nothing goes on beyond these
_SHORT = {
    "cannot": "can not", "won't": "will not", "wont": "will not", "shan't": "shall not", "ain't": "is not", "i'm": "i am",
    "im": "i am", "i've": "i have", "ive": "i have", "i'd": "i would", "i'll": "i will", "you're": "you are", "youre": "you are",
    "you've": "you have", "we're": "we are", "we've": "we have", "they're": "they are", "it's": "it is", "that's": "that is",
    "thats": "that is", "what's": "what is", "whats": "what is", "there's": "there is", "who's": "who is", "how's": "how is",
    "where's": "where is", "let's": "let us", "gonna": "going to", "wanna": "want to", "gotta": "got to",
}  # fmt: skip
_NOT = "do|does|did|is|are|was|were|has|have|had|would|could|should|must|need"
_CONTRACTED = re.compile(rf"(?<![a-z0-9'])(?:({'|'.join(map(re.escape, _SHORT))})|({_NOT})n'?t|(ca)n'?t)(?![a-z0-9'])")


def prepare(text: str) -> str:
    """``text`` as phrases are compared with it.

    >>> prepare("I DON’T want 轉 人工")
    'i do not want 转人工'
    """
    return _prepared(text) if len(text) <= 1000 else _prepare(text)


def _prepare(text: str) -> str:
    said = normalize(text).replace("’", "'").replace("‘", "'").replace("`", "'")
    said = _HAN_SPACE.sub("", said)
    return _CONTRACTED.sub(_expanded, said)


_prepared = lru_cache(maxsize=2048)(_prepare)


def _expanded(match: re.Match[str]) -> str:
    short, verb, can = match.groups()
    return _SHORT[short] if short else "can not" if can else f"{verb} not"


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that was found: as it stands in the policy, what was said (prepared), where, and whether it was denied."""

    phrase: str
    said: str
    start: int
    end: int
    negated: bool


def said_in(text: str, match: Match) -> str:
    """What was said as it stands in ``text``, in its own script and case; prepared where letters of ``text`` were joined or parted.

    >>> said_in("我等了好幾週", Match("等了 ... 周", "等了好几周", 1, 6, False))
    '等了好幾週'
    """
    there = text[match.start : match.end]
    return there if prepare(there) == match.said else match.said


@dataclass(frozen=True)
class Phrase:
    """One line of a word list, owned by ``owner``; an ``exception`` hides what it covers. Raises ``ValueError`` for no phrase."""

    owner: str
    source: str
    exception: bool = False

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The alternatives of each word, ``("...",)`` for a gap."""
        # Each word by itself: between Chinese words of a phrase, spaces do count.
        text = " ".join(map(prepare, self.source.replace("…", "...").replace("...", " ... ").split()))
        parts = [tuple(filter(None, part.split("|"))) if part != "..." else ("...",) for part in text.split()]
        words = [part for part in parts if part != ("...",)]
        if not words or not all(words) or parts[0] == ("...",) or parts[-1] == ("...",):
            raise ValueError("a phrase begins and ends with a word")
        for word in (word for part in words for word in part):
            bare = word.removesuffix("*")
            if not any(c.isalnum() for c in bare) or "*" in bare:
                raise ValueError(f"{word!r} is no word")
            if word.endswith("*") and (len(bare) < _KEY or _HAN.search(bare)):
                raise ValueError(f"{word!r} needs three Latin letters before the star")
        return tuple(parts)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        built: list[str] = []
        gap, before = False, ""
        for part in self.parts:
            if part == ("...",):
                gap = True
                continue
            latin = bool(before) and before.isascii() and all(word.isascii() for word in part)
            if before:
                built.append(_between(gap, latin))
            built.append("(?:" + "|".join(map(_word, sorted(part, key=len, reverse=True))) + ")")
            gap, before = False, part[0]
        return re.compile("".join(built))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Of these, a text that has the phrase has one; of the word that tells most."""
        words = [part for part in self.parts if part != ("...",)]
        best = max(words, key=lambda part: min(len(word) for word in part))
        return frozenset(_key(word.removesuffix("*")) for word in best)


def _between(gap: bool, latin: bool) -> str:
    if latin:
        return rf"((?:[^\w{_END}]{{1,4}}[\w'-]+){{0,4}}?)[^\w{_END}]{{1,4}}" if gap else rf"[^\w{_END}]{{1,4}}"
    return rf"([^{_END}]{{0,8}}?)" if gap else r"\s{0,2}"


def _word(word: str) -> str:
    bare = word.removesuffix("*")
    begins = "(?<![a-z0-9])" if bare[0].isascii() and bare[0].isalnum() else ""
    ends = "[a-z]*" if bare != word else "(?![a-z0-9])" if bare[-1].isascii() and bare[-1].isalnum() else ""
    return f"{begins}{re.escape(bare)}{ends}"


def _key(word: str) -> str:
    latin = _WORD.match(word)
    if latin:
        return latin.group()[:_KEY]
    run = _HAN_RUN.search(word)
    return run.group()[:2] if run else word[:1]


def _keys_of(said: str) -> set[str]:
    keys = {word[:_KEY] for word in _WORD.findall(said)}
    for run in _HAN_RUN.findall(said):
        keys.update(run)
        keys.update(run[i : i + 2] for i in range(len(run) - 1))
    return keys


class Lexicon:
    """All phrases of a policy, looked up at once by the words of a text. Immutable, so thread-safe."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        """Raises ``ValueError`` for what is no phrase."""
        self._by_key: dict[str, list[tuple[int, Phrase]]] = {}
        for place, phrase in enumerate(phrases):
            for key in phrase.keys:
                self._by_key.setdefault(key, []).append((place, phrase))

    def find(self, said: str) -> dict[str, tuple[Match, ...]]:
        """The phrases in a prepared text by their owners, in the order of the policy."""
        by_key = self._by_key
        candidates = {item for key in _keys_of(said) if key in by_key for item in by_key[key]}
        if not candidates:
            return {}
        found: dict[str, list[Match]] = {}
        hidden: dict[str, list[Match]] = {}
        for _, phrase in sorted(candidates, key=lambda item: item[0]):
            for match in phrase.pattern.finditer(said):
                start, end = match.span()
                negated = not phrase.exception and (is_negated(said, start) or any(map(denies, match.groups())))
                place = hidden if phrase.exception else found
                place.setdefault(phrase.owner, []).append(Match(phrase.source, match.group(), start, end, negated))
        return {
            owner: kept
            for owner, matches in found.items()
            if (kept := tuple(m for m in matches if not _covered(m, hidden.get(owner, ()))))
        }


def _covered(match: Match, hiding: Sequence[Match]) -> bool:
    return any(h.start < match.end and match.start < h.end for h in hiding)
