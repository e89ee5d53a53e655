"""Fit the ranker: ``python -m eval.rank [--sets a,b] [--limit N] [--ablate] [--write]``.

Candidates and features of every answerable question are collected once and kept below the cache folder; the development half
is fitted, for each regime of ``kb.answer.rank`` by itself, all sets pooled. Judged on the test half, and by leaving out one
family of sets at a time: help centres that were never seen. ``--ablate`` fits again without each feature.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from eval.corpus import Progress
from eval.datasets import available_sets
from eval.provenance import describe_run
from eval.rank_examples import BY_WORDS, Examples, collect, join, take
from eval.rank_fit import FitParameters, bias_of, first_of, fit
from eval.systems import no_progress
from kb.answer.rank import REGIMES, WEIGHTS_FILE, Regime
from kb.answer.rank_features import FEATURES
from kb.types import BoolArray, FloatArray

# Sets over the same texts, or of the same product, must be left out together.
_FAMILIES = ("squad2", "xquad", "intune")
_FAMILY = {"squad2": "wikipedia", "xquad": "wikipedia"}
_PLAIN = np.asarray([float(name == "fused") for name in FEATURES], dtype=np.float32)

# What each regime may read, and how strongly it is pulled towards the mix. Across languages no feature was of use to a family
# of sets that it was not fitted on; with vectors, what both kinds of sets (encyclopaedias, help centres) gain from.
_READ: Mapping[Regime, tuple[str, ...]] = {
    "hybrid": ("fused", "sentence", "sentence_beside", "wording", "wording_lead", "names", "codes"),
    "lexical": tuple(FEATURES),
    "other": ("fused",),
}
_PULL: Mapping[Regime, FitParameters] = {
    "hybrid": FitParameters(strength=0.5),
    "lexical": FitParameters(),
    "other": FitParameters(),
}

Weights = Mapping[Regime, FloatArray]
Shares = dict[str, dict[str, float]]


def family(label: str) -> str:
    """What a set is left out with.

    >>> family("squad2-en/disfluent"), family("xquad-zh"), family("intune-zhtw"), family("shop-questions")
    ('wikipedia', 'wikipedia', 'intune', 'shop-questions')
    """
    name = label.removesuffix(BY_WORDS).partition("/")[0]
    start = next((start for start in _FAMILIES if name.startswith(start)), name)
    return _FAMILY.get(start, start)


def train(
    sets: Sequence[str] | None = None,
    *,
    limit: int | None = None,
    ablate: bool = False,
    write: bool = False,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Fit on the development halves of ``sets`` (None: all there are) and return the whole document.

    ``write`` replaces the weights that the service uses.
    """
    names = available_sets() if sets is None else sets
    examples = join([collect(name, limit, progress, by_words=alone) for alone in (False, True) for name in names])
    dev, test = take(examples, examples.dev), take(examples, ~examples.dev)
    weights = fit_all(dev)
    document: dict[str, Any] = {
        "regimes": {
            regime: {
                "weights": {name: round(float(w), 3) for name, w in zip(FEATURES, weights[regime], strict=True) if w},
                "bias": bias_of(_of(dev, regime), weights[regime]),
                "questions": int((dev.regimes == REGIMES.index(regime)).sum()),
            }
            for regime in REGIMES
        },
        "features": dict(FEATURES),
        "test_half": {"mix": judge(test, dict.fromkeys(REGIMES, _PLAIN)), "ranked": judge(test, weights)},
        "left_out": leave_one_family_out(dev),
        "made_by": describe_run(),
    }
    if ablate:
        document["ablation"] = ablation(dev)
    if write:
        WEIGHTS_FILE.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return document


def fit_all(examples: Examples, features: Sequence[str] = tuple(FEATURES)) -> dict[Regime, FloatArray]:
    """Weights of every regime, for those of ``features`` that it reads."""
    return {
        regime: fit(_of(examples, regime), [name for name in _READ[regime] if name in features], _PULL[regime])
        for regime in REGIMES
    }


