"""How well questions are grouped into gaps: ``python -m eval.grouping`` streams labelled questions through the directory.

Every set arrives in several random orders, one question at a time; near gaps are put together after every hundred, as
in the background of a service. Scores are those of the end. The baselines see all questions at once and are told the
number of groups. Constants are tuned on ``--tuning`` sets, whose questions are not among those reported.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eval.datasets import data_root
from eval.grouping_data import (
    QUERY_SETS,
    TUNING_SETS,
    LabelledSet,
    Pairs,
    intune_pairs,
    query_set,
    tuning_set,
    xquad_pairs,
)
from eval.grouping_scores import baseline_groups, mean, score
from eval.provenance import describe_run, write_result
from kb.answer.question import understand
from kb.errors import InvalidInputError
from kb.gaps.grouping import DEFAULT_PARAMETERS, GapDirectory
from kb.gaps.regroup import DEFAULT_REGROUPING, Ruled, regroup
from kb.gaps.wordings import Cell, GapWording, rounded
from kb.text.embedding import open_encoder
from kb.types import BoolArray, FloatArray, IntArray, Lang

EVERY = 100  # questions between two looks in the background
_MODEL = "m"


class Stream:
    """A directory that is fed question by question and regrouped in between."""

    def __init__(self) -> None:
        self.directory = GapDirectory()
        self.cells: list[str] = []
        self.milliseconds: list[float] = []
        self._root: dict[str, str] = {}

    def ask(self, question: str, vector: FloatArray | None, lang: Lang = "en") -> None:
        read = understand(question, lang)
        started = time.perf_counter()
        found = self.directory.assign(read.content or read.terms, vector, lang, encoder=_MODEL, key=question.casefold())
        self.milliseconds.append((time.perf_counter() - started) * 1e3)
        self.cells.append(found.cell)
        self._root.setdefault(found.cell, found.gap_id)
        if len(self.cells) % EVERY == 0:
            self.regroup()

    def regroup(self) -> int:
        """Put near gaps together; return how many cells moved."""
        picture = self.directory.pictures().get(_MODEL)
        moves = [] if picture is None else regroup(picture, Ruled())
        for move in moves:
            self._root[move.cell] = move.root
        self.directory.move({move.cell: move.root for move in moves})
        return len(moves)

    def groups(self) -> IntArray:
        roots = [self._root[cell] for cell in self.cells]
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def streamed(questions: LabelledSet) -> Stream:
    stream = Stream()
    for question, vector in zip(questions.questions, questions.vectors, strict=True):
        stream.ask(question, vector)
    stream.regroup()
    return stream


def measure(questions: LabelledSet, orders: int, *, baselines: bool) -> dict[str, Any]:
    """Mean scores of ``orders`` random orders, and of the baselines at the same number of groups."""
    runs = []
    milliseconds: list[float] = []
    for seed in range(orders):
        arrived = questions.take(np.random.default_rng(seed).permutation(len(questions.questions)))
        stream = streamed(arrived)
        runs.append(score(arrived.needs, stream.groups()))
        milliseconds += stream.milliseconds
    systems = {"kb": mean(runs)}
    groups = round(systems["kb"]["groups"])
    if baselines:
        for name, labels in baseline_groups(questions.vectors, groups).items():
            systems[name] = asdict(score(questions.needs, labels))
    spread = [min(run.v_measure for run in runs), max(run.v_measure for run in runs)]
    return {
        "questions": len(questions.questions),
        "needs": int(questions.needs.max()) + 1,
        "orders": orders,
        "v_measure_range": spread,
        "assign_ms_median": float(np.median(milliseconds)),
        "systems": systems,
    }


def across(pairs: Pairs) -> dict[str, float]:
    """What becomes of Chinese questions after the English ones of every other topic.

    ``joined``: share of those on the same topics that end in the gap of their English twin; ``wrong``: in a gap of
    another English question. ``false``: share of those on the other topics that end in the gap of an English question,
    when nobody asks the others.
    """
    same = pairs.topics % 2 == 0
    english, chinese = _after_english(pairs, same, same)
    twin, some = chinese == english, np.isin(chinese, english)
    present, absent = _after_english(pairs, same, ~same)
    joined, wrong, false = twin.mean(), (some & ~twin).mean(), np.isin(absent, present).mean()
    return {"joined": float(joined), "wrong": float(wrong), "false": float(false)}


def _after_english(pairs: Pairs, english: BoolArray, chinese: BoolArray) -> tuple[IntArray, IntArray]:
    """The gaps of the chosen English and Chinese questions, asked in this order."""
    stream = Stream()
    for row in np.flatnonzero(english).tolist():
        stream.ask(pairs.english[row], pairs.english_vectors[row], "en")
    for row in np.flatnonzero(chinese).tolist():
        stream.ask(pairs.chinese[row], pairs.chinese_vectors[row], "zh")
    stream.regroup()
    groups = stream.groups()
    return groups[: int(english.sum())], groups[int(english.sum()) :]


def speed(gaps: int, wordings: int, dimensions: int = 384, samples: int = 300) -> dict[str, float]:
    """Milliseconds of one assignment among so many gaps with so many wordings in all, made of random vectors."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(gaps, dimensions)).astype(np.float32)
    words = np.minimum(rng.zipf(1.3, size=(wordings, 6)), 30_000)

    def wording(number: int) -> GapWording:
        vector = centres[number % gaps] + rng.normal(size=dimensions).astype(np.float32) * 0.4
        vector /= np.linalg.norm(vector)
        gap_id = f"gap_{number % gaps:06}"
        return GapWording(f"q{number}", gap_id, tuple(map(str, words[number])), "en", rounded(vector), _MODEL)

    cells = (
        Cell(f"gap_{gap:06}", f"gap_{gap:06}", tuple(wording(n) for n in range(gap, wordings, gaps)))
        for gap in range(gaps)
    )
    directory = GapDirectory(cells)
    times = []
    for number in range(samples):
        asked = wording(number)
        started = time.perf_counter()
        directory.assign(asked.terms, asked.vector, "en", encoder=_MODEL)
        times.append((time.perf_counter() - started) * 1e3)
    started = time.perf_counter()
    regroup(directory.pictures()[_MODEL], Ruled())
    background = time.perf_counter() - started
    median, slow = (float(value) for value in np.quantile(times, [0.5, 0.95]))
    return {"gaps": gaps, "wordings": wordings, "median_ms": median, "p95_ms": slow, "regroup_s": background}


