"""Cuts an article into passages: the pieces that are searched and quoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.text.html import same_title
from kb.text.language import count_han
from kb.text.markdown import Outline, SourceBlock, block_parts, outline, to_plain
from kb.text.sentences import split_sentences
from kb.types import Article, Block, BlockKind, Heading, Passage, Span

# Raise it whenever the passages or the readable text of the same article would change.
PARSER_VERSION = "2"

_INTRODUCED = frozenset({BlockKind.LIST, BlockKind.PROCEDURE, BlockKind.TABLE, BlockKind.CODE})


@dataclass(frozen=True, slots=True)
class PassageLimits:
    """Sizes in width: code points of readable text, where a Chinese character counts ``han_width``.

    ``target``: small neighbours under one heading are joined up to here. ``maximum``: only text above is cut inside.
    ``lead_in``: a paragraph up to this width right before a list, table or code introduces it, colon or not.
    ``orphan``: a last piece below this width joins the passage before it while that stays below ``maximum``.
    """

    target: int = 900
    maximum: int = 1800
    lead_in: int = 300
    orphan: int = 120
    han_width: float = 2.5

    def width(self, text: str) -> float:
        """Return the width of ``text``.

        >>> PassageLimits().width("退款 ok")
        8.0
        """
        return len(text) + (self.han_width - 1) * count_han(text)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Blocks that stay together."""

    blocks: tuple[SourceBlock, ...]
    width: float
    lead_ins: frozenset[int] = frozenset()  # offsets where a lead-in paragraph starts


_DEFAULT_LIMITS = PassageLimits()


def split_passages(article: Article, limits: PassageLimits = _DEFAULT_LIMITS) -> tuple[Passage, ...]:
    """Return the passages of ``article`` in source order; none when it has headings only.

    A passage is one contiguous slice of whole blocks under one heading; the heading's own line is in ``heading_path``,
    not in the text. A list, table, code block or procedure stays whole and with the paragraph that introduces it
    (``Block.lead_in``); steps that are interrupted by other blocks stay together as long as they fit. Blocks above
    ``maximum`` are cut: paragraphs at sentence ends, lists between items, tables between rows, code between lines. Then
    the lead-in stays with the first part only; every part is a block of its own, of the same kind, without lead-in.
    """
    found = outline(article.text, article.body_start)
    places = _places(article.title, found.headings)
    passages: list[Passage] = []
    ordinals: Counter[str] = Counter()
    for index, blocks in _sections(found.blocks):
        path, anchor = places[index + 1]
        units = [part for unit in _units(blocks, limits) for part in _fit(unit, found, limits)]
        for group in _join(units, limits):
            passages.append(_passage(article, path, anchor, ordinals[anchor], group))
            ordinals[anchor] += 1
    return tuple(passages)


def _sections(blocks: Iterable[SourceBlock]) -> Iterator[tuple[int, list[SourceBlock]]]:
    section: list[SourceBlock] = []
    for block in blocks:
        if section and section[-1].heading != block.heading:
            yield section[-1].heading, section
            section = []
        section.append(block)
    if section:
        yield section[-1].heading, section


def _places(title: str, headings: Sequence[Heading]) -> list[tuple[tuple[str, ...], str]]:
    """Return heading path and anchor of the text before the first heading, then of the text under each."""
    places: list[tuple[tuple[str, ...], str]] = [((title,), "")]
    above: list[Heading] = []
    for index, heading in enumerate(headings):
        if index == 0 and heading.level == 1 and same_title(heading.text, title):
            places.append(((title,), ""))
            continue
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
        places.append(((title, *(one.text for one in above)), heading.anchor))
    return places


def _units(blocks: Sequence[SourceBlock], limits: PassageLimits) -> list[_Unit]:
    units: list[_Unit] = []
    for block in blocks:
        unit = _Unit((block,), limits.width(block.plain))
        before = units[-1] if units else None
        if before is not None and block.kind in _INTRODUCED and _introduces(before, unit, limits):
            lead_ins = before.lead_ins | {before.blocks[-1].span.start}
            units[-1] = _Unit((*before.blocks, block), before.width + unit.width, lead_ins)
        else:
            units.append(unit)
        if block.kind is BlockKind.PROCEDURE and block.number > 1:
            _continue_procedure(units, block.number, limits)
    return units


def _introduces(before: _Unit, unit: _Unit, limits: PassageLimits) -> bool:
    paragraph = before.blocks[-1]
    if paragraph.kind is not BlockKind.PARAGRAPH:
        return False
    if paragraph.plain.rstrip().endswith((":", "：")):
        return True
    return limits.width(paragraph.plain) <= limits.lead_in and before.width + unit.width <= limits.maximum


def _continue_procedure(units: list[_Unit], number: int, limits: PassageLimits) -> None:
    """Join the last unit to the procedure whose next step it begins with, with everything between."""
    total = units[-1].width
    for index in range(len(units) - 2, -1, -1):
        total += units[index].width
        if total > limits.maximum:
            return
        ends = [b.number + b.items for b in units[index].blocks if b.kind is BlockKind.PROCEDURE]
        if ends and ends[-1] == number:
            blocks = tuple(block for unit in units[index:] for block in unit.blocks)
            lead_ins = frozenset().union(*(unit.lead_ins for unit in units[index:]))
            units[index:] = [_Unit(blocks, total, lead_ins)]
            return


