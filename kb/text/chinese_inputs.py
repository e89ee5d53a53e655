"""What the Chinese body is fed with: the embeddings of a text's words, gathered from a table on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.errors import EncoderError
from kb.text.chinese_pieces import ChinesePieces
from kb.text.chinese_weights import VOCABULARY

_WORDS = "words.npy"
_TOKENIZER = "tokenizer.json"
# The arrays of one call of the body, by the names of its inputs.
Feed = dict[str, NDArray[np.float32] | NDArray[np.int64]]


class ChineseInputs:
    """Texts to arrays, from the prepared ``folder`` of a Chinese half. Thread-safe.

    The table is mapped, not read: of its sixty thousand rows only those of words that occur come into memory.
    Raises ``EncoderError`` when the folder is not complete.
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        self._pieces = ChinesePieces(folder / VOCABULARY, folder / _TOKENIZER)
        self._max_tokens = max_tokens
        try:
            self._words = np.load(folder / _WORDS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"The words of the Chinese model cannot be read: {error}",
                f"Delete {folder.parent} and run `kb index` to prepare the model again.",
            ) from error

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text."""
        return self._pieces.batch(texts, self._max_tokens)

    def feed(self, ids: Sequence[Sequence[int]]) -> Feed:
        """Arrays for one call of the body: ``words`` (rows, longest, d) and ``mask`` (rows, longest), 1 for a token."""
        width = max(len(row) for row in ids)
        padded = np.zeros((len(ids), width), dtype=np.int64)
        mask = np.zeros((len(ids), width), dtype=np.int64)
        for row, values in enumerate(ids):
            padded[row, : len(values)] = values
            mask[row, : len(values)] = 1
        return {"words": self._words[padded].astype(np.float32), "mask": mask}


def write_inputs(
    folder: Path, vocabulary: bytes, base_tokenizer: bytes, words: NDArray[np.float16], base_words: NDArray[np.float32]
) -> None:
    """Write what ``ChineseInputs`` reads. ``base_words`` come first in the table: their ids are the base model's."""
    (folder / VOCABULARY).write_bytes(vocabulary)
    (folder / _TOKENIZER).write_bytes(base_tokenizer)
    np.save(folder / _WORDS, np.concatenate([base_words.astype(np.float16), words]))
    pieces = ChinesePieces(folder / VOCABULARY, folder / _TOKENIZER)
    if not len(base_words) == pieces.base_size == pieces.size - len(words):
        raise EncoderError(
            f"The Chinese model has {len(words)} words for {pieces.size - pieces.base_size} lines of its vocabulary, "
            f"and {len(base_words)} base words for {pieces.base_size} ids.",
            "Install the package again: its files do not belong together.",
        )
