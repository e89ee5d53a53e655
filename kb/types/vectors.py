"""Arrays of numbers, and what turns text into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Encoder(Protocol):
    """Text to unit vectors. Implementations are thread-safe.

    ``fingerprint`` changes whenever vectors of the same text would change.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``, float32; ``query``: the texts are questions."""
        ...
