"""Vectors that were computed once are never computed again: an append-only file of (text hash, vector) records.

A record is 32 bytes of SHA-256 and the float32 vector, so a file that was cut off in the middle of a write is whole again
once its last partial record is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kb.types import FloatArray

# A cache this many times larger than what the index uses is written anew.
_SLACK = 3


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
