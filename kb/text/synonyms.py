"""An organisation's own words: which expressions mean the same, and where a text uses one of them.

Expressions are compared as people write them, not letter by letter: case, width, the Chinese script, English endings, hyphens
and spaces do not count, so that ``money back``, ``Money-back`` and ``moneyback`` are one expression.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from kb.text.language import HAN
from kb.text.tokenize import simplify, stem_word
from kb.types import Span

_UNIT = re.compile(f"[{HAN}]|[^\\W\\d_{HAN}]+|\\d+(?:\\.\\d+)*")
_HAN = re.compile(f"[{HAN}]")
# Between two units of one expression: nothing, a space or a hyphen, but no other punctuation.
_GLUE = re.compile(r"\s{0,2}|[\-‐‑_'’./&]")
_TIGHT = re.compile(r"[\-‐‑_'’./&]?")
_MOST_UNITS = 24


@dataclass(frozen=True, slots=True)
class Entry:
    """Expressions that may stand for each other (``one_way`` False), or ``said`` for each of which any of ``meant`` may stand."""

    said: tuple[str, ...]
    meant: tuple[str, ...]
    one_way: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """An expression in a text: where it stands, in code points, and the expressions that may stand there instead."""

    span: Span
    said: str
    meant: tuple[str, ...]


@dataclass(frozen=True)
class Synonyms:
    """All entries, ready for looking up. Not transitive: what stands for a stand-in is not looked up again.

    ``meant``: by the key of an expression, what may stand for it; empty for one that is only a result of others, which
    is kept so that its words are not taken apart.
    """

    entries: tuple[Entry, ...] = ()
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    longest: int = 0  # units of the longest expression

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same entries in the same order, in any process."""
        return hashlib.sha256(repr(self.entries).encode()).hexdigest()[:16]

    def __bool__(self) -> bool:
        return bool(self.meant)


NO_SYNONYMS = Synonyms()


@dataclass(frozen=True, slots=True)
class _Unit:
    key: str
    start: int
    end: int
    tight: bool  # joined to the unit before it: "1800" of "AX-1800"


def expression_key(expression: str) -> str:
    """What all ways of writing ``expression`` have in common; empty when it has neither letters nor digits.

    >>> expression_key("Money-back"), expression_key("退錢"), expression_key("ＡＸ－１８００")
    ('moneyback', '退钱', 'ax1800')
    """
    return _key_and_size(expression)[0]


@lru_cache(maxsize=65536)
def _key_and_size(expression: str) -> tuple[str, int]:
    units = _units(_fold_text(expression))
    return "".join(unit.key for unit in units), len(units)


def make_synonyms(entries: Sequence[Entry]) -> Synonyms:
    """Prepare ``entries`` for looking up; an expression in several entries has the stand-ins of all of them."""
    meant: dict[str, dict[str, str]] = {}
    longest = 0
    for entry in entries:
        results = [(*_key_and_size(expression), expression) for expression in entry.meant]
        for said in entry.said:
            own, size = _key_and_size(said)
            longest = max(longest, size)
            found = meant.setdefault(own, {})
            for key, _, expression in results:
                if key != own:
                    found.setdefault(key, expression)
        for key, size, _ in results:
            meant.setdefault(key, {})
            longest = max(longest, size)
    table = {key: tuple(found.values()) for key, found in meant.items() if key}
    return Synonyms(tuple(entries), table, min(longest, _MOST_UNITS))


def find_uses(text: str, synonyms: Synonyms) -> list[Use]:
    """The expressions of ``synonyms`` in ``text``, longest first from left to right, none overlapping.

    A Latin expression matches whole words only; one Chinese character matches only where it stands alone.
    """
    if not synonyms:
        return []
    folded = _fold_text(text)
    units = _units(folded)
    uses: list[Use] = []
    place = 0
    while place < len(units):
        length = _match_at(folded, units, place, synonyms)
        if length:
            span = Span(units[place].start, units[place + length - 1].end)
            meant = synonyms.meant["".join(unit.key for unit in units[place : place + length])]
            if meant:
                uses.append(Use(span, text[span.start : span.end], meant))
        place += length or 1
    return uses


def replace_uses(text: str, choices: Iterable[tuple[Use, str]]) -> str:
    """``text`` with each use replaced by the expression chosen for it; Latin neighbours are kept apart by spaces."""
    for use, expression in sorted(choices, key=lambda choice: -choice[0].span.start):
        text = f"{text[: use.span.start]} {expression} {text[use.span.end :]}"
    return re.sub(rf"(?<=[{HAN}]) (?=[{HAN}])| (?= )", "", text).strip()


def _match_at(folded: str, units: Sequence[_Unit], place: int, synonyms: Synonyms) -> int:
    """Number of units of the longest expression that begins at ``place``; 0 when there is none."""
    if _is_inside_word(units, place):
        return 0
    best, key = 0, ""
    for length in range(1, min(synonyms.longest * 2, len(units) - place) + 1):
        unit = units[place + length - 1]
        if length > 1 and not _GLUE.fullmatch(folded, units[place + length - 2].end, unit.start):
            break
        key += unit.key
        if key in synonyms.meant and not _is_inside_word(units, place + length) and _stands_alone(units, place, length):
            best = length
    return best


def _is_inside_word(units: Sequence[_Unit], place: int) -> bool:
    """Whether the boundary before ``place`` lies within one word, such as between "AX" and "1800" of "AX-1800"."""
    return 0 < place < len(units) and units[place].tight


def _stands_alone(units: Sequence[_Unit], place: int, length: int) -> bool:
    """False for one Chinese character inside a longer run: 车 does not mean every word with 车 in it."""
    if length > 1 or not _HAN.match(units[place].key):
        return True
    before, after = units[place - 1] if place else None, units[place + 1] if place + 1 < len(units) else None
    return not (
        (before is not None and before.end == units[place].start and _HAN.match(before.key))
        or (after is not None and after.start == units[place].end and _HAN.match(after.key))
    )


def _units(folded: str) -> tuple[_Unit, ...]:
    """Words, numbers and single Chinese characters of a folded text with their places in it."""
    units: list[_Unit] = []
    for match in _UNIT.finditer(folded):
        word, start = match.group(), match.start()
        tight = False
        if units and not _HAN.match(word) and not _HAN.match(units[-1].key):
            tight = _TIGHT.fullmatch(folded, units[-1].end, start) is not None
        units.append(_Unit(stem_word(word), start, match.end(), tight))
    return tuple(units)


def _fold_text(text: str) -> str:
    """``text`` without case, width and script differences, every character in its place."""
    folded = simplify(unicodedata.normalize("NFKC", text).casefold())
    # Ligatures and the like change the length: then only characters that stay one are folded.
    return folded if len(folded) == len(text) else "".join(_fold(character) for character in text)


def _fold(character: str) -> str:
    folded = simplify(unicodedata.normalize("NFKC", character).casefold())
    return folded if len(folded) == 1 else character
