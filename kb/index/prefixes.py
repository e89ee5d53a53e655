"""Where short texts hold what begins in a given way: a suffix array over the beginnings of their words.

Method: U. Manber & G. Myers, "Suffix arrays: a new method for on-line string searches" (1993), with a place for each Latin word
and for each Chinese character only, as nobody looks for the middle of a word. What is looked up may run over several words, so a
whole phrase costs as much as one letter: two binary searches.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kb.text.language import HAN
from kb.types import BoolArray

_PLACE = re.compile(f"[{HAN}]|[^\\s{HAN}]+")
_WORD = re.compile(f"[^\\s{HAN}]+")
# Places are in order by this many characters; what is longer is compared in full afterwards.
_ORDERED_BY = 24


@dataclass(frozen=True, eq=False)
class PrefixIndex:
    """Folded lines, each perhaps in several forms, and their places ordered by the text that begins there.

    ``text``: all forms with a newline behind each. ``places``: offsets in it, shape ``(places,)``; ``line_of_place`` and
    ``begins_line`` say for each of them, in the same order, which line it stands in and whether that form begins there.
    ``lengths``: characters of the first form of each line, shape ``(lines,)``.
    """

    text: str
    places: NDArray[np.int32]
    line_of_place: NDArray[np.int32]
    begins_line: BoolArray
    lengths: NDArray[np.int32]

    @property
    def lines(self) -> int:
        return len(self.lengths)

    def find(self, beginning: str) -> NDArray[np.int64]:
        """Numbers of the places where ``beginning`` (folded, one space between words) stands; none for an empty one.

        Indexes ``line_of_place`` and ``begins_line``; a line stands there once for each place in it.
        """
        head = beginning[:_ORDERED_BY]
        if not head:
            return np.zeros(0, dtype=np.int64)
        size, text = len(head), self.text
        low = bisect_left(self.places, head, key=lambda place: text[place : place + size])
        high = bisect_right(self.places, head, lo=low, key=lambda place: text[place : place + size])
        found = np.arange(low, high)
        if len(beginning) > size:
            whole = [text.startswith(beginning, place) for place in self.places[low:high].tolist()]
            found = found[np.asarray(whole, dtype=np.bool_)] if whole else found
        return found

    def lines_with(self, beginning: str) -> NDArray[np.int32]:
        """Lines in which something begins like ``beginning``; one may stand there repeatedly."""
        return self.line_of_place[self.find(beginning)]

    def lines_with_word(self, word: str) -> NDArray[np.int32]:
        """Lines that hold the whole Latin word ``word``; before Chinese characters a line has a space as well."""
        return np.concatenate([self.lines_with(word + " "), self.lines_with(word + "\n")])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The distinct Latin words of all lines in code point order."""
        return tuple(sorted(set(_WORD.findall(self.text))))


def build_prefixes(lines: Sequence[Sequence[str]]) -> PrefixIndex:
    """The index of lines, each given in all its forms: folded, one space between words, no newline."""
    text = "".join(f"{form}\n" for forms in lines for form in forms)
    sizes = np.fromiter((len(form) + 1 for forms in lines for form in forms), dtype=np.int64)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])[:-1]
    line_of_form = np.repeat(np.arange(len(lines), dtype=np.int32), [len(forms) for forms in lines])
    places = sorted((m.start() for m in _PLACE.finditer(text)), key=lambda place: text[place : place + _ORDERED_BY])
    ordered = np.asarray(places, dtype=np.int32)
    form = np.searchsorted(starts, ordered, side="right") - 1
    return PrefixIndex(
        text=text,
        places=ordered,
        line_of_place=line_of_form[form],
        begins_line=starts[form] == ordered,
        lengths=np.fromiter((len(forms[0]) for forms in lines), dtype=np.int32, count=len(lines)),
    )
