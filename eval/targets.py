"""What was aimed at, beside what was reached: ``python -m eval.targets`` reads the newest result document.

Every figure is over the questions of the document (its test half), with the constants chosen on the other half.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eval.provenance import newest_result

_BASELINES = ("bm25", "minilm", "rrf")
_SPAN_SETS = ("squad2-en", "xquad-en", "xquad-zh", "cmrc2018-zh", "drcd-zhtw")
_HELP_SETS = (
    "arduino-help-en",
    "intune-en",
    "intune-zhcn",
    "intune-zhtw",
    "tidb-docs-zh",
    "covid-faq-en",
    "bitext-faq-en",
)
_CROSS_LANGUAGE = "/xling"


@dataclass(frozen=True, slots=True)
class Target:
    """One figure of one set. ``least``: whether ``reached`` must be at least ``aim``, else at most. All in their own units."""

    figure: str
    set_name: str
    reached: float
    aim: float
    least: bool

    @property
    def met(self) -> bool:
        """With half a question of 1,000 of mercy for rounding."""
        return self.reached >= self.aim - 5e-4 if self.least else self.reached <= self.aim + 5e-4


def targets(sets: Mapping[str, Any]) -> Iterator[Target]:
    """All figures that the measured ``sets`` of a result document can give."""
    yield from _wrong_first(sets, _SPAN_SETS, "passage@1", 0.6)
    yield from _wrong_first(sets, _HELP_SETS, "article@1", 0.7)
    for name, measured in sets.items():
        own = sets.get(name.removesuffix(_CROSS_LANGUAGE))
        if name.endswith(_CROSS_LANGUAGE) and own:
            aim = 0.8 * own["systems"]["kb"]["article@4"]
            yield Target("article@4 across languages", name, measured["systems"]["kb"]["article@4"], aim, True)
    for name in (*_HELP_SETS, "squad2-en"):
        if name in sets:
            numbers = sets[name]["systems"]["kb"]
            aim = 0.80 if name == "squad2-en" else 0.95
            yield Target("AUROC, answerable or not", name, numbers["auroc_answerable"], aim, True)
    for name in (*_HELP_SETS, *_SPAN_SETS):
        if name in sets:
            numbers = sets[name]["systems"]["kb"]
            yield Target("ECE", name, numbers["ece"], 0.06, False)
            if "answerable_answered@95" in numbers:
                reached = numbers["answerable_answered@95"]
                yield Target("answered at 95 % precision", name, reached, 0.60, True)


def _wrong_first(sets: Mapping[str, Any], names: tuple[str, ...], metric: str, factor: float) -> Iterator[Target]:
    for name in names:
        if name in sets:
            systems = sets[name]["systems"]
            best = max(systems[system][metric] for system in _BASELINES if system in systems)
            yield Target(f"1 - {metric}", name, 1 - systems["kb"][metric], factor * (1 - best), False)


def markdown(found: list[Target]) -> str:
    """A Markdown table, one line per figure, with the number of sets that meet it."""
    lines = ["| figure | aim | met on | missed on |", "| --- | --- | ---: | --- |"]
    for figure in dict.fromkeys(target.figure for target in found):
        own = [target for target in found if target.figure == figure]
        sign = "at least" if own[0].least else "at most"
        aims = {f"{target.aim:.2f}" for target in own}
        aim = f"{sign} {aims.pop()}" if len(aims) == 1 else f"{sign} a share of the baseline"
        missed = ", ".join(f"{t.set_name} {t.reached:.3f} ({t.aim:.3f})" for t in own if not t.met)
        lines.append(f"| {figure} | {aim} | {sum(t.met for t in own)} of {len(own)} | {missed or '-'} |")
    return "\n".join(lines)


def main() -> int:
    result = newest_result()
    if result is None:
        print("No result file yet: run `python -m eval.run` first.", file=sys.stderr)
        return 1
    print(markdown(list(targets(result["sets"]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
