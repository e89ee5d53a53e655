"""An encoder in front of which somebody keeps vectors of texts that were embedded before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kb.types import Encoder, FloatArray

# Unit vectors of texts in their order, from memory or from the model; the second argument: the texts are questions.
Embed = Callable[[Sequence[str], bool], Sequence[FloatArray]]


class RememberingEncoder:
    """``encoder`` by name and shape; its vectors come from ``embed``. Thread-safe where ``embed`` is."""

    def __init__(self, encoder: Encoder, embed: Embed) -> None:
        self._encoder = encoder
        self._embed = embed

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Unit vectors, shape ``(len(texts), dimensions)``. Raises what ``embed`` raises; it is not called for no texts."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack(self._embed(texts, query))
