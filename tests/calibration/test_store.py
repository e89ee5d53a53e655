"""The calibration file: whole or not at all, seen at once, and never used for other scores."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from kb.answer.calibration import Correction, CurvePoint
from kb.calibration.store import (
    CALIBRATION_FILE,
    LiveCalibration,
    StoredCalibration,
    read_calibration,
    scores_of,
    write_calibration,
)
from kb.errors import StorageError


def stored(intercept: float = 0.5, model: str = "m") -> StoredCalibration:
    return StoredCalibration(
        made_at="2026-11-22T08:00:00+00:00",
        model=scores_of(model),
        revision="r-1",
        correction=Correction(1.1, intercept),
        measured_on="articles",
        examples={"title": 40},
        before={"n": 40.0, "auroc": 0.9},
        after={"n": 40.0, "auroc": 0.95},
        curve=(CurvePoint(0.7, 0.8, 0.04),),
        own_curve=(CurvePoint(0.7, 0.9, 0.01),),
        reliability=((0.7, 0.8, 40),),
    )


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = write_calibration(tmp_path, stored())
    assert read_calibration(file) == stored()
    assert [f.name for f in tmp_path.iterdir()] == [CALIBRATION_FILE]


def test_a_figure_that_is_not_defined_comes_back_as_such(tmp_path: Path) -> None:
    undefined = StoredCalibration(
        **{n: getattr(stored(), n) for n in stored().__slots__} | {"before": {"auroc": math.nan}}
    )
    found = read_calibration(write_calibration(tmp_path, undefined))
    assert found is not None
    assert math.isnan(found.before["auroc"])


def test_a_running_reader_sees_a_new_file_and_its_removal(tmp_path: Path) -> None:
    live = LiveCalibration(tmp_path / CALIBRATION_FILE)
    assert live.current("m") is None
    write_calibration(tmp_path, stored(0.5))
    first = live.current("m")
    assert first is not None
    assert first.correction.intercept == 0.5
    assert live.current("m") is not None
    write_calibration(tmp_path, stored(-0.25))
    second = live.current("m")
    assert second is not None
    assert second.correction.intercept == -0.25
    (tmp_path / CALIBRATION_FILE).unlink()
    assert live.current("m") is None


def test_scores_of_another_model_are_not_corrected(tmp_path: Path) -> None:
    live = LiveCalibration(tmp_path / CALIBRATION_FILE)
    write_calibration(tmp_path, stored(model="old"))
    assert live.current("new") is None
    assert live.stored() is not None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "correction": {"slope": -1, "intercept": 0}}']
)
def test_a_damaged_file_is_reported_and_not_used(tmp_path: Path, content: str) -> None:
    file = tmp_path / CALIBRATION_FILE
    file.write_text(content)
    with pytest.raises(StorageError, match="kb calibrate"):
        read_calibration(file)
    assert LiveCalibration(file).current("m") is None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_calibration(tmp_path, stored(0.5))

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StorageError, match="disk full"):
        write_calibration(tmp_path, stored(9.0))
    kept = read_calibration(tmp_path / CALIBRATION_FILE)
    assert kept is not None
    assert kept.correction.intercept == 0.5
    assert [f.name for f in tmp_path.iterdir()] == [CALIBRATION_FILE]
