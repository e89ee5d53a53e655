"""Writes what was trained as small files: 8-bit rows with one scale each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kb.types import FloatArray


def quantize(matrix: FloatArray) -> tuple[np.ndarray[Any, np.dtype[np.int8]], np.ndarray[Any, np.dtype[np.float16]]]:
    """Rows as int8 with a scale each, so that ``row = int8 * scale``; the largest error of a row is half its scale."""
    scale = np.maximum(np.abs(matrix).max(axis=1) / 127.0, 1e-8).astype(np.float16)
    scale = np.maximum(scale, np.float16(6e-8))
    rows = np.clip(np.rint(matrix / scale[:, None].astype(np.float32)), -127, 127).astype(np.int8)
    return rows, scale


def write_artifact(
    folder: Path, words: Sequence[str], vectors: FloatArray, body: Mapping[str, FloatArray], card: Mapping[str, Any]
) -> None:
    """Write ``vocabulary.txt``, ``weights.safetensors`` and ``card.json``; ``body`` holds all parameters but word vectors."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Any] = {}
    for name, values in {"words": vectors, **body}.items():
        if values.ndim == 2:
            tensors[name], tensors[f"{name}.scale"] = quantize(values)
        else:
            tensors[name] = values.astype(np.float16)
    save_file(tensors, folder / "weights.safetensors")
    (folder / "vocabulary.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
