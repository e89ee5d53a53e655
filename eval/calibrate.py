"""Fit what confidence means: ``python -m eval.calibrate [--sets a,b] [--limit N] [--reuse] [--own] [--write]``.

Logistic regression over ``kb.answer.confidence_features`` for "the first passage is the right one". Families of sets weigh by
the root of their size, and within a set the answerable questions together weigh ``ANSWERABLE_SHARE``: that share is the
prior that a score takes for granted. Fitted on the development halves. Judged on the test halves by leaving out one family
of sets at a time: help centres that were never seen. Those scores also give the curve from which a budget of wrong answers
becomes a threshold.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from eval.calibrate_examples import Example, collect, own_outcomes
from eval.calibrate_fit import ANSWERABLE_SHARE, MODELS, Floats, example_weights, fit, left_out_scores, set_figures
from eval.calibrate_topic import fit_topics, topic_confusion
from eval.corpus import Progress
from eval.datasets import available_sets
from eval.provenance import describe_run
from eval.systems import no_progress
from kb.answer import confidence
from kb.answer.calibration import CurvePoint, thresholds_for
from kb.calibration.fit import Belief, Outcomes, curve_of, fit_correction, measure, reliability

WEIGHTS_FILE = Path(confidence.__file__).with_name("confidence.json")
# Another article may answer these just as well, and the gold does not say so: too many "wrong" answers to set a threshold by.
INCOMPLETE_GOLD = frozenset({"link-text", "description", "old-title"})


def calibrate(
    sets: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    reuse: bool = False,
    own: bool = False,
    write: bool = False,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Fit the models on ``sets`` (None: all that are at hand), judge them on sets left out, and return the whole document.

    ``own``: ask the articles' own questions anew, for the reference of ``kb calibrate``; else the last one stays. ``write``
    replaces what the service uses.
    """
    names = available_sets() if sets is None else tuple(sets)
    examples: list[Example] = []
    for name in names:
        examples += collect(name, "all", limit, progress, reuse=reuse)
    scores = left_out_scores(examples)
    document = fitted(examples) | judged(examples, scores)
    document["own_correction"] = (
        own_reference(names, progress) if own else confidence.shipped().get("own_correction", {})
    )
    document["made_by"] = describe_run()
    if write:
        WEIGHTS_FILE.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return document


def fitted(examples: Sequence[Example]) -> dict[str, Any]:
    """What is fitted on the development halves: the models of the confidence and of the topic."""
    dev = [e for e in examples if e.half == "dev"]
    return {
        "models": {model: fit([e for e in dev if e.model == model]) for model in MODELS},
        "topics": fit_topics(dev),
        "prior_answerable": ANSWERABLE_SHARE,
        "examples": {model: sum(e.model == model for e in dev) for model in MODELS},
    }


def judged(examples: Sequence[Example], scores: Floats) -> dict[str, Any]:
    """What left-out ``scores`` show: figures of every set's test half, and over complete gold the curve (with hidden articles
    and other topics) and the diagram (the sets' own questions).
    """
    test = [i for i, e in enumerate(examples) if e.half == "test"]
    clear = [i for i, e in enumerate(examples) if e.file == "questions" and e.kind not in INCOMPLETE_GOLD]
    curve = curve_of(_outcomes(examples, scores, clear), example_weights([examples[i] for i in clear]).tolist())
    asked = _outcomes(examples, scores, [i for i in clear if examples[i].origin == "set"])
    return {
        "curve": [[round(value, 4) for value in point] for point in curve],
        "reliability": [[round(mean, 4), round(right, 4), count] for mean, right, count in reliability(asked)],
        "figures": {name: _rounded(value) for name, value in measure(asked).items()} if asked.scores else {},
        "left_out": {
            name: {figure: _rounded(value) for figure, value in figures.items()}
            for name, figures in set_figures([examples[i] for i in test], scores[test]).items()
        },
        "at_budget": at_budget([examples[i] for i in test], scores[test], curve),
        "topic_confusion": topic_confusion(examples),
    }


