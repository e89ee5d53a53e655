"""Which English search term and which Chinese word stand for each other, with probabilities.

The table is learned from parallel texts by ``python -m eval.translation``; ``card.json`` beside it says from which.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kb.errors import EncoderError
from kb.types import Lang

TABLE = Path(__file__).parents[1] / "models" / "translation" / "table.npz"
# Chosen by measurement, see ``eval/LOG.md``: what stands below is noise that costs time.
_OPTIONS = 8
_SMALLEST_SHARE = 0.02
_LONGEST_WORD = 12  # characters


class Dictionary:
    """Translations of single words, read-only and thread-safe. About 12 MB.

    Raises ``EncoderError`` when ``table`` cannot be read.
    """

    def __init__(self, table: Path = TABLE) -> None:
        try:
            with table.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                self._english = _words(stored["english"])
                self._chinese = _words(stored["chinese"])
                starts = stored["starts"].astype(np.int64)
                term, weight = stored["terms"].astype(np.int32), stored["weights"].astype(np.float32)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise EncoderError(
                f"The translation table {table} cannot be read: {error}.", "Install the package again."
            ) from error
        word = np.repeat(np.arange(len(self._chinese), dtype=np.int32), np.diff(starts))
        by_term = np.argsort(term, kind="stable")
        counts = np.bincount(term, minlength=len(self._english))
        self._of_chinese = (starts, term, weight)
        self._of_english = (np.concatenate([[0], np.cumsum(counts)]), word[by_term], weight[by_term])
        # Questions keep asking about the same things.
        self.translations = lru_cache(maxsize=4096)(self._translations)

    def _translations(self, word: str, written: Lang) -> tuple[tuple[str, float], ...]:
        """Likely translations of ``word`` into ``written``, best first, with probabilities that sum to 1; empty if unknown.

        ``word`` is a Chinese word in simplified characters, or an English search term (``kb.text.tokenize``).
        """
        own, other = (self._english, self._chinese) if written == "zh" else (self._chinese, self._english)
        place = int(np.searchsorted(own, word))
        if place == len(own) or own[place] != word:
            return ()
        starts, ids, weights = self._of_english if written == "zh" else self._of_chinese
        entries = slice(int(starts[place]), int(starts[place + 1]))
        found, shares = ids[entries], weights[entries] / weights[entries].sum()
        order = np.lexsort((found, -shares))[:_OPTIONS]
        order = order[shares[order] >= _SMALLEST_SHARE]
        total = float(shares[order].sum())
        return tuple((str(other[found[i]]), float(shares[i]) / total) for i in order)

    def has_english(self, term: str) -> bool:
        """Whether ``term`` (``kb.text.tokenize``) is among the English terms of the table."""
        place = int(np.searchsorted(self._english, term))
        return place < len(self._english) and bool(self._english[place] == term)

    def pieces(self, word: str) -> list[str]:
        """The longest known Chinese words of two or more characters within ``word``, from left to right."""
        found, start = [], 0
        while start < len(word) - 1:
            for end in range(min(len(word), start + _LONGEST_WORD), start + 1, -1):
                if self.translations(word[start:end], "en"):
                    found.append(word[start:end])
                    start = end
                    break
            else:
                start += 1
        return found


@cache
def shipped_dictionary() -> Dictionary:
    """The table of the package, read at the first call."""
    return Dictionary()


def _words(stored: NDArray[np.uint8]) -> NDArray[np.str_]:
    words: NDArray[np.str_] = np.asarray(bytes(stored).decode("utf-8").split("\n"))
    return words


def table_arrays(
    english: list[str], chinese: list[str], entries: list[tuple[int, int, float]]
) -> dict[str, NDArray[Any]]:
    """What ``Dictionary`` reads, for ``np.savez``. ``entries``: (place in ``chinese``, place in ``english``, weight in (0, 1]).

    ``english`` and ``chinese`` are sorted by code points, ``entries`` by their places.
    """
    word = np.asarray([entry[0] for entry in entries], dtype=np.int64)
    return {
        "english": np.frombuffer("\n".join(english).encode(), dtype=np.uint8),
        "chinese": np.frombuffer("\n".join(chinese).encode(), dtype=np.uint8),
        "starts": np.concatenate([[0], np.cumsum(np.bincount(word, minlength=len(chinese)))]).astype(np.uint32),
        "terms": np.asarray([entry[1] for entry in entries], dtype=np.uint16),
        "weights": np.asarray([max(1, round(entry[2] * 65535)) for entry in entries], dtype=np.uint16),
    }
