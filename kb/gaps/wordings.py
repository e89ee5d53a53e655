"""What the directory of gaps is made of: wordings, the cells they stand in, and the gap that each cell belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.types import FloatArray, Lang

# Sums of vectors rounded to this step are exact in 32 bits for up to 4,096 of them, whatever the order.
_STEP = 4096.0


@dataclass(frozen=True, slots=True)
class GapWording:
    """One question as people put it, in the cell ``gap_id``. ``key`` is what its spellings share.

    ``vector``: unit vector, rounded by ``rounded``, by the model with fingerprint ``encoder``; None without a model for
    its language.
    """

    key: str
    gap_id: str
    terms: tuple[str, ...]
    lang: Lang
    vector: FloatArray | None = None
    encoder: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A gap as it was opened, with its own wordings. ``root``: the gap that stands for it after merging, else itself.

    ``wordings``: the one that it is compared by in words comes first.
    """

    gap_id: str
    root: str
    wordings: tuple[GapWording, ...] = ()


@dataclass(frozen=True, slots=True)
class GapNews:
    """What changed since somebody last asked. ``until``: where the next question starts.

    ``complete``: these are all cells, forget what was known; the answer to a negative start. ``cells``: their whole new
    state. ``gone``: deleted cells. ``wordings``: newly come ones of cells that otherwise stayed as they were.
    """

    until: int
    complete: bool = False
    cells: Sequence[Cell] = ()
    gone: Sequence[str] = ()
    wordings: Sequence[GapWording] = ()


def rounded(vector: FloatArray) -> FloatArray:
    """``vector`` (values in [-1, 1]) in steps of 1/4096, as it is stored: a cosine moves by less than 0.001."""
    steps: FloatArray = np.rint(vector * _STEP).astype(np.float32) / np.float32(_STEP)
    return steps


def packed(vector: FloatArray) -> bytes:
    """The stored form of ``vector``: 2 bytes a value."""
    steps: NDArray[np.int16] = np.rint(np.clip(vector, -1.0, 1.0) * _STEP).astype("<i2")
    return steps.tobytes()


def unpacked(blob: bytes) -> FloatArray:
    """The vector that ``packed`` has stored."""
    steps: NDArray[np.int16] = np.frombuffer(blob, dtype="<i2")
    vector: FloatArray = steps.astype(np.float32) / np.float32(_STEP)
    return vector
