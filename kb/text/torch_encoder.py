"""sentence-transformers: loading a model, embedding with it at full machine speed, and exporting it to ONNX."""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog

from kb.errors import EncoderError
from kb.text.model_card import ModelCard, WithCard
from kb.text.onnx_encoder import MODEL, settle
from kb.types import FloatArray

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_log = structlog.get_logger(__name__)


class TorchEncoder(WithCard):
    """Unit vectors straight from sentence-transformers: the fast way to embed thousands of passages.

    On processors with bf16 matrix units (AMX) the model runs in bf16: 2.5 times the passages at a cosine of 0.99997 to
    fp32; elsewhere bf16 is emulated and slower, so fp32 stays.
    """

    def __init__(self, model: SentenceTransformer, card: ModelCard) -> None:
        super().__init__(card)
        self._model = model
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``; sentence-transformers sorts batches by length."""
        prefix = self._card.query_prefix if query else self._card.passage_prefix
        with self._lock, fast_arithmetic():
            vectors = self._model.encode(
                [prefix + text for text in texts],
                batch_size=32,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)


def load_model(source: str) -> SentenceTransformer:
    """Load from a local folder or the local cache. Raises ``EncoderError``; nothing is downloaded."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        model = SentenceTransformer(source, device="cpu", local_files_only=True)
    except Exception as error:
        raise EncoderError(
            f"The embedding model {source!r} cannot be loaded: {error}",
            "Set KB_ENCODER to the packaged default, or to the folder of a sentence-transformers model.",
        ) from error
    return model.eval()


def export_model(model: SentenceTransformer, folder: Path) -> bool:
    """Write ``model.onnx`` and ``tokenizer.json``; False, with the reason in the log, when this model cannot be exported."""
    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc]
        """All modules of the model, from token ids to a unit vector."""

        def __init__(self, names: list[str]) -> None:
            super().__init__()
            self.model = model
            self.names = names

        def forward(self, *values: torch.Tensor) -> torch.Tensor:
            features = self.model(dict(zip(self.names, values, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    example = model.tokenizer(["one", "two words"], padding=True, return_tensors="pt")
    inputs = {name: example[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in example}
    try:
        trace(Whole(list(inputs)), inputs, folder / MODEL)
        model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    except Exception as error:  # noqa: BLE001 - any model may fail to trace in its own way; it is then served by torch
        warn_not_exported(folder / MODEL, error)
        return False
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"))
    return True


def warn_not_exported(file: Path, error: Exception) -> None:
    """Log why there is no export: answers stay right, but each question costs about three times as much."""
    _log.warning(
        "model.not_exported",
        file=file.name,
        error=f"{type(error).__name__}: {error}",
        hint="torch serves it until that is repaired, `models` in the data folder is deleted and `kb index` is run.",
    )


def trace(module: torch.nn.Module, inputs: Mapping[str, torch.Tensor], file: Path) -> None:
    """Export ``module`` for any number of rows and tokens; its output is named ``embedding``.

    Raises what torch and ONNX Runtime raise.
    """
    import torch

    traced = file.with_name(f"{file.name}.traced")
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs} | {"embedding": {0: "batch"}}
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter is deprecated but needs nothing beside `onnx`; torch is pinned, and its output is checked.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(traced),
            input_names=list(inputs),
            output_names=["embedding"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    settle(traced, file)


def use_all_cores() -> None:
    """Let torch compute with every core, for embedding many passages."""
    import torch

    torch.set_num_threads(max(1, os.cpu_count() or 1))


def fast_arithmetic() -> contextlib.AbstractContextManager[object]:
    """bf16 where the processor has units for it, else nothing."""
    import torch

    return torch.autocast("cpu", dtype=torch.bfloat16) if has_amx() else contextlib.nullcontext()


def has_amx() -> bool:
    """Whether the processor multiplies bf16 matrices in hardware."""
    import torch

    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(supported and supported())
