"""Labelled questions in the order in which they might arrive."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kb.types import Encoder, FloatArray, IntArray

QUERY_SETS = ("banking77-queries", "clinc150-queries", "bitext-faq-en")
TUNING_SETS = ("banking77", "clinc150")  # the sources in train/intents-en.jsonl.gz
_TUNING_SIZE = 1500


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSet:
    """Questions, the number of the need behind each, and their vectors, ``(n, d)``."""

    name: str
    questions: tuple[str, ...]
    needs: IntArray
    vectors: FloatArray

    def take(self, order: IntArray) -> LabelledSet:
        return LabelledSet(self.name, tuple(self.questions[i] for i in order), self.needs[order], self.vectors[order])


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The same questions in two languages: row i of both means the same. ``topics``: the number of what each is about."""

    name: str
    english: tuple[str, ...]
    chinese: tuple[str, ...]
    english_vectors: FloatArray
    chinese_vectors: FloatArray
    topics: IntArray


def query_set(root: Path, name: str, encoder: Encoder) -> LabelledSet:
    """The questions of a set that have a true need; questions out of every scope are left out."""
    rows = [row for row in _rows(root / name / "questions.jsonl") if row.get("intent") and row.get("in_scope", True)]
    return _labelled(name, [(row["question"], row["intent"]) for row in rows], encoder)


def tuning_set(root: Path, source: str, encoder: Encoder, seed: int) -> LabelledSet:
    """A sample of the training half of one source."""
    with gzip.open(root / "train" / "intents-en.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["src"] == source]
    chosen = np.random.default_rng(seed).permutation(len(rows))[:_TUNING_SIZE]
    return _labelled(f"{source} (train)", [(rows[i]["text"], rows[i]["intent"]) for i in chosen], encoder)


def xquad_pairs(root: Path, encoder: Encoder) -> Pairs:
    """English questions on paragraphs of Wikipedia articles and their translations into Chinese; a topic is an article."""
    rows = {row["id"]: row for row in _rows(root / "xquad-en" / "questions.jsonl") if row["gold"]}
    chinese = {
        row["id"].removesuffix("-zh"): row["question"] for row in _rows(root / "xquad-en" / "questions-xling.jsonl")
    }
    names = [name for name in rows if name in chinese]
    found = [(rows[name]["question"], chinese[name], rows[name]["gold"][0]["article"]) for name in names]
    return _pairs("xquad", found, encoder)


def intune_pairs(root: Path, encoder: Encoder) -> Pairs:
    """Titles and descriptions of the same help articles in English and in simplified Chinese; a topic is an article."""

    def first(folder: str) -> dict[tuple[str, str], str]:
        return {
            (row["gold"][0]["article"], row["kind"]): row["question"]
            for row in _rows(root / folder / "questions.jsonl")
            if row["kind"] in ("title", "description") and row["gold"]
        }

    english, chinese = first("intune-en"), first("intune-zhcn")
    both = [name for name in sorted(english.keys() & chinese.keys()) if _has_han(chinese[name])]
    return _pairs("intune", [(english[name], chinese[name], name[0]) for name in both], encoder)


def _has_han(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _labelled(name: str, rows: Sequence[tuple[str, str]], encoder: Encoder) -> LabelledSet:
    needs = np.unique([need for _, need in rows], return_inverse=True)[1]
    texts = tuple(text for text, _ in rows)
    return LabelledSet(name, texts, needs.astype(np.int64), encoder.encode(texts, query=True))


def _pairs(name: str, rows: Sequence[tuple[str, str, str]], encoder: Encoder) -> Pairs:
    english, chinese = tuple(row[0] for row in rows), tuple(row[1] for row in rows)
    topics = np.unique([row[2] for row in rows], return_inverse=True)[1].astype(np.int64)
    vectors = encoder.encode(english, query=True), encoder.encode(chinese, query=True)
    return Pairs(name, english, chinese, *vectors, topics)
