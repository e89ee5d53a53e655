"""Which part of the best passage answers: some sentences, or a whole list, procedure or table with its lead-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.answer.evidence import TermWeights
from kb.text.language import count_han
from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms
from kb.types import Block, BlockKind, Passage, Span


@dataclass(frozen=True, slots=True)
class SelectionParameters:
    """All lengths are display widths: a Chinese character counts as ``han_width`` Latin ones.

    ``whole_passage``: a passage up to this width is given whole. ``whole_paragraph``: likewise for the chosen sentence's
    paragraph. ``support``: a neighbouring sentence comes along when it covers at least this share of what the best one covers.
    Chosen by measurement, see ``eval/LOG.md``.
    """

    han_width: float = 2.0
    whole_passage: float = 420.0
    whole_paragraph: float = 600.0
    support: float = 0.5


# A sentence that limits the one before it must not be left behind: the exception is part of the rule.
_QUALIFIES = re.compile(
    r"^\W*(?:however|but|except|unless|otherwise|only|note|this does not|these do not|it does not|if not|in that case|"
    r"但|但是|不过|然而|除非|除外|否则|仅|只有|注意|如果不|以下情况|例外|此时|这时|其中)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece that may be quoted by itself: consecutive slices of the file."""

    span: Span
    block: int
    is_sentence: bool


def select_pieces(
    passage: Passage, weights: TermWeights, parameters: SelectionParameters = SelectionParameters()
) -> list[Span]:
    """Spans in the article file, in reading order, that answer the weighted question. Never empty, never half a list.

    Neighbouring spans are merged, so that each is one quotation.
    """
    if _width(passage.text, parameters) <= parameters.whole_passage or not passage.blocks:
        return [passage.span]
    units = _units(passage)
    context = cached_terms(" ".join(passage.heading_path))
    # The terms of the source as it stands: parsing the markup of every unit would cost more than all the rest of an answer.
    coverage = [weights.covered([*context, *cached_terms(_slice(passage, unit.span))]) for unit in units]
    base = weights.covered(context)
    best = max(range(len(units)), key=lambda i: (coverage[i], -i))
    if coverage[best] <= base:
        # No sentence stands out by its words: the passage was found by meaning, so give its opening whole.
        best = 0
    chosen = _widen(passage, units, coverage, base, best, parameters)
    return _merge(passage, [units[i].span for i in sorted(chosen)])


def _widen(
    passage: Passage,
    units: Sequence[_Unit],
    coverage: Sequence[float],
    base: float,
    best: int,
    parameters: SelectionParameters,
) -> set[int]:
    if not units[best].is_sentence:
        return {best}
    block = passage.blocks[units[best].block]
    same_block = {i for i, unit in enumerate(units) if unit.block == units[best].block}
    if _width(_slice(passage, block.span), parameters) <= parameters.whole_paragraph:
        return same_block
    chosen = {best}
    gained = coverage[best] - base
    for step in (-1, 1):
        neighbour = best + step
        if neighbour in same_block and coverage[neighbour] - base >= parameters.support * gained > 0.0:
            chosen.add(neighbour)
    following = max(chosen) + 1
    while following in same_block and _QUALIFIES.match(_slice(passage, units[following].span)):
        chosen.add(following)
        following += 1
    return chosen


def _units(passage: Passage) -> list[_Unit]:
    """The passage cut where it may be cut: sentences of paragraphs; every other block whole, with its lead-in."""
    units: list[_Unit] = []
    lead_in: Block | None = None
    for position, block in enumerate(passage.blocks):
        if block.lead_in:
            lead_in = block
            continue
        start = lead_in.span.start if lead_in else block.span.start
        if block.kind is BlockKind.PARAGRAPH and lead_in is None:
            source = _slice(passage, block.span)
            units.extend(
                _Unit(Span(block.span.start + s.start, block.span.start + s.end), position, True)
                for s in split_sentences(source)
            )
        else:
            units.append(_Unit(Span(start, block.span.end), position, False))
        lead_in = None
    if lead_in is not None:
        units.append(_Unit(lead_in.span, len(passage.blocks) - 1, False))
    return [unit for unit in units if unit.span.start < unit.span.end] or [_Unit(passage.span, 0, False)]


def _merge(passage: Passage, spans: Sequence[Span]) -> list[Span]:
    """Join spans that only white space separates, and trim white space at their ends."""
    merged: list[Span] = []
    for span in spans:
        if merged and not _slice(passage, Span(merged[-1].end, span.start)).strip():
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def _slice(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]


def _width(text: str, parameters: SelectionParameters) -> float:
    return len(text) + (parameters.han_width - 1.0) * count_han(text)
