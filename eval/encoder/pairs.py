"""Sentences with their translations: what the Chinese half of the encoder learns from."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.text.language import HAN

_HAN = re.compile(f"[{HAN}]")
# Licences that allow training and redistribution with attribution; a row under any other is dropped.
LICENCES = frozenset(
    {
        "CC-BY-4.0",
        "CC-BY-2.0-FR",
        "CC-BY-SA-4.0",
        "MIT",
        "BSD-3-Clause",
        "MPL-2.0",
        "PSF-2.0 (text), CC0-1.0 (translation)",
    }
)
_SMALL_FILE_LICENCES = {"tldr": "CC-BY-4.0", "tatoeba": "CC-BY-2.0-FR"}
# Articles of this source are among the evaluation sets: training on them would flatter the figures.
_EVALUATED_SOURCES = frozenset({"intune"})


@dataclass(frozen=True, slots=True)
class Pair:
    """An English text and its Chinese translation. ``source`` names where it comes from."""

    english: str
    chinese: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class PairLimits:
    """At most so many rows of each kind of source, so that one product's manual does not become the language.

    Human translations come before machine ones, whole sentences before menu words. ``joined``: further texts made of two to five
    pairs of one source, because passages are longer than sentences. Chosen by what half an hour on two cores can read.
    """

    largest_manual: int = 12_000
    machine_translated: int = 1_200
    programming: int = 5_000
    other: int = 5_500
    joined: int = 6_000


def read_pairs(folder: Path) -> Iterator[Pair]:
    """Usable, distinct pairs of ``folder`` (``parallel-help-en-zh.jsonl.gz`` and ``parallel-en-zh.jsonl.gz``), in file order."""
    seen: set[tuple[str, str]] = set()
    for pair in (
        *_read_help(folder / "parallel-help-en-zh.jsonl.gz"),
        *_read_small(folder / "parallel-en-zh.jsonl.gz"),
    ):
        key = (pair.english, pair.chinese)
        if key not in seen and _is_usable(pair):
            seen.add(key)
            yield pair


def choose(pairs: Iterable[Pair], limits: PairLimits, seed: int) -> list[Pair]:
    """A balanced selection in random order, with joined texts added. Deterministic for a ``seed``."""
    shuffled = list(pairs)
    random.Random(seed).shuffle(shuffled)
    taken: Counter[str] = Counter()
    chosen = []
    for pair in shuffled:
        if taken[pair.source] < _limit(pair.source, limits):
            taken[pair.source] += 1
            chosen.append(pair)
    chosen += _joined(chosen, limits.joined, seed)
    random.Random(seed + 1).shuffle(chosen)
    return chosen


def read_passages(folder: Path) -> list[str]:
    """Chinese passages and questions of ``question-passage.jsonl.gz``: they only help to count words."""
    return [
        text
        for row in _rows(folder / "question-passage.jsonl.gz")
        if row["lang"] != "en"
        for text in (row["q"], row["p"])
    ]


def read_glosses(folder: Path) -> dict[str, list[str]]:
    """CC-CEDICT: simplified word to its English glosses, without remarks in brackets and cross-references."""
    glosses: dict[str, list[str]] = {}
    for row in _rows(folder / "cedict-zh-en.jsonl.gz"):
        for gloss in row["en"]:
            plain = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", gloss).strip()
            if plain and not re.match(r"(old )?variant of|see |CL:|surname |abbr\. for|erhua", plain):
                glosses.setdefault(row["zh"], []).append(plain)
    return glosses


def _limit(source: str, limits: PairLimits) -> int:
    if source.endswith("#MT"):
        return limits.machine_translated
    if source.startswith("po/"):
        return limits.programming
    if source.startswith("msdocs-sxs/Dynamics-365-Operations"):
        return limits.largest_manual
    return limits.other


def _joined(pairs: list[Pair], count: int, seed: int) -> list[Pair]:
    generator = random.Random(seed + 2)
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append(pair)
    sources = [source for source, own in by_source.items() if len(own) >= 100]
    sizes = [len(by_source[source]) for source in sources]
    joined = []
    for source in generator.choices(sources, sizes, k=count) if sources else []:
        parts = generator.sample(by_source[source], generator.randint(2, 5))
        joined.append(
            Pair(
                " ".join(part.english for part in parts),
                "".join(part.chinese for part in parts),
                source,
                parts[0].licence,
            )
        )
    return joined


def _is_usable(pair: Pair) -> bool:
    """Both sides say something, in their own language, at a plausible ratio of lengths."""
    han = len(_HAN.findall(pair.chinese))
    words = len(pair.english.split())
    return (
        pair.licence in LICENCES
        and han >= 2
        and words >= 1
        and not _HAN.search(pair.english)
        and len(pair.chinese) <= 300
        and 0.3 <= (han + 2) / (words + 2) <= 8.0
    )


def _read_help(file: Path) -> Iterator[Pair]:
    for row in _rows(file):
        yield Pair(row["en"].strip(), row["zh"].strip(), row["source"], row["licence"])


def _read_small(file: Path) -> Iterator[Pair]:
    for row in _rows(file):
        if row["src"] in _EVALUATED_SOURCES:
            continue
        chinese = row.get("zh") or row.get("zh-TW")
        if chinese:
            yield Pair(row["en"].strip(), chinese.strip(), row["src"], _SMALL_FILE_LICENCES[row["src"]])


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
