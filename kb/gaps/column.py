"""Arrays that grow at their end."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int64, np.float64, np.float32)


class Column(Generic[Number]):
    """An array of rows, each of shape ``row`` (a number by default), that grows at its end, twofold at a time."""

    def __init__(self, dtype: type[Number], row: tuple[int, ...] = ()) -> None:
        self._buffer: NDArray[Number] = np.zeros((16, *row), dtype=dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def array(self) -> NDArray[Number]:
        """The filled part; writing to it writes to the column."""
        return self._buffer[: self._size]

    def append(self, value: float | NDArray[Number]) -> None:
        if self._size == len(self._buffer):
            self._buffer = np.concatenate((self._buffer, np.zeros_like(self._buffer)))
        self._buffer[self._size] = value
        self._size += 1
