"""From probabilities to a table small enough to ship."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from eval.translation.alignment import Alignment
from eval.translation.parallel import ParallelTexts
from kb.text.dictionary import table_arrays

VERSION = "1"


@dataclass(frozen=True, slots=True)
class TableLimits:
    """``options``: translations kept for a word, of those with at least ``share`` of its best one's weight.

    ``smallest``: weight below which two words have nothing to do with each other. ``longest``: characters of a Chinese word.
    """

    options: int = 6
    share: float = 0.03
    smallest: float = 0.003
    longest: int = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """``weight`` in (0, 1]: geometric mean of the probabilities of either side given the other."""

    english: str
    chinese: str
    weight: float


def choose(texts: ParallelTexts, alignment: Alignment, limits: TableLimits = TableLimits()) -> list[Entry]:
    """The entries worth keeping: among the best of their English or of their Chinese side, sorted by Chinese and English.

    The geometric mean asks both directions: a word that goes with everything (P of one side high, of the other tiny) loses.
    """
    weight = np.sqrt(alignment.word_given_term * alignment.term_given_word)
    short = np.asarray([len(word) <= limits.longest for word in texts.words])[alignment.word]
    best = _among_best(alignment.term, weight, limits) | _among_best(alignment.word, weight, limits)
    kept = np.flatnonzero(best & short & (weight >= limits.smallest))
    entries = [
        Entry(texts.terms[alignment.term[i]], texts.words[alignment.word[i]], min(1.0, float(weight[i]))) for i in kept
    ]
    return sorted(entries, key=lambda entry: (entry.chinese, entry.english))


def write_table(
    folder: Path,
    entries: list[Entry],
    *,
    sources: Mapping[str, int],
    licences: Mapping[str, int],
    settings: Mapping[str, float],
) -> int:
    """Write ``table.npz`` and ``card.json`` and return the bytes of the table. Equal entries give equal bytes."""
    english = sorted({entry.english for entry in entries})
    chinese = sorted({entry.chinese for entry in entries})
    term = {word: place for place, word in enumerate(english)}
    word = {word: place for place, word in enumerate(chinese)}
    rows = [(word[entry.chinese], term[entry.english], entry.weight) for entry in entries]
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "table.npz"
    np.savez_compressed(table, allow_pickle=False, **table_arrays(english, chinese, rows))
    card = {
        "version": VERSION,
        "made": datetime.now(UTC).date().isoformat(),
        "command": "python -m eval.translation",
        "method": "IBM Model 1 in both directions, geometric mean of the probabilities",
        "settings": dict(settings),
        "entries": len(entries),
        "english_terms": len(english),
        "chinese_words": len(chinese),
        "sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
        "licences": dict(sorted(licences.items())),
        "sources": dict(sorted(sources.items())),
        "notice": "Contains data of CC-CEDICT (CC BY-SA 4.0, MDBG); the table is under CC BY-SA 4.0, unlike the code.",
    }
    (folder / "card.json").write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2) + b"\n")
    return table.stat().st_size


def _among_best(side: NDArray[np.int32], weight: NDArray[np.float64], limits: TableLimits) -> NDArray[np.bool_]:
    """Whether each candidate is one of the best of its ``side``."""
    order = np.lexsort((-weight, side))
    first = np.searchsorted(side[order], np.arange(int(side.max()) + 1))
    rank = np.empty(len(side), dtype=np.int64)
    rank[order] = np.arange(len(side)) - first[side[order]]
    top = np.zeros(int(side.max()) + 1)
    np.maximum.at(top, side, weight)
    result: NDArray[np.bool_] = (rank < limits.options) & (weight >= limits.share * top[side])
    return result
