"""The calibration file of a data folder: written whole, picked up by a running server, ignored once it no longer fits."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import orjson
import structlog

from kb.answer import confidence
from kb.answer.calibration import Calibration, Correction, CurvePoint
from kb.answer.rank import WEIGHTS_FILE
from kb.errors import StorageError

CALIBRATION_FILE = "calibration.json"
_FORMAT = 1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """What one run of ``kb calibrate`` found out.

    ``model``: what the scores were made with (``scores_of``); another model's scores must not be corrected with it.
    ``measured_on``: "votes" or "articles", which the figures are about. ``examples``: number of questions by kind. ``before`` and
    ``after``: ``kb.calibration.fit.measure`` of the shipped and the corrected scores. ``curve``: for choosing thresholds;
    ``own_curve``: risk and coverage here. ``reliability``: (mean confidence, share right, count) of each bin.
    """

    made_at: str
    model: str
    revision: str
    correction: Correction
    measured_on: str
    examples: Mapping[str, int]
    before: Mapping[str, float]
    after: Mapping[str, float]
    curve: tuple[CurvePoint, ...] = field(repr=False)
    own_curve: tuple[CurvePoint, ...] = field(repr=False)
    reliability: tuple[tuple[float, float, int], ...]

    @property
    def calibration(self) -> Calibration:
        return Calibration(self.correction, self.curve)


@cache
def _shipped_hash() -> str:
    fitted = [Path(confidence.__file__).with_name("confidence.json"), WEIGHTS_FILE]
    return hashlib.sha256(b"".join(file.read_bytes() for file in fitted)).hexdigest()[:16]


def scores_of(fingerprint: str) -> str:
    """Name of what makes scores: the shipped ranker and confidence together with the embedding model's ``fingerprint``."""
    return f"{_shipped_hash()}:{fingerprint}"


def write_calibration(data: Path, stored: StoredCalibration) -> Path:
    """Replace the calibration of the data folder by one rename. Raises ``StorageError``."""
    target = data / CALIBRATION_FILE
    fresh = data / f"{CALIBRATION_FILE}.{os.getpid()}"
    document = {"format": _FORMAT} | asdict(stored)
    document["curve"] = [list(point) for point in stored.curve]
    document["own_curve"] = [list(point) for point in stored.own_curve]
    try:
        with fresh.open("wb") as stream:
            stream.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageError(f"{target} cannot be written: {error}.", "Free some space or correct its rights.") from error
    return target


def read_calibration(file: Path) -> StoredCalibration | None:
    """The stored calibration; None when there is none. Raises ``StorageError`` for a file that is something else."""
    try:
        document = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from error
    try:
        if document["format"] != _FORMAT:
            raise ValueError("another format")
        correction = Correction(**document["correction"])
        if not correction.slope > 0.0:
            raise ValueError("the slope is not positive")
        return StoredCalibration(
            made_at=str(document["made_at"]),
            model=str(document["model"]),
            revision=str(document["revision"]),
            measured_on=str(document["measured_on"]),
            correction=correction,
            examples={str(kind): int(count) for kind, count in document["examples"].items()},
            before=_numbers(document["before"]),
            after=_numbers(document["after"]),
            curve=_points(document["curve"]),
            own_curve=_points(document["own_curve"]),
            reliability=tuple(
                (float(mean), float(right), int(count)) for mean, right, count in document["reliability"]
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unusable(file, error) from error


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    """JSON has no NaN: a figure that is not defined is stored as null."""
    return {str(name): math.nan if value is None else float(value) for name, value in values.items()}


def _points(rows: Sequence[Sequence[float]]) -> tuple[CurvePoint, ...]:
    return tuple(CurvePoint(*map(float, row)) for row in rows)


def _unusable(file: Path, error: Exception) -> StorageError:
    return StorageError(
        f"{file} is no calibration of this version: {error}.", "Delete it, or run `kb calibrate --data DIR` again."
    )


class LiveCalibration:
    """The calibration of a data folder as it is now: asked for with every question, read again only when it changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # One tuple, swapped whole: two threads may read the file twice, never half of it.
        self._held: tuple[tuple[int, int, int] | None, StoredCalibration | None] = (None, None)

    def stored(self) -> StoredCalibration | None:
        """What the file holds; None when there is none or it cannot be used (which is logged once)."""
        stamp = self._stamp()
        if stamp != self._held[0]:
            self._held = (stamp, self._read() if stamp else None)
        return self._held[1]

    def current(self, fingerprint: str) -> Calibration | None:
        """The calibration for scores made with the embedding model ``fingerprint``; None: use the shipped one."""
        stored = self.stored()
        return stored.calibration if stored is not None and stored.model == scores_of(fingerprint) else None

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> StoredCalibration | None:
        try:
            stored = read_calibration(self._file)
        except StorageError as error:
            _log.error("calibration.not_loaded", detail=error.detail, hint=error.hint)
            return None
        if stored is not None:
            _log.info("calibration.loaded", made_at=stored.made_at)
        return stored
