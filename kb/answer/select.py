"""Which part of the best passage answers: one sentence, some, a row or an item, or a whole list, table or procedure.

Every unit of the passage gets a score, a linear model over what one can read off it: which of the question's words it holds and its
neighbours add, and whether it looks like what was asked for. ``exp(score)`` is proportional to the chance that the answer stands in
it (a conditional logit model, McFadden 1974, fitted over the sentences of each passage).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kb.answer.asked_for import ANYTHING, AskedFor, han_characters
from kb.answer.conditions import is_footnote, limits, points_back
from kb.answer.evidence import TermWeights
from kb.answer.units import Unit, items_of, table_of, units_of
from kb.text.language import count_han
from kb.text.tokenize import cached_terms
from kb.types import BlockKind, Passage, Span


@dataclass(frozen=True, slots=True)
class SelectionParameters:
    """All lengths are display widths: a Chinese character counts as ``han_width`` Latin ones. Chosen by ``eval.answers``.

    Weights of the score: ``own``, ``before``, ``after``: share of the question's idf weight that a unit holds, and that the unit
    before and after it add; ``heading``: what a term counts that the headings hold already. ``kind``: it gives what is asked for;
    ``table``: and is a table. ``characters``: share of the question's Chinese characters. ``steps``: a procedure for a question of
    how. ``several``: a list or table for a question for more than one thing. ``length``: per doubling of the width of a list or
    table above ``comfortable``.

    ``whole``: a passage, or the paragraph of the best sentence, up to this width is given whole. ``likely``: a further unit
    comes along when its chance is at least this share of the best one's, ``possible``: likewise while the answer stays within
    ``comfortable``; such units never make it wider than ``widest`` nor more than ``most``. ``distinct``: one row or item answers
    alone when its share of the words that tell rows apart is at least this many times the next one's.
    """

    han_width: float = 2.0
    own: float = 6.8
    before: float = 2.2
    after: float = 1.1
    heading: float = 0.1
    kind: float = 1.9
    characters: float = 3.7
    steps: float = 5.0
    table: float = 1.3
    several: float = 1.0
    length: float = 0.5
    whole: float = 240.0
    likely: float = 0.3
    possible: float = 0.05
    comfortable: float = 240.0
    widest: float = 600.0
    most: int = 3
    distinct: float = 1.5


def select_pieces(
    passage: Passage,
    weights: TermWeights,
    asked: AskedFor = ANYTHING,
    parameters: SelectionParameters = SelectionParameters(),
) -> list[Span]:
    """Spans in the article file, in reading order, that answer the weighted question. Never empty, never half a list.

    Neighbouring spans are merged, so that each is one quotation. A sentence that limits a chosen one comes along, and so does
    what a chosen sentence points back at.
    """
    if _width(passage.text, parameters) <= parameters.whole or not passage.blocks:
        return [passage.span]
    units = units_of(passage)
    scores = _scores(passage, units, weights, asked, parameters)
    best = max(range(len(units)), key=lambda i: (scores[i], -i))
    chosen = _chosen(passage, units, scores, best, parameters)
    spans: list[Span] = []
    for i in sorted(chosen):
        spans += _narrowed(passage, units[i], weights, asked, parameters) if i == best else [units[i].span]
    return _merge(passage, spans)


def _scores(
    passage: Passage, units: Sequence[Unit], weights: TermWeights, asked: AskedFor, parameters: SelectionParameters
) -> list[float]:
    context = frozenset(cached_terms(" ".join(passage.heading_path)))
    telling = {t: w * (parameters.heading if t in context else 1.0) for t, w in weights.weights.items()}
    total = sum(telling.values()) or 1.0
    held = [telling.keys() & unit.terms for unit in units]
    nothing: frozenset[str] = frozenset()
    scores = []
    for i, unit in enumerate(units):
        before = held[i - 1] - held[i] if i else nothing
        after = held[i + 1] - held[i] if i + 1 < len(units) else nothing
        score = (
            parameters.own * sum(telling[t] for t in held[i])
            + parameters.before * sum(telling[t] for t in before)
            + parameters.after * sum(telling[t] for t in after)
        ) / total
        if asked.characters:
            shared = asked.characters & han_characters(tuple(unit.terms))
            score += parameters.characters * len(shared) / len(asked.characters)
        score += parameters.kind * asked.given_by(unit.text)
        scores.append(score + _of_kind(unit, asked, parameters))
    return scores


def _of_kind(unit: Unit, asked: AskedFor, parameters: SelectionParameters) -> float:
    """What speaks for a unit, or against it, by its being a list, table or procedure."""
    if unit.is_sentence:
        return 0.0
    score = parameters.steps * (asked.steps and unit.kind is BlockKind.PROCEDURE)
    score += parameters.table * (unit.kind is BlockKind.TABLE and asked.given_by(unit.text))
    score += parameters.several * (asked.several and unit.kind in (BlockKind.LIST, BlockKind.TABLE))
    return score - parameters.length * max(0.0, math.log2(_width(unit.text, parameters) / parameters.comfortable))


def _chosen(
    passage: Passage, units: Sequence[Unit], scores: Sequence[float], best: int, parameters: SelectionParameters
) -> set[int]:
    chosen = {best}
    if units[best].is_sentence:
        block = passage.blocks[units[best].block]
        if _width(_text(passage, block.span), parameters) <= parameters.whole:
            chosen = {i for i, unit in enumerate(units) if unit.block == units[best].block}
    width = sum(_width(units[i].text, parameters) for i in chosen)
    for i in sorted(range(len(units)), key=lambda i: -scores[i]):
        if i in chosen:
            continue
        chance = math.exp(scores[i] - scores[best])
        wider = width + _width(units[i].text, parameters)
        room = parameters.widest if chance >= parameters.likely else parameters.comfortable
        if chance < parameters.possible or len(chosen) >= parameters.most:
            break
        if wider <= room:
            chosen.add(i)
            width = wider
    return _with_conditions(passage, units, chosen)


def _with_conditions(passage: Passage, units: Sequence[Unit], chosen: set[int]) -> set[int]:
    """Add what the chosen sentences point back at, then what limits any chosen unit."""
    complete = set(chosen)
    for i in sorted(chosen):
        earlier = i - 1
        while earlier >= 0 and units[earlier].is_sentence and points_back(units[earlier + 1].text):
            complete.add(earlier)
            earlier -= 1
    for i in sorted(complete):
        following = i + 1
        while (
            following < len(units)
            and following not in complete
            and _comes_along(units[following - 1], units[following])
        ):
            complete.add(following)
            following += 1
    return complete


def _comes_along(before: Unit, unit: Unit) -> bool:
    if unit.kind is BlockKind.QUOTE or (unit.is_sentence and not before.is_sentence):
        return is_footnote(unit.text) or limits(unit.text)
    return unit.is_sentence and limits(unit.text)


def _narrowed(
    passage: Passage, unit: Unit, weights: TermWeights, asked: AskedFor, parameters: SelectionParameters
) -> list[Span]:
    """One row with its header, or one item, where the question means just that one; else the unit whole."""
    if asked.several or _width(unit.text, parameters) <= parameters.comfortable:
        return [unit.span]
    table = table_of(unit) if unit.kind is BlockKind.TABLE else None
    parts = table.rows if table else items_of(unit) if unit.kind is BlockKind.LIST and not asked.steps else ()
    if len(parts) < 3:
        return [unit.span]
    only = _distinct(passage, parts, weights, parameters)
    if only is None:
        return [unit.span]
    return [table.head, parts[only]] if table else [parts[only]]


def _distinct(
    passage: Passage, parts: Sequence[Span], weights: TermWeights, parameters: SelectionParameters
) -> int | None:
    """The part that stands out by words of the question; None when several do, or none."""
    held = [weights.weights.keys() & set(cached_terms(_text(passage, part))) for part in parts]
    common = frozenset[str].intersection(*map(frozenset, held))
    shares = [sum(weights.weights[t] for t in h - common) for h in held]
    order = sorted(range(len(parts)), key=lambda i: -shares[i])
    first, second = shares[order[0]], shares[order[1]]
    return order[0] if first > 0.0 and first >= parameters.distinct * second else None


def _merge(passage: Passage, spans: Sequence[Span]) -> list[Span]:
    """Join spans that only white space separates."""
    merged: list[Span] = []
    for span in spans:
        if merged and not _text(passage, Span(merged[-1].end, span.start)).strip():
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def _text(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]


def _width(text: str, parameters: SelectionParameters) -> float:
    return len(text) + (parameters.han_width - 1.0) * count_han(text)