def _fit(unit: _Unit, found: Outline, limits: PassageLimits) -> list[_Unit]:
    """Return ``unit``, or its parts when it is above ``maximum``; a lead-in stays with the first part."""
    if unit.width <= limits.maximum:
        return [unit]
    parts: list[_Unit] = []
    for block in unit.blocks:
        width = limits.width(block.plain)
        pieces = [block] if width <= limits.maximum else list(_pack(_cut(block, found, limits), found, limits))
        for number, piece in enumerate(pieces):
            part = _Unit((piece,), limits.width(piece.plain))
            previous = parts[-1] if parts else None
            if number == 0 and previous and previous.blocks[-1].span.start in unit.lead_ins:
                parts[-1] = _Unit((*previous.blocks, piece), previous.width + part.width, unit.lead_ins)
            else:
                parts.append(replace(part, lead_ins=unit.lead_ins))
    return parts


def _cut(block: SourceBlock, found: Outline, limits: PassageLimits) -> Iterator[SourceBlock]:
    """Yield pieces of an oversized block: its parts, cut again where needed, in the end text between sentences."""
    parts = block_parts(block, found.lines)
    if not parts:
        yield from _cut_text(block, found, limits)
        return
    for part in parts:
        if limits.width(part.plain) <= limits.maximum:
            yield part
        else:
            yield from (replace(piece, kind=block.kind) for piece in _cut(part, found, limits))


def _cut_text(block: SourceBlock, found: Outline, limits: PassageLimits) -> Iterator[SourceBlock]:
    text, start = found.lines.text, block.span.start
    source = text[start : block.span.end]
    for sentence in split_sentences(source):
        first = sentence.start
        while first < sentence.end:
            last = _end_of_piece(source, first, sentence.end, limits)
            span = Span(start + first, start + first + len(source[first:last].rstrip()))
            lines = (found.lines.number_at(span.start), found.lines.number_at(span.end - 1))
            yield replace(
                block, span=span, lines=lines, plain=to_plain(text[span.start : span.end], block.kind), tokens=()
            )
            first = last
            while first < sentence.end and source[first].isspace():
                first += 1


def _end_of_piece(source: str, first: int, end: int, limits: PassageLimits) -> int:
    """Return where a piece of a sentence from ``first`` ends: at ``end``, or at white space when that is too far."""
    # Cutting by code points keeps this linear; a sentence of this length is data, not prose.
    is_chinese = count_han(source[first : first + 100]) >= 20
    longest = max(1, int(limits.maximum / limits.han_width) if is_chinese else limits.maximum)
    if end - first <= longest:
        return end
    blank = max(
        source.rfind(" ", first + longest // 2, first + longest),
        source.rfind("\n", first + longest // 2, first + longest),
    )
    return blank if blank > first else first + longest


def _pack(pieces: Iterable[SourceBlock], found: Outline, limits: PassageLimits) -> Iterator[SourceBlock]:
    """Join neighbouring pieces of one block up to ``target``."""
    group: list[SourceBlock] = []
    width = 0.0
    for piece in pieces:
        size = limits.width(piece.plain)
        if group and width + size > limits.target:
            yield _joined(group)
            group, width = [], 0.0
        group.append(piece)
        width += size
    if group:
        yield _joined(group)


def _joined(group: Sequence[SourceBlock]) -> SourceBlock:
    first, last = group[0], group[-1]
    glue = " " if first.kind is BlockKind.PARAGRAPH else "\n"
    plain = glue.join(piece.plain for piece in group if piece.plain)
    return replace(
        first, span=Span(first.span.start, last.span.end), lines=(first.lines[0], last.lines[1]), plain=plain
    )


def _join(units: Sequence[_Unit], limits: PassageLimits) -> list[list[_Unit]]:
    """Group neighbouring units up to ``target``; a small last one joins the group before it."""
    groups: list[list[_Unit]] = []
    width = 0.0
    for index, unit in enumerate(units):
        is_orphan = index == len(units) - 1 and unit.width < limits.orphan and width + unit.width <= limits.maximum
        if groups and (width + unit.width <= limits.target or is_orphan):
            groups[-1].append(unit)
            width += unit.width
        else:
            groups.append([unit])
            width = unit.width
    return groups


def _passage(article: Article, path: tuple[str, ...], anchor: str, ordinal: int, group: Sequence[_Unit]) -> Passage:
    blocks = [block for unit in group for block in unit.blocks]
    lead_ins = frozenset().union(*(unit.lead_ins for unit in group))
    span = Span(blocks[0].span.start, blocks[-1].span.end)
    return Passage(
        id=f"{article.id}#{anchor}.{ordinal}",
        article_id=article.id,
        heading_path=path,
        anchor=anchor,
        span=span,
        lines=(blocks[0].lines[0], blocks[-1].lines[1]),
        text=article.text[span.start : span.end],
        plain="\n\n".join(block.plain for block in blocks if block.plain),
        blocks=tuple(Block(block.kind, block.span, block.span.start in lead_ins) for block in blocks),
    )