def at_budget(
    examples: Sequence[Example], scores: Floats, curve: Sequence[CurvePoint], budget: float = 0.05
) -> dict[str, dict[str, float | None]]:
    """By set, at the threshold that ``curve`` gives for ``budget``: ``answered`` of the answerable, ``wrong`` of those answered.

    ``wrong_hidden``: share of the questions with a hidden article, or about other things, that were answered all the same.
    """
    threshold = thresholds_for(budget, curve).answer
    found: dict[str, dict[str, float | None]] = {}
    for name in dict.fromkeys(e.set_name for e in examples):
        own = [(e, s) for e, s in zip(examples, scores, strict=True) if e.set_name == name and e.file == "questions"]
        given = [e for e, s in own if s >= threshold and e.origin == "set"]
        answerable = [s for e, s in own if e.answerable]
        absent = [s for e, s in own if e.origin != "set"]
        found[name] = {
            "answered": _share(sum(s >= threshold for s in answerable), len(answerable)),
            "wrong": _share(sum(not e.right for e in given), len(given)),
            "wrong_hidden": _share(sum(s >= threshold for s in absent), len(absent)),
        }
    return found


def own_reference(names: Sequence[str], progress: Progress) -> dict[str, float]:
    """The correction that questions made from the articles suggest over all sets together, each weighing alike by its sample."""
    found = [own_outcomes(name, progress) for name in names]
    scores = tuple(score for outcomes in found for score in outcomes.scores)
    right = tuple(flag for outcomes in found for flag in outcomes.right)
    correction = fit_correction(Outcomes(scores, right), Belief())
    return {"slope": round(correction.slope, 4), "intercept": round(correction.intercept, 4)}


def calibration_table(document: Mapping[str, Any]) -> Table:
    """The numbers on sets that were left out, one line per set."""
    table = Table(title="Confidence on sets that the fit has not seen")
    columns = (
        *("n", "right", "mean_confidence", "auroc", "auroc_answerable", "ece", "brier", "coverage@95", "answered@95"),
    )
    for column in ("set", *columns):
        table.add_column(column, justify="left" if column == "set" else "right")
    for name, numbers in document["left_out"].items():
        table.add_row(name, *(_cell(column, numbers[column]) for column in columns))
    return table


def budget_table(document: Mapping[str, Any]) -> Table:
    """What the threshold for a budget of 5 % gives on each set, one line per set."""
    table = Table(title="Answers given within a budget of 5 % wrong ones")
    for column in ("set", "answered", "wrong", "wrong_hidden"):
        table.add_column(column, justify="left" if column == "set" else "right")
    for name, numbers in document["at_budget"].items():
        table.add_row(name, *(_cell(column, value) for column, value in numbers.items()))
    return table


def _outcomes(examples: Sequence[Example], scores: Floats, chosen: Sequence[int]) -> Outcomes:
    return Outcomes(tuple(float(scores[i]) for i in chosen), tuple(examples[i].right for i in chosen))


def _share(count: int, of: int) -> float | None:
    return round(int(count) / of, 4) if of else None


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _cell(column: str, value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if column == "n" else f"{value:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description=__doc__)
    parser.add_argument("--sets", help="comma-separated names; default: all")
    parser.add_argument("--limit", type=int, help="at most so many questions of each file of a set")
    parser.add_argument("--reuse", action="store_true", help="take the features of the last run with the same limit")
    parser.add_argument("--own", action="store_true", help="make the reference for `kb calibrate` anew")
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS_FILE.name}")
    options = parser.parse_args(arguments)
    sets = options.sets.split(",") if options.sets else None
    document = calibrate(sets, limit=options.limit, reuse=options.reuse, own=options.own, write=options.write)
    console = Console()
    console.print(calibration_table(document), budget_table(document), document["topic_confusion"], document["models"])


if __name__ == "__main__":
    main()
