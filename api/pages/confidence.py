"""What the confidence is worth, as the owner page shows it: its own calibration or the shipped one, thresholds, a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from api.pages.wording import Words
from kb.answer.calibration import CurvePoint, Thresholds
from kb.answer.confidence import shipped, shipped_calibration
from kb.calibration.diagram import Bin, Labels, reliability_svg
from kb.calibration.store import StoredCalibration

_SHOWN = (0.2, 0.5, 0.7, 0.8, 0.9, 0.95)
Source = Literal["own", "outdated", "shipped"]


@dataclass(frozen=True, slots=True)
class CurveRow:
    """``chosen``: whether answers are stated from here on."""

    point: CurvePoint
    chosen: bool


@dataclass(frozen=True, slots=True)
class ConfidenceView:
    """``stored``: the calibration of this help centre, None where there is none that fits. ``figures``: ece, brier, auroc, n.

    ``svg``: the diagram, made by us and safe to show as it is; empty without any figures.
    """

    source: Source
    stored: StoredCalibration | None
    budget: float
    thresholds: Thresholds
    figures: Mapping[str, float]
    svg: str
    curve: tuple[CurveRow, ...]


def confidence_view(stored: StoredCalibration | None, *, fits: bool, budget: float, t: Words) -> ConfidenceView:
    """Arrange what is in use. ``fits``: whether ``stored`` was made with the model that answers now."""
    if stored is not None and fits:
        calibration, bins, figures, curve = stored.calibration, stored.reliability, stored.after, stored.own_curve
    else:
        calibration = shipped_calibration()
        bins = tuple((float(c), float(r), int(n)) for c, r, n in shipped().get("reliability", ()))
        figures, curve = shipped().get("figures", {}), calibration.curve
    thresholds = calibration.thresholds(budget)
    return ConfidenceView(
        source="shipped" if stored is None else "own" if fits else "outdated",
        stored=stored if fits else None,
        budget=budget,
        thresholds=thresholds,
        figures=figures,
        svg=_diagram(bins, t) if bins else "",
        curve=tuple(
            CurveRow(point, round(point.threshold, 2) == round(thresholds.answer, 2))
            for point in curve
            if round(point.threshold, 2) in {*_SHOWN, round(thresholds.answer, 2)}
        ),
    )


def _diagram(bins: tuple[Bin, ...], t: Words) -> str:
    labels = Labels(
        title=t("confidence.diagram"),
        across=t("confidence.across"),
        up=t("confidence.up"),
        ideal=t("confidence.ideal"),
        point=t("confidence.point"),
    )
    return reliability_svg(bins, labels)
