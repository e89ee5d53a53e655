"""What is asked: all questions that the project ships, alone, and its dialogues turn by turn."""

from __future__ import annotations

from pathlib import Path

import orjson

from eval.datasets import PROJECT

_SETS = ("service-questions", "shop-questions", "reasons")


def singles(folder: Path = PROJECT / "eval" / "data") -> list[tuple[str, ...]]:
    """Every question of the sets, each a dialogue of one turn, in the order of the files."""
    lines = [line for name in _SETS for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]
    asked = dict.fromkeys(str(orjson.loads(line)["question"]).strip() for line in lines if line.strip())
    return [(question,) for question in asked if 0 < len(question) <= 1000]


def dialogues(folder: Path = PROJECT / "eval" / "data") -> list[tuple[str, ...]]:
    """The dialogues of two and more turns."""
    lines = (folder / "dialogues.jsonl").read_bytes().splitlines()
    return [tuple(turn["question"] for turn in orjson.loads(line)["turns"]) for line in lines if line.strip()]
