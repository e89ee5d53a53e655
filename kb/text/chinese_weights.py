"""The Chinese half of a bilingual model as it is shipped: a folder with a vocabulary, quantised weights and a card.

``weights.safetensors`` holds one row per line of ``vocabulary.txt`` as ``words``, and every other parameter of a transformer body
under its name in ``transformers.BertModel``. Matrices are int8 with one fp16 scale per row (``<name>.scale``): a quarter of the
bytes of fp32, and the text's vector moves by less than a thousandth (symmetric per-row quantisation, Jacob et al. 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from kb.errors import EncoderError
from kb.types import FloatArray

VOCABULARY = "vocabulary.txt"
_WEIGHTS = "weights.safetensors"
_CARD = "card.json"
_SCALE = ".scale"


@dataclass(frozen=True, slots=True)
class ChineseWeights:
    """``words``: float16, shape ``(lines of the vocabulary, d)``. ``body``: float32 parameters by their name.

    ``base``: the model whose word pieces and their embeddings serve everything that is not Chinese.
    """

    base: str
    max_tokens: int
    words: NDArray[np.float16]
    body: Mapping[str, FloatArray]


def is_chinese_half(folder: Path) -> bool:
    """Return whether ``folder`` holds such a half rather than a model by itself."""
    return all((folder / name).is_file() for name in (VOCABULARY, _WEIGHTS, _CARD))


def half_files(folder: Path) -> tuple[Path, ...]:
    """The files that decide what vectors this half gives."""
    return folder / VOCABULARY, folder / _WEIGHTS, folder / _CARD


def read_base(folder: Path) -> str:
    """The name of the base model. Raises ``EncoderError`` for a card that cannot be used."""
    try:
        return str(orjson.loads((folder / _CARD).read_bytes())["base"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(folder, error) from error


def read_weights(folder: Path) -> ChineseWeights:
    """Read and dequantise. Raises ``EncoderError`` when a file is missing or does not have this format."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        card = orjson.loads((folder / _CARD).read_bytes())
        stored = load_file(folder / _WEIGHTS)
        tensors = {
            name: _dequantise(values, stored.get(name + _SCALE))
            for name, values in stored.items()
            if not name.endswith(_SCALE)
        }
        words = tensors.pop("words").astype(np.float16)
        return ChineseWeights(str(card["base"]), int(card["max_tokens"]), words, tensors)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise _unusable(folder, error) from error


def write_weights(folder: Path, card: Mapping[str, object], words: FloatArray, body: Mapping[str, FloatArray]) -> None:
    """Quantise and write ``weights.safetensors`` and ``card.json``, which needs ``base`` and ``max_tokens``.

    ``words``: shape ``(lines of the vocabulary, d)``; the vocabulary file is the caller's.
    """
    from safetensors.numpy import save_file

    stored: dict[str, NDArray[np.int8] | NDArray[np.float16]] = {}
    for name, values in {"words": words, **body}.items():
        if values.ndim == 2:
            stored[name], stored[name + _SCALE] = _quantise(values)
        else:
            stored[name] = values.astype(np.float16)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(stored, folder / _WEIGHTS)
    (folder / _CARD).write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _quantise(values: FloatArray) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    largest = np.abs(values).max(axis=1) / 127
    # The scale is rounded first, so that the steps are counted in the scale that will be read; rounding it up keeps 127 enough.
    scale = np.maximum(np.nextafter(largest.astype(np.float16), np.float16(np.inf)), np.float16(6e-8))
    steps = np.rint(values / scale.astype(np.float32)[:, None])
    return steps.clip(-127, 127).astype(np.int8), scale


def _dequantise(values: NDArray[np.generic], scale: NDArray[np.generic] | None) -> FloatArray:
    plain = values.astype(np.float32)
    return plain if scale is None else plain * scale.astype(np.float32)[:, None]


def _unusable(folder: Path, error: Exception) -> EncoderError:
    return EncoderError(
        f"The Chinese half in {folder} cannot be read: {error}",
        "Install the package again, or set KB_ENCODER to the folder of a sentence-transformers model.",
    )