def table(sets: dict[str, Any]) -> str:
    """A Markdown table: a line for each system on each set."""
    lines = [
        "| set | system | groups | purity | homogeneity | completeness | V | pairs: precision | recall | F1 |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    figures = ("purity", "homogeneity", "completeness", "v_measure", "precision", "recall", "f1")
    for name, measured in sets.items():
        for system, row in measured["systems"].items():
            values = " | ".join(f"{row[figure]:.3f}" for figure in figures)
            lines.append(f"| {name} | {system} | {row['groups']:.0f} | {values} |")
    return "\n".join(lines)


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="Folder of a prepared model.")
    parser.add_argument("--orders", type=int, default=5, help="Random orders of arrival.")
    parser.add_argument("--tuning", action="store_true", help="The tuning half; nothing is written.")
    parser.add_argument("--fast", action="store_true", help="Without the baselines; nothing is written.")
    options = parser.parse_args(None if arguments is None else list(arguments))
    root = data_root()
    if root is None:
        raise InvalidInputError("The larger sets are not here.", "Set KB_EVAL_DATA to their folder.")
    encoder = open_encoder(options.model)
    if options.tuning:
        chosen = [tuning_set(root, source, encoder, seed) for source in TUNING_SETS for seed in (1, 2)]
    else:
        chosen = [query_set(root, name, encoder) for name in QUERY_SETS]
    sets: dict[str, Any] = {}
    for number, questions in enumerate(chosen):
        name = f"{questions.name} {number}" if options.tuning else questions.name
        sets[name] = measure(questions, options.orders, baselines=not options.fast)
    languages = {pairs.name: across(pairs) for pairs in (xquad_pairs(root, encoder), intune_pairs(root, encoder))}
    print(table(sets))
    print(languages, flush=True)
    times = [speed(20_000, 100_000)]
    print(times)
    if not (options.tuning or options.fast):
        parameters = {"grouping": asdict(DEFAULT_PARAMETERS), "regrouping": asdict(DEFAULT_REGROUPING)}
        result = describe_run() | {"sets": sets, "across": languages, "speed": times, "parameters": parameters}
        print(write_result(result, "grouping"))


if __name__ == "__main__":
    main()
