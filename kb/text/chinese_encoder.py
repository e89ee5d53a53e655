"""Embeds Chinese text with a body that somebody else computes: ONNX Runtime for questions, torch for many passages.

Nothing here imports torch; its way to compute a body is in ``kb.text.chinese_body``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kb.text.batches import like_length
from kb.text.chinese_inputs import ChineseInputs, Feed
from kb.text.model_card import ModelCard, WithCard
from kb.text.onnx_encoder import BATCH, after_batch, open_session
from kb.types import FloatArray

BODY = "body.onnx"
# From the arrays of one batch to its unit vectors, shape ``(rows, dimensions)``. Called by one thread at a time.
Compute = Callable[[Feed], FloatArray]


class ChineseEncoder(WithCard):
    """Unit vectors of Chinese texts from a prepared ``folder``. Thread-safe: calls are served one after the other.

    ``batch``: rows of one call of ``compute``.
    """

    def __init__(self, folder: Path, card: ModelCard, compute: Compute, *, batch: int) -> None:
        super().__init__(card)
        self._inputs = ChineseInputs(folder, card.max_tokens)
        self._compute = compute
        self._batch = batch
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        ids = self._inputs.ids(texts)
        for rows in like_length([len(row) for row in ids], self._batch):
            feed = self._inputs.feed([ids[row] for row in rows])
            with self._lock:
                vectors[rows] = self._compute(feed)
        return vectors


def open_export(folder: Path, card: ModelCard, *, threads: int = 1) -> ChineseEncoder:
    """Open the exported body in ``folder``. Raises ``EncoderError`` when a file is missing or broken."""
    session = open_session(folder / BODY, threads)
    many = after_batch()

    def compute(feed: Feed) -> FloatArray:
        vectors: FloatArray = session.run(None, feed, None if len(feed["mask"]) == 1 else many)[0]
        return vectors

    return ChineseEncoder(folder, card, compute, batch=BATCH)
