"""Lines of a text and the code points where they begin: what a line-based parser reports, made exact."""

from __future__ import annotations

import re
from bisect import bisect_right

from kb.types import Span

LINE_END = re.compile(r"\r\n?|\n")  # the Markdown parser's own idea of a line end


class LineTable:
    """Offsets of the lines of ``text[start:]``; line 0 begins at ``start``."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self._first = len(LINE_END.findall(text, 0, start)) + 1
        self._starts = [start]
        self._ends: list[int] = []
        for match in LINE_END.finditer(text, start):
            self._ends.append(match.start())
            self._starts.append(match.end())
        self._ends.append(len(text))

    def __len__(self) -> int:
        return len(self._starts)

    def source(self) -> list[str]:
        """The lines without their ends."""
        return [self.text[a:b] for a, b in zip(self._starts, self._ends, strict=True)]

    def number(self, line: int) -> int:
        """1-based line number in the whole text."""
        return self._first + line

    def number_at(self, offset: int) -> int:
        """1-based number of the line that holds ``offset``."""
        return self._first + max(0, bisect_right(self._starts, offset) - 1)

    def trim(self, first: int, last: int) -> tuple[int, int]:
        """Return the line range ``[first, last)`` without blank lines at either end."""
        last = min(last, len(self))
        while first < last and self.is_blank(last - 1):
            last -= 1
        while first < last and self.is_blank(first):
            first += 1
        return first, last

    def is_blank(self, line: int) -> bool:
        return not self.text[self._starts[line] : self._ends[line]].strip()

    def span(self, first: int, last: int) -> Span:
        """Span of the lines ``[first, last)``, from the first column to the end of the last line."""
        return Span(self._starts[first], self._ends[last - 1])
