"""Fit what confidence means: ``python -m eval.calibrate [--sets a,b] [--split dev|test|all] [--write]``.

Logistic regression over the features of ``kb.answer.confidence`` for "the first passage is the right one". Sets are
weighed alike, and within each the answerable questions together weigh ``ANSWERABLE_SHARE``: that share is the prior
that a score takes for granted. Judged by leaving out one family of sets at a time: help centres that were never seen.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.corpus import Progress, open_corpus
from eval.datasets import Split, available_sets, load_set, locate, sample, select
from eval.provenance import describe_run
from eval.retrieval import rank, response
from eval.scoring import judge
from eval.systems import no_progress
from kb.answer import confidence
from kb.answer.confidence import FEATURES
from kb.calibration.measures import auroc, brier, coverage_at_precision, expected_calibration_error

# Of ten questions that reach a help centre, about seven are assumed to be answered in it.
ANSWERABLE_SHARE = 0.7
# Sets over the same texts must be left out together.
_FAMILY = {"squad2": "wikipedia", "xquad": "wikipedia"}
WEIGHTS_FILE = Path(confidence.__file__).with_name("confidence.json")
_STRENGTH = 10.0  # inverse of the L2 penalty; features are about 0 to 1, so this only tames collinear ones


@dataclass(frozen=True, slots=True)
class Example:
    """One question's features and whether its first passage was right. ``model`` is "hybrid" or "lexical"."""

    set_name: str
    model: str
    features: Mapping[str, float]
    right: bool
    answerable: bool


def calibrate(
    sets: Sequence[str] | None = None,
    *,
    split: Split = "dev",
    limit: int | None = None,
    write: bool = False,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Fit both models on ``sets`` (None: all there are), judge them on sets left out, and return the whole document.

    ``write`` replaces the weights that the service uses.
    """
    examples: list[Example] = []
    for name in available_sets() if sets is None else sets:
        examples += collect(name, split, limit, progress)
    models = {model: fit([e for e in examples if e.model == model]) for model in ("hybrid", "lexical")}
    document = {
        "models": models,
        "prior_answerable": ANSWERABLE_SHARE,
        "examples": {model: sum(e.model == model for e in examples) for model in models},
        "split": split,
        "left_out": leave_one_family_out(examples),
        "made_by": describe_run(),
    }
    if write:
        WEIGHTS_FILE.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return document


def collect(set_name: str, split: Split, limit: int | None, progress: Progress) -> list[Example]:
    """Examples of one set, cross-language questions included; a question that found nothing is no example."""
    question_set = load_set(set_name)
    if question_set.articles is None:
        return []
    corpus = open_corpus(question_set.articles, set_name, progress)
    questions = sample(select(question_set.questions, split), limit)
    examples = []
    for question, found in zip(questions, rank(corpus, questions, progress), strict=True):
        if found.features:
            right = judge(question, locate(question, corpus.texts), response(found)).right
            model = "hybrid" if found.vector_weight > 0.0 else "lexical"
            examples.append(Example(set_name, model, found.features, right, question.answerable))
    return examples


def fit(examples: Sequence[Example]) -> dict[str, Any]:
    """Weights of one model: ``{"bias": float, "weights": {feature: float}}``; no examples or one class gives bias 0."""
    from sklearn.linear_model import LogisticRegression

    right = np.asarray([e.right for e in examples])
    if len(set(right.tolist())) < 2:
        return {"bias": 0.0, "weights": dict.fromkeys(FEATURES, 0.0)}
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit(_matrix(examples), right, sample_weight=example_weights(examples))
    return {
        "bias": round(float(model.intercept_[0]), 5),
        "weights": {name: round(float(w), 5) for name, w in zip(FEATURES, model.coef_[0], strict=True)},
    }


def example_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """One weight per example, mean 1: sets count alike, answerable questions for ``ANSWERABLE_SHARE`` of their set."""
    sizes: dict[tuple[str, bool], int] = {}
    for example in examples:
        key = (example.set_name, example.answerable)
        sizes[key] = sizes.get(key, 0) + 1
    share = {True: ANSWERABLE_SHARE, False: 1 - ANSWERABLE_SHARE}
    weights = np.asarray([share[e.answerable] / sizes[e.set_name, e.answerable] for e in examples])
    return weights / weights.mean() if len(weights) else weights


def predict(model: Mapping[str, Any], examples: Sequence[Example]) -> NDArray[np.float64]:
    """Probabilities by a fitted model, shape ``(len(examples),)``."""
    z = model["bias"] + _matrix(examples) @ np.asarray([model["weights"][name] for name in FEATURES])
    probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return probabilities


def leave_one_family_out(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """For every set: numbers of confidence by models fitted without its whole family of sets."""
    numbers: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(e.set_name for e in examples):
        others = [e for e in examples if family(e.set_name) != family(name)]
        held_out = [e for e in examples if e.set_name == name]
        scores, right = [], []
        for model in ("hybrid", "lexical"):
            own = [e for e in held_out if e.model == model]
            if own:
                scores += predict(fit([e for e in others if e.model == model]), own).tolist()
                right += [e.right for e in own]
        numbers[name] = {
            "n": len(scores),
            "right": sum(right) / len(right),
            "mean_confidence": sum(scores) / len(scores),
            "auroc": auroc(scores, right),
            "ece": expected_calibration_error(scores, right),
            "ece_mass": expected_calibration_error(scores, right, by="mass"),
            "brier": brier(scores, right),
            "coverage@95": coverage_at_precision(scores, right),
        }
    return numbers


def family(set_name: str) -> str:
    """Sets made from the same source texts, in whatever language, share a family.

    >>> family("intune-zhcn"), family("xquad-zh") == family("squad2-en")
    ('intune', True)
    """
    first = set_name.partition("-")[0]
    return _FAMILY.get(first, first)


def calibration_table(document: Mapping[str, Any]) -> Table:
    """The numbers on sets that were left out, one line per set."""
    table = Table(title="Confidence on sets that the fit has not seen")
    columns = ("n", "right", "mean_confidence", "auroc", "ece", "ece_mass", "brier", "coverage@95")
    for column in ("set", *columns):
        table.add_column(column, justify="left" if column == "set" else "right")
    for name, numbers in document["left_out"].items():
        cells = [
            "-" if math.isnan(numbers[c]) else f"{numbers[c]:g}" if c == "n" else f"{numbers[c]:.3f}" for c in columns
        ]
        table.add_row(name, *cells)
    return table


def _matrix(examples: Sequence[Example]) -> NDArray[np.float64]:
    rows = [[e.features.get(name, 0.0) for name in FEATURES] for e in examples]
    return np.asarray(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description=__doc__)
    parser.add_argument("--sets", help="comma-separated names; default: all")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--limit", type=int, help="at most so many questions of each set")
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS_FILE.name}")
    options = parser.parse_args(arguments)
    sets = options.sets.split(",") if options.sets else None
    document = calibrate(sets, split=cast(Split, options.split), limit=options.limit, write=options.write)
    Console().print(calibration_table(document))
    Console().print(document["models"])


if __name__ == "__main__":
    main()
