"""Embeds Chinese text through the exported Chinese body with ONNX Runtime, without importing torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb.text.batches import like_length
from kb.text.chinese_inputs import ChineseInputs
from kb.text.model_card import ModelCard
from kb.text.onnx_encoder import BATCH, after_batch, open_session
from kb.types import FloatArray

BODY = "body.onnx"


class ChineseOnnxEncoder:
    """Unit vectors of Chinese texts from a prepared folder. Thread-safe: calls are served one after the other."""

    def __init__(self, folder: Path, card: ModelCard, *, threads: int = 1) -> None:
        self._session = open_session(folder / BODY, threads)
        self._inputs = ChineseInputs(folder, card.max_tokens)
        self._after_batch = after_batch()
        self._card = card
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._card.fingerprint

    @property
    def dimensions(self) -> int:
        return self._card.dimensions

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        ids = self._inputs.ids(texts)
        for rows in like_length([len(row) for row in ids], BATCH):
            feed = self._inputs.feed([ids[row] for row in rows])
            with self._lock:
                vectors[rows] = self._session.run(None, feed, None if len(rows) == 1 else self._after_batch)[0]
        return vectors
