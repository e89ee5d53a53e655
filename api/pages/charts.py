"""Charts as geometry: what the templates draw as SVG, each with a table of the same numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kb.records.figures import SeriesPoint
from kb.types import Outcome

WIDTH, HEIGHT = 720, 180  # of the view box; the labels stand outside it
_GAP = 0.22  # share of a column that stays empty
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a stacked column; ``y`` counts downwards."""

    outcome: Outcome
    y: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """One day or week: ``total`` questions. ``label``: whether its day is written below, ``minor`` where there is room."""

    start: date
    end: date
    x: float
    width: float
    total: int
    pieces: tuple[Piece, ...]
    label: bool
    minor: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line of the scale at ``y`` for ``value``."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Stack:
    """A stacked time series. ``weekly``: columns are weeks, else days."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    weekly: bool


def stack(points: Sequence[SeriesPoint], *, weekly: bool) -> Stack:
    """Columns of outcomes, the oldest first, under a scale of round numbers."""
    top = scale_top(max((point.questions for point in points), default=0))
    step = WIDTH / max(len(points), 1)
    every = max(1, -(-len(points) // _MOST_LABELS))
    columns = []
    for position, point in enumerate(points):
        pieces, y = [], float(HEIGHT)
        for outcome in Outcome:
            count = point.outcomes.get(outcome, 0)
            height = count / top * HEIGHT
            y -= height
            if count:
                pieces.append(Piece(outcome, round(y, 1), round(height, 1), count))
        x, width = position * step + step * _GAP / 2, step * (1 - _GAP)
        columns.append(
            Column(
                start=point.start.date(),
                end=point.end.date(),
                x=round(x, 1),
                width=round(width, 1),
                total=point.questions,
                pieces=tuple(pieces),
                label=position % every == 0,
                minor=position % (2 * every) == every,
            )
        )
    return Stack(tuple(columns), tuple(Line(HEIGHT - HEIGHT * part / 2, top * part // 2) for part in (0, 1, 2)), weekly)


def scale_top(most: int) -> int:
    """The smallest of 2, 4, 10, 20, 40, 100, ... that is not below ``most``: half of it is a round number too.

    >>> [scale_top(n) for n in (0, 3, 11, 41, 100, 1234)]
    [2, 4, 20, 100, 100, 2000]
    """
    unit = 1
    while True:
        for first in (2, 4, 10):
            if first * unit >= most:
                return first * unit
        unit *= 10
