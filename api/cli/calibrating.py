"""`kb calibrate`: fits the confidence to this help centre and prints what it is worth here."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import emit_json, message, progress_bar, show
from kb.errors import InvalidInputError, StorageError

if TYPE_CHECKING:
    from rich.table import Table

    from kb.calibration.store import StoredCalibration

_MEASURES = (
    ("ece", "Calibration error (ECE)", "0 is best: mean gap between confidence and truth"),
    ("brier", "Brier score", "0 is best: mean squared gap"),
    ("auroc", "Order (AUROC)", "1 is best: a right answer scores above a wrong one"),
    ("coverage@95", "Can be answered at 95 % right", "share of all these questions"),
)
_SHOWN_THRESHOLDS = (0.2, 0.5, 0.7, 0.8, 0.9, 0.95)


def calibrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what comes out and keep nothing.")] = False,
    diagram: Annotated[
        Path | None, typer.Option("--diagram", metavar="FILE", help="Also write the reliability diagram, an SVG.")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the shipped calibration.")] = False,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Fit the confidence to your articles and votes, and print how well it holds.

    Without labels, the titles, headings and listed questions of the articles are asked, some with their article hidden. From
    50 votes on, the votes count too. A running server uses the result at once.
    """
    from api.composition import open_service
    from kb.calibration.calibrate import as_document
    from kb.calibration.diagram import reliability_svg
    from kb.calibration.store import CALIBRATION_FILE, write_calibration

    settings = existing_data(data)
    file = settings.data / CALIBRATION_FILE
    if reset:
        _remove(file)
        return
    with progress_bar() as progress, open_service(settings) as opened:
        stored = opened.calibrate(progress)
    document = as_document(stored, settings.wrong_answer_budget)
    if not dry_run:
        write_calibration(settings.data, stored)
    if diagram is not None:
        _write(diagram, reliability_svg(stored.reliability, alone=True))
    if json_output:
        emit_json(_without_nan(document) | {"written": not dry_run})
    else:
        show(*_tables(stored, document), "Nothing was kept." if dry_run else f"Written to {file}.")


def _tables(stored: StoredCalibration, document: dict[str, Any]) -> list[Table | str]:
    from rich.table import Table

    votes = "vote" in stored.examples and stored.measured_on == "votes"
    figures = Table(title=f"Confidence, judged on {'votes' if votes else 'questions made from the articles'}")
    for name, justify in (("figure", "left"), ("shipped", "right"), ("calibrated", "right"), ("meaning", "left")):
        figures.add_column(name, justify="right" if justify == "right" else "left")
    for key, name, meaning in _MEASURES:
        figures.add_row(name, _figure(stored.before[key]), _figure(stored.after[key]), meaning)
    curve = Table(title="Risk and coverage on these questions")
    for name in ("answer from", "answered", "wrong among the answered"):
        curve.add_column(name, justify="right")
    chosen = document["thresholds"]
    points = {round(point.threshold, 2): point for point in stored.own_curve}
    for threshold in sorted({*_SHOWN_THRESHOLDS, round(chosen["answer"], 2)}):
        if threshold in points:
            mark = " <" if threshold == round(chosen["answer"], 2) else ""
            point = points[threshold]
            curve.add_row(f"{threshold:.2f}{mark}", f"{point.coverage:.1%}", f"{point.wrong:.1%}")
    counted = ", ".join(f"{count} {kind.replace('_', '-')}" for kind, count in stored.examples.items())
    return [
        figures,
        curve,
        f"Questions: {counted}.",
        f"Budget of wrong answers {document['budget']:.0%}: suggest from {chosen['suggest']:.2f}, "
        f"answer from {chosen['answer']:.2f}, high from {chosen['high']:.2f}.",
    ]


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _without_nan(document: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return None if isinstance(value, float) and math.isnan(value) else value

    return {key: plain(value) for key, value in document.items()}


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be written: {error.strerror}.", "Name another file.") from None


def _remove(file: Path) -> None:
    try:
        file.unlink()
    except FileNotFoundError:
        message("There is no calibration of its own; the shipped one is in use.")
    except OSError as error:
        raise StorageError(f"{file} cannot be removed: {error.strerror}.", "Correct its rights.") from None
    else:
        message(f"Removed {file}; the shipped calibration is in use.")