def judge(examples: Examples, weights: Weights) -> Shares:
    """By label: ``n``, and the shares of questions whose first candidate is of the right article, and is the right passage."""
    article, passage = np.zeros(len(examples.labels)), np.zeros(len(examples.labels))
    for position, regime in enumerate(REGIMES):
        chosen = examples.regimes == position
        part = take(examples, chosen)
        first = first_of(part, weights[regime])
        article[chosen], passage[chosen] = part.article_right[first], part.passage_right[first]
    labels = np.asarray(examples.labels)
    return {
        label: {
            "n": float((labels == label).sum()),
            "article@1": float(article[labels == label].mean()),
            "passage@1": _mean(passage[(labels == label) & examples.by_passage]),
        }
        for label in sorted(set(examples.labels))
    }


def leave_one_family_out(examples: Examples, features: Sequence[str] = tuple(FEATURES)) -> Shares:
    """What weights fitted on all other families reach on each."""
    families = np.asarray([family(label) for label in examples.labels])
    shares: Shares = {}
    for name in sorted(set(families.tolist())):
        outside: BoolArray = families != name
        shares |= judge(take(examples, ~outside), fit_all(take(examples, outside), features))
    return shares


def ablation(examples: Examples) -> dict[str, dict[str, float]]:
    """``overall`` of the fitted half itself and of families left out, with all features and without each."""
    variants = {"all": tuple(FEATURES), "the mix alone": ("fused",)}
    variants |= {f"without {name}": tuple(f for f in FEATURES if f != name) for name in FEATURES if name != "fused"}
    return {
        name: {
            "fitted": overall(judge(examples, fit_all(examples, features))),
            "left_out": overall(leave_one_family_out(examples, features)),
        }
        for name, features in variants.items()
    }


def overall(shares: Shares) -> float:
    """Mean over the sets of the share that counts there: passages where answers have been marked, else articles."""
    counted = [_counted(label, numbers) for label, numbers in shares.items() if not label.endswith(BY_WORDS)]
    return sum(counted) / len(counted) if counted else 0.0


# Sets where every question has its answer marked in a passage; in the others, a few have.
_MARKED = ("squad2", "xquad", "cmrc", "drcd")


def _counted(label: str, numbers: Mapping[str, float]) -> float:
    return numbers["passage@1" if label.startswith(_MARKED) else "article@1"]


def _of(examples: Examples, regime: Regime) -> Examples:
    return take(examples, examples.regimes == REGIMES.index(regime))


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else 0.0


def ranking_table(document: Mapping[str, Any]) -> Table:
    """article@1 / passage@1 in percent: the mix and the ranker on the test half, and weights that never saw the family."""
    table = Table(title="article@1 / passage@1")
    for column in ("set", "n", "mix", "ranked", "left out (development half)"):
        table.add_column(column, justify="left" if column == "set" else "right")
    mixed, ranked, left = document["test_half"]["mix"], document["test_half"]["ranked"], document["left_out"]
    for label, numbers in ranked.items():
        table.add_row(label, f"{numbers['n']:g}", *(_cell(shares.get(label)) for shares in (mixed, ranked, left)))
    return table


def _cell(numbers: Mapping[str, float] | None) -> str:
    return f"{100 * numbers['article@1']:.1f} / {100 * numbers['passage@1']:.1f}" if numbers else "-"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.rank", description=__doc__)
    parser.add_argument("--sets", help="comma-separated names; default: all")
    parser.add_argument("--limit", type=int, help="at most so many questions of each file of a set")
    parser.add_argument("--ablate", action="store_true", help="also fit without each feature")
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS_FILE.name}")
    options = parser.parse_args(arguments)
    document = train(
        options.sets.split(",") if options.sets else None,
        limit=options.limit,
        ablate=options.ablate,
        write=options.write,
    )
    console = Console()
    console.print(ranking_table(document))
    console.print(document["regimes"])
    if options.ablate:
        console.print(document["ablation"])


if __name__ == "__main__":
    main()
