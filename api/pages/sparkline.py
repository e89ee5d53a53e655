"""A row of small bars for a few counts over time, as an SVG that the template fills in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages.wording import Words

_BAR, _GAP, _HEIGHT = 6, 2, 20  # in units of the view box
_LEAST = 1.5  # a count of one can be seen beside a thousand


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``y`` counts downwards from the top. ``last``: the newest."""

    x: int
    y: float
    height: float
    empty: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``label``: what the picture shows, in words, for those who do not see it."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    label: str


def sparkline(counts: Sequence[int], t: Words) -> Sparkline:
    """Bars for ``counts``, oldest first, the highest as high as the picture.

    >>> [bar.height for bar in sparkline([0, 5, 10], lambda key, **values: key).bars]
    [1.0, 10.0, 20.0]
    """
    top = max(counts, default=0)
    heights = [max(_LEAST, count / top * _HEIGHT) if count else 1.0 for count in counts]
    bars = tuple(
        Bar(i * (_BAR + _GAP), round(_HEIGHT - height, 1), round(height, 1), not counts[i], i == len(counts) - 1)
        for i, height in enumerate(heights)
    )
    width = max(0, len(counts) * (_BAR + _GAP) - _GAP)
    return Sparkline(width, _HEIGHT, bars, t("board.trend_label", counts=", ".join(map(str, counts))))
