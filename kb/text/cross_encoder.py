"""An optional cross-encoder: a model that reads the question and a passage together and says how well they go together.

More exact than comparing vectors and much slower, so it only sees the best passages (R. Nogueira & K. Cho, "Passage Re-ranking
with BERT", 2019, arXiv:1901.04085). Any sentence-transformers ``CrossEncoder`` with one output fits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import EncoderError
from kb.types import FloatArray

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_HINT = "Set KB_RERANKER to the folder or the cached name of a sentence-transformers CrossEncoder, or leave it empty."
_MAX_TOKENS = 512  # question and passage together; what is longer is cut at the end of the passage
_BATCH = 8


class TorchReranker:
    """Scores of passages for a question, by the cross-encoder ``name``. Thread-safe: one question at a time.

    The model is loaded by the first call, or by ``load``. Nothing is downloaded.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._model: CrossEncoder | None = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Load the model and try it, once. Raises ``EncoderError`` when it is missing, broken or no reranker."""
        if self._model is None:
            self.scores("question", ("passage",))

    def scores(self, question: str, passages: Sequence[str]) -> FloatArray:
        """How well each passage answers ``question``: shape ``(len(passages),)``, in [0, 1]. Raises ``EncoderError``."""
        if not passages:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            found = self._model.predict(
                [(question, passage) for passage in passages],
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
                activation_fn=_plain(),
            )
        values = np.asarray(found, dtype=np.float64).reshape(len(passages))
        if not np.isfinite(values).all():
            raise EncoderError(f"The reranker {self.name!r} gives scores that are no numbers.", _HINT)
        # A model's own activation may be a sigmoid or nothing; applied here, the scale is the same for all.
        scores: FloatArray = (1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0)))).astype(np.float32)
        return scores


def _plain() -> object:
    import torch

    return torch.nn.Identity()


def _load(name: str) -> CrossEncoder:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    try:
        from sentence_transformers import CrossEncoder
        from transformers import AutoConfig
        from transformers.utils import logging

        logging.disable_progress_bar()
        _require_reranker(name, AutoConfig.from_pretrained(name, local_files_only=True))
        model = CrossEncoder(name, device="cpu", local_files_only=True)
        model.max_seq_length = min(int(model.max_seq_length or _MAX_TOKENS), _MAX_TOKENS)
    except EncoderError:
        raise
    except Exception as error:  # every library below has its own way to fail
        raise EncoderError(f"The reranker {name!r} cannot be loaded: {error}", _HINT) from error
    return model


def _require_reranker(name: str, config: Any) -> None:
    """Refuse what sentence-transformers would quietly put an untrained head on: every score would be chance."""
    kinds = config.architectures or ["unknown"]
    if not any(kind.endswith(("ForSequenceClassification", "ForCausalLM")) for kind in kinds):
        raise EncoderError(f"The model {name!r} ({', '.join(kinds)}) was not trained to compare two texts.", _HINT)
    if kinds[0].endswith("ForSequenceClassification") and config.num_labels != 1:
        raise EncoderError(f"The model {name!r} has {config.num_labels} outputs; a reranker has one.", _HINT)
