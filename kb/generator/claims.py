"""What a model writes, read while it arrives: sentences with the numbers of the passages they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text.sentences import split_sentences

# [1], [1, 2], [^1], and their full-width forms, alone or in a row. A mark stands on one line: where a line ends is known at
# once, and whether the next one completes a mark is not.
_MARK = r"[\[【［][ \t]*\^?\d{1,3}(?:[ \t]*[,，、;][ \t]*\^?\d{1,3})*[ \t]*[\]】］]"
_MARKS = re.compile(f"(?:\\s*{_MARK})+")
_STOP_THEN_MARKS = re.compile(f"([.!?。！？；…]+[\"'”’)）」』*]*)((?:\\s*{_MARK})+)")
_LEADING_MARKS = re.compile(f"(?:\\s*{_MARK})+")
_BEGINS = re.compile(r"[^\w\[【［]*\w")
_LINE_MARKER = re.compile(r"^[ \t]*(?:(?P<number>\d{1,3})(?:[.)][ \t]+|[、．][ \t]*)|[-*+•][ \t]+)(?=\S)")
_EMPHASIS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence as a model wrote it, without its marks. ``sources``: the passages it names, in order, without repeats.

    ``line``: "" inside a line, "\\n" at the start of one, "- " or "1. " where it opens an item.
    """

    text: str
    sources: tuple[int, ...]
    line: str = ""


class ClaimReader:
    """Collects pieces of text and gives out each sentence as soon as the next one has begun."""

    def __init__(self) -> None:
        self._pending = ""
        self._at_line_start = True

    def feed(self, piece: str) -> Iterator[Claim]:
        """Add what has arrived; yield the sentences that are complete now."""
        self._pending += piece.replace("\r\n", "\n").replace("\r", "\n")
        yield from self._take(final=False)

    def finish(self) -> Iterator[Claim]:
        """Yield what is left, complete or not."""
        yield from self._take(final=True)

    @property
    def waiting(self) -> int:
        """Code points that are not given out yet."""
        return len(self._pending)

    def _take(self, *, final: bool) -> Iterator[Claim]:
        text = self._pending
        cuts = _sentence_starts(text)
        ends = [*cuts[1:], len(text)] if cuts else []
        complete = list(zip(cuts, ends, strict=True))
        if not final:
            complete = complete[:-1]
        for start, end in complete:
            raw = text[start:end]
            claim = _claim(raw, fresh=self._at_line_start)
            # White space behind a sentence belongs to it, so a line break there begins the next one's line.
            self._at_line_start = "\n" in raw[len(raw.rstrip()) :]
            if claim is not None:
                yield claim
        self._pending = text[complete[-1][1] :] if complete else text


def _claim(raw: str, *, fresh: bool) -> Claim | None:
    numbers = [int(n) for mark in _MARKS.finditer(raw) for n in re.findall(r"\d+", mark.group())]
    text = _MARKS.sub("", raw)
    line = "\n" if fresh else ""
    marker = _LINE_MARKER.match(text) if fresh else None
    if marker is not None:
        line = "1. " if marker["number"] else "- "
        text = text[marker.end() :]
    text = " ".join(_EMPHASIS.sub("", _HEADING.sub("", text)).split())
    if not text:
        return None
    return Claim(text, tuple(dict.fromkeys(numbers)), line)


def _sentence_starts(text: str) -> list[int]:
    """Where sentences begin, marks behind a full stop still belonging to it."""
    # A mark behind the stop hides the end of the sentence; swapping the two keeps every position outside of them.
    swapped = _STOP_THEN_MARKS.sub(r"\2\1", text)
    starts: list[int] = []
    position = 0
    for line in swapped.splitlines(keepends=True):
        for span in split_sentences(line):
            begin = position + span.start
            leading = _LEADING_MARKS.match(swapped, begin)
            if starts and leading is not None:
                begin = leading.end()
            rest = swapped[begin : position + span.end].strip()
            # A mark may still be arriving, or more punctuation of the sentence before.
            if rest and (not starts or _BEGINS.match(rest)):
                starts.append(begin)
        position += len(line)
    return starts or ([0] if text.strip() else [])
