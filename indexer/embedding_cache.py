"""Vectors that were computed once are never computed again: append-only files of (text hash, vector) records.

A record is 32 bytes of SHA-256 and the float32 vector, so a file that was cut off in the middle of a write is whole again
once its last partial record is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kb.text.embedding import embedded_by
from kb.text.model_card import ModelCard
from kb.types import Encoder, FloatArray

Progress = Callable[[int, int], None]  # texts done, of

# A cache this many times larger than what the index uses is written anew.
_SLACK = 3
_BATCH = 256


class ModelVectors:
    """The remembered vectors of a model below ``folder``, one file for each model it is made of.

    When only one of two models changes, the texts of the other keep their vectors.
    """

    def __init__(self, folder: Path, card: ModelCard) -> None:
        self._folder = folder
        self._card = card
        self._caches: dict[str, EmbeddingCache] = {}

    def embed(
        self, texts: Sequence[str], open_encoder: Callable[[int], Encoder], report: Progress, *, query: bool = False
    ) -> tuple[FloatArray, int]:
        """Unit vectors of ``texts``, shape ``(len(texts), d)``, and how many had to be computed.

        ``open_encoder`` is called with that number when it is not zero.
        """
        owners = {text: embedded_by(self._card, text) for text in texts}
        keys = {text: text_key(text) for text in owners}
        known: dict[str, FloatArray] = {}
        for owner in set(owners.values()):
            found = self._cache(owner).get([keys[text] for text in owners if owners[text] == owner])
            known.update((text, found[keys[text]]) for text in owners if owners[text] == owner and keys[text] in found)
        # Longest first: texts of one batch are of like length, and the estimate of the time left errs on the long side.
        missing = sorted((text for text in owners if text not in known), key=lambda text: -len(text))
        encoder = open_encoder(len(missing)) if missing else None
        for start in range(0, len(missing), _BATCH):
            report(start, len(missing))
            batch = missing[start : start + _BATCH]
            assert encoder is not None
            vectors = dict(zip(batch, encoder.encode(batch, query=query), strict=True))
            for owner in {owners[text] for text in batch}:
                own = [text for text in batch if owners[text] == owner]
                self._cache(owner).add([keys[text] for text in own], np.stack([vectors[text] for text in own]))
            known.update(vectors)
        if missing:
            report(len(missing), len(missing))
        rows = [known[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self._card.dimensions), np.float32), len(missing)

    def trim(self, texts: Sequence[str]) -> None:
        """Forget what is not among ``texts``, in files that have grown far beyond them."""
        keys = [text_key(text) for text in texts]
        for cache in self._caches.values():
            cache.trim(keys)

    def _cache(self, owner: str) -> EmbeddingCache:
        if owner not in self._caches:
            self._caches[owner] = EmbeddingCache(self._folder / f"{owner}.f32", self._card.dimensions)
        return self._caches[owner]


def text_key(text: str) -> bytes:
    """The cache key of a text: 32 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class EmbeddingCache:
    """The vectors of one model in one file. One process writes at a time (the build holds a lock)."""

    def __init__(self, file: Path, dimensions: int) -> None:
        self._file = file
        self._record = np.dtype([("key", "V32"), ("vector", "<f4", (dimensions,))])
        self._records = self._read()
        self._row = {key.tobytes(): row for row, key in enumerate(self._records["key"])}

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, FloatArray]:
        """The vectors of those ``keys`` that are known."""
        return {key: self._records["vector"][row] for key in keys if (row := self._row.get(key)) is not None}

    def add(self, keys: Sequence[bytes], vectors: FloatArray) -> None:
        """Append; what was appended before a crash is there afterwards."""
        records = np.zeros(len(keys), dtype=self._record)
        records["key"] = np.frombuffer(b"".join(keys), dtype="V32")
        records["vector"] = vectors
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as stream:
            stream.write(records.tobytes())

    def trim(self, keys: Sequence[bytes]) -> None:
        """Rewrite the file with only ``keys`` once it has grown far beyond them."""
        stored = self._file.stat().st_size // self._record.itemsize if self._file.exists() else 0
        if stored <= _SLACK * max(len(keys), 256):
            return
        self._records = self._read()
        self._row = {key.tobytes(): row for row, key in enumerate(self._records["key"])}
        rows = sorted({self._row[key] for key in keys if key in self._row})
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(self._records[rows].tobytes())
        fresh.replace(self._file)

    def _read(self) -> np.ndarray[tuple[int], np.dtype[np.void]]:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            content = b""
        whole = len(content) - len(content) % self._record.itemsize
        if whole != len(content):
            with self._file.open("r+b") as stream:
                stream.truncate(whole)
        return np.frombuffer(content[:whole], dtype=self._record)
