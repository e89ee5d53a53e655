"""What may be quoted by itself: a sentence; a list, table or code with its lead-in; a procedure with all its steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms
from kb.types import Block, BlockKind, Passage, Span

_FIRST_NUMBER = re.compile(r"\s*(\d{1,9})[.)]\s")
_ITEM = re.compile(r"^(?P<indent>[ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S", re.MULTILINE)
_DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


@dataclass(frozen=True, slots=True)
class Unit:
    """Consecutive code points of the article's file. ``kind`` PARAGRAPH: one sentence of a paragraph, else whole blocks.

    ``block``: position among the passage's blocks of the first block it belongs to. ``lead_in``: width in code points of the
    introducing paragraph and the white space behind it. ``terms``: of its source, distinct.
    """

    span: Span
    kind: BlockKind
    block: int
    lead_in: int
    text: str
    terms: frozenset[str]

    @property
    def is_sentence(self) -> bool:
        return self.kind is BlockKind.PARAGRAPH


@dataclass(frozen=True, slots=True)
class Table:
    """A pipe table by its lines: ``head`` are the header and delimiter rows, with what introduces the table."""

    head: Span
    rows: tuple[Span, ...]


@lru_cache(maxsize=4096)
def units_of(passage: Passage) -> tuple[Unit, ...]:
    """The units of ``passage`` in reading order; never empty. Steps interrupted by other blocks are one unit."""
    units: list[Unit] = []
    for first, last in _groups(passage):
        blocks = passage.blocks[first : last + 1]
        if len(blocks) == 1 and blocks[0].kind is BlockKind.PARAGRAPH and not blocks[0].lead_in:
            source = _slice(passage, blocks[0].span)
            start = blocks[0].span.start
            sentences = (Span(start + s.start, start + s.end) for s in split_sentences(source))
            units += [_unit(passage, span, BlockKind.PARAGRAPH, first, 0) for span in sentences]
        else:
            main = next((b for b in blocks if not b.lead_in), blocks[-1])
            kind = BlockKind.PROCEDURE if any(b.kind is BlockKind.PROCEDURE for b in blocks) else main.kind
            if kind is BlockKind.PARAGRAPH:  # a lead-in whose list stands in another passage
                kind = BlockKind.QUOTE
            span = Span(blocks[0].span.start, blocks[-1].span.end)
            units.append(_unit(passage, span, kind, first, main.span.start - span.start))
    found = tuple(unit for unit in units if unit.text.strip())
    return found or (_unit(passage, passage.span, BlockKind.QUOTE, 0, 0),)


def _groups(passage: Passage) -> list[tuple[int, int]]:
    """First and last position of the blocks that must stay together: lead-in and body, all steps of a procedure."""
    groups: list[tuple[int, int]] = []
    for position, block in enumerate(passage.blocks):
        before = groups[-1] if groups else None
        if before is not None and passage.blocks[position - 1].lead_in and before[1] == position - 1:
            groups[-1] = (before[0], position)
        else:
            groups.append((position, position))
        if block.kind is BlockKind.PROCEDURE and _first_number(passage, block) > 1:
            _join_steps(passage.blocks, groups)
    return groups


def _join_steps(blocks: Sequence[Block], groups: list[tuple[int, int]]) -> None:
    """Join the last group, which goes on counting, to the group with the steps before it and all between."""
    for index in range(len(groups) - 2, -1, -1):
        first, last = groups[index]
        if any(block.kind is BlockKind.PROCEDURE for block in blocks[first : last + 1]):
            groups[index:] = [(first, groups[-1][1])]
            return


def _first_number(passage: Passage, block: Block) -> int:
    match = _FIRST_NUMBER.match(_slice(passage, block.span))
    return int(match.group(1)) if match else 1


def _unit(passage: Passage, span: Span, kind: BlockKind, block: int, lead_in: int) -> Unit:
    text = _slice(passage, span)
    return Unit(span, kind, block, lead_in, text, frozenset(cached_terms(text)))


def table_of(unit: Unit) -> Table | None:
    """The rows of a table; None where its lines are not plainly those of one pipe table."""
    lines = list(_lines(unit.text, unit.lead_in))
    if len(lines) < 4 or not _DELIMITER_ROW.fullmatch(_cut(unit.text, lines[1])) or "|" not in unit.text:
        return None
    if any("|" not in _cut(unit.text, line) for line in lines):
        return None
    shift = unit.span.start
    rows = tuple(Span(shift + line.start, shift + line.end) for line in lines[2:])
    return Table(Span(shift, shift + lines[1].end), rows)


def continues_table(head: str, row: str) -> bool:
    """Whether ``row``, quoted after ``head``, is to be shown in the table whose header row ``head`` ends with."""
    last = head.rstrip().rpartition("\n")[2]
    return "|" in last and _DELIMITER_ROW.fullmatch(last) is not None and "|" in row and "\n" not in row.strip()


def items_of(unit: Unit) -> tuple[Span, ...]:
    """The items of a list, each with all that is nested in it; () where it is not plainly one list."""
    found = list(_ITEM.finditer(unit.text, unit.lead_in))
    if not found or found[0].start() != unit.lead_in + _blank(unit.text, unit.lead_in):
        return ()
    indent = len(found[0]["indent"])
    starts = [match.start() for match in found if len(match["indent"]) <= indent]
    ends = [*starts[1:], len(unit.text)]
    return tuple(
        Span(unit.span.start + start, unit.span.start + start + len(unit.text[start:end].rstrip()))
        for start, end in zip(starts, ends, strict=True)
    )


def _blank(text: str, start: int) -> int:
    rest = text[start:]
    return len(rest) - len(rest.lstrip("\r\n"))


def _lines(text: str, start: int) -> list[Span]:
    spans = []
    for line in text[start:].splitlines(keepends=True):
        if line.strip():
            spans.append(Span(start, start + len(line.rstrip("\r\n"))))
        start += len(line)
    return spans


def _cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


def _slice(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]
