"""The reliability diagram as SVG: how often answers of each confidence were right, beside how often they should be.

Form of the diagram: DeGroot & Fienberg, "The comparison and evaluation of forecasters" (The Statistician 32, 1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Bin = tuple[float, float, int]  # mean confidence, share right, number of questions

_WIDTH, _HEIGHT = 420, 408
_LEFT, _TOP, _SIDE = 58, 14, 320  # the square plot
_LARGEST = 13.0  # radius of the fullest bin's point

# For a file of its own; a page styles the same classes by its sheet.
_STYLE = """<style>
.reliability { color-scheme: light dark; background: Canvas; color: CanvasText; font: 13px/1.4 system-ui, sans-serif; }
.reliability text { fill: currentColor; }
.reliability .frame { fill: none; stroke: GrayText; }
.reliability .grid, .reliability .ideal { stroke: GrayText; stroke-opacity: .5; }
.reliability .line { fill: none; stroke: #12805f; stroke-width: 2; }
.reliability .point { fill: #12805f; fill-opacity: .55; stroke: #12805f; }
</style>"""


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of the diagram. ``point`` is filled with ``confidence``, ``right`` (percent) and ``n``."""

    title: str = "Reliability diagram"
    across: str = "Confidence"
    up: str = "Right answers"
    ideal: str = "as it should be"
    point: str = "Confidence {confidence} %: {right} % of {n} questions right"


def reliability_svg(bins: Sequence[Bin], labels: Labels = Labels(), *, alone: bool = False) -> str:
    """An SVG element; ``alone``: a document of its own with its colours. A point's area tells how many questions it stands for.

    Shares are clipped to [0, 1]; no bins give an empty frame.
    """
    most = max((count for _, _, count in bins), default=1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="reliability" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        + (f' width="{_WIDTH}" height="{_HEIGHT}">' if alone else ">"),
        _STYLE if alone else "",
        f"<title>{escape(labels.title)}</title>",
        f"<desc>{escape('. '.join(_said(one, labels) for one in bins))}</desc>",
        *_axes(labels),
        f'<polyline class="line" points="{" ".join(f"{_x(c):.1f},{_y(r):.1f}" for c, r, _ in bins)}"/>',
        *(
            f'<circle class="point" cx="{_x(mean):.1f}" cy="{_y(right):.1f}" r="{_radius(count, most):.1f}">'
            f"<title>{escape(_said((mean, right, count), labels))}</title></circle>"
            for mean, right, count in bins
        ),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _axes(labels: Labels) -> list[str]:
    lines, numbers = [], []
    for step in (0, 25, 50, 75, 100):
        x, y = _x(step / 100), _y(step / 100)
        if 0 < step < 100:
            lines.append(f'<path class="grid" d="M{x:.1f} {_TOP}v{_SIDE}M{_LEFT} {y:.1f}h{_SIDE}"/>')
        numbers.append(f'<text x="{x:.1f}" y="{_TOP + _SIDE + 20}" text-anchor="middle">{step} %</text>')
        numbers.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{step} %</text>')
    middle, across = _LEFT + _SIDE / 2, _TOP + _SIDE / 2
    return [
        *lines,
        f'<path class="ideal" stroke-dasharray="5 5" d="M{_LEFT} {_TOP + _SIDE}l{_SIDE} -{_SIDE}"/>',
        f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>',
        *numbers,
        f'<text x="{middle}" y="{_TOP + _SIDE + 46}" text-anchor="middle">{escape(labels.across)}</text>',
        f'<text transform="translate(13 {across}) rotate(-90)" text-anchor="middle">{escape(labels.up)}</text>',
        f'<path class="ideal" stroke-dasharray="5 5" d="M{_LEFT + 4} {_TOP + _SIDE + 68}h26"/>',
        f'<text x="{_LEFT + 38}" y="{_TOP + _SIDE + 72}">{escape(labels.ideal)}</text>',
    ]


def _said(one: Bin, labels: Labels) -> str:
    mean, right, count = one
    return labels.point.format(confidence=round(mean * 100), right=round(right * 100), n=count)


def _radius(count: int, most: int) -> float:
    return max(2.5, _LARGEST * math.sqrt(count / most))


def _x(share: float) -> float:
    return _LEFT + _SIDE * min(1.0, max(0.0, share))


def _y(share: float) -> float:
    return _TOP + _SIDE * (1.0 - min(1.0, max(0.0, share)))
