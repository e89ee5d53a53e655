"""Measure answers on question sets: ``python -m eval.run [--sets a,b] [--split dev|test|all] [--limit N]``.

Prints a table and writes a result file that says what was measured, on what and with which code.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.progress import Progress as ProgressBars

from eval.corpus import Corpus, Progress, open_corpus
from eval.datasets import (
    Question,
    QuestionSet,
    Split,
    available_sets,
    load_folder,
    load_set,
    locate,
    sample,
    select,
    shipped_sets,
)
from eval.metrics import paired_bootstrap
from eval.provenance import describe_run, write_result
from eval.report import console_table, print_table
from eval.retrieval import rank, response
from eval.scoring import Judgement, Response, by_kind, judge, summarize
from eval.service import ask_all
from eval.systems import BASELINES, baseline_responses, no_progress

SEED = 7
OURS = "kb"
SYSTEMS = (*BASELINES, "ranking", OURS)
Responses = Mapping[str, Sequence[Response]]


def evaluate(
    sets: Sequence[str] | None = None,
    *,
    folder: Path | None = None,
    articles: Path | None = None,
    split: Split = "all",
    limit: int | None = None,
    systems: Sequence[str] = SYSTEMS,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Measure ``systems`` and return one result document.

    Either ``sets`` by name (None: those that ship with the project) or a user's own ``folder`` with
    ``questions*.jsonl`` over ``articles`` (default ``folder/articles``). ``limit`` caps the questions of each file.
    Raises NotFoundError for an unknown set, InvalidInputError for a malformed one.
    """
    if folder is not None:
        chosen = [load_folder(folder, articles)]
    else:
        chosen = [load_set(name) for name in (shipped_sets() if sets is None else sets)]
    result = describe_run() | {"seed": SEED, "split": split, "limit": limit, "sets": {}}
    for question_set in chosen:
        if question_set.articles is None:
            continue
        result["sets"] |= measure_set(question_set, split, limit, systems, progress)
    return result


def measure_set(
    question_set: QuestionSet, split: Split, limit: int | None, systems: Sequence[str], progress: Progress
) -> dict[str, Any]:
    """Numbers of every system on each question file of one set, by ``set`` or ``set/file`` name."""
    assert question_set.articles is not None, "a set without articles cannot be measured"
    corpus = open_corpus(question_set.articles, question_set.name, progress)
    files: dict[str, tuple[Question, ...]] = {}
    for file in dict.fromkeys(question.file for question in question_set.questions):
        of_file = [question for question in question_set.questions if question.file == file]
        files[file] = sample(select(of_file, split), limit)
    questions = [question for chosen in files.values() for question in chosen]
    responses = respond(corpus, questions, systems, progress)
    measured: dict[str, Any] = {}
    start = 0
    for file, chosen in files.items():
        part = {name: given[start : start + len(chosen)] for name, given in responses.items()}
        start += len(chosen)
        if chosen:
            measured[_file_name(question_set.name, file)] = _measure(chosen, part, corpus)
    return measured


def respond(corpus: Corpus, questions: Sequence[Question], systems: Sequence[str], progress: Progress) -> Responses:
    """Responses by system name, each in the order of ``questions``.

    "ranking" is what the service finds before it decides what to say: its whole list, for comparison with "kb".
    """
    found: dict[str, Sequence[Response]] = {}
    if baselines := [name for name in BASELINES if name in systems]:
        found |= baseline_responses(corpus, questions, progress, vectors=baselines != ["bm25"])
    if "ranking" in systems:
        found["ranking"] = [response(findings) for findings in rank(corpus, questions, progress)]
    if OURS in systems:
        found[OURS] = ask_all(corpus, questions, progress)
    return {name: found[name] for name in systems}


def _measure(questions: Sequence[Question], responses: Responses, corpus: Corpus) -> dict[str, Any]:
    gold = [locate(question, corpus.texts) for question in questions]
    judged = {
        name: [judge(q, g, r) for q, g, r in zip(questions, gold, given, strict=True)]
        for name, given in responses.items()
    }
    return {
        "articles": len(corpus.snapshot.articles),
        "passages": len(corpus.snapshot.passages),
        "systems": {
            name: summarize(judgements) | {"kinds": by_kind(judgements)} for name, judgements in judged.items()
        },
        "differences": _differences(judged),
    }


def _differences(judged: Mapping[str, Sequence[Judgement]]) -> dict[str, Any]:
    """Ours minus each other system at rank 1 on the answerable questions, with 95 % paired bootstrap bounds."""
    if OURS not in judged:
        return {}
    differences: dict[str, Any] = {}
    for name, theirs in judged.items():
        if name not in BASELINES:
            continue
        pairs = [(o, t) for o, t in zip(judged[OURS], theirs, strict=True) if o.question.answerable]
        differences[name] = {
            "article@1": _interval([(o.article_rank, t.article_rank) for o, t in pairs]),
            "passage@1": _interval([(o.passage_rank, t.passage_rank) for o, t in pairs]),
        }
    return differences


def _interval(ranks: Sequence[tuple[int | None, int | None]]) -> dict[str, float] | None:
    known = [(float(o == 1), float(t == 1)) for o, t in ranks if o is not None and t is not None]
    interval = paired_bootstrap([o for o, _ in known], [t for _, t in known], seed=SEED)
    return None if math.isnan(interval.value) else interval._asdict()


def _file_name(set_name: str, file: str) -> str:
    suffix = file.removeprefix("questions").strip("-")
    return f"{set_name}/{suffix}" if suffix else set_name


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.run", description=__doc__)
    parser.add_argument("--sets", help="comma-separated names; default: all")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--limit", type=int, help="at most so many questions of each file")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--no-file", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    with ProgressBars(console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=of)
            bars.update(tasks[step], completed=done)

        result = evaluate(
            options.sets.split(",") if options.sets else available_sets(),
            split=cast(Split, options.split),
            limit=options.limit,
            systems=options.systems.split(","),
            progress=show,
        )
    print_table(console_table(result))
    if not options.no_file:
        console.print(f"Written: {write_result(result)}")


if __name__ == "__main__":
    main()
