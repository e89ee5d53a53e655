"""Result documents as tables: on the console, and as Markdown for the README (``python -m eval.report --markdown``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from eval.provenance import newest_result

_COLUMNS = (
    "article@1",
    "article@4",
    "passage@1",
    "passage@4",
    "mrr@10",
    "answer_found",
    "auroc",
    "ece",
    "coverage@95",
    "false_answers",
)
_FULL_WIDTH = 220
_TITLES = {
    "bm25": "rank-bm25",
    "minilm": "MiniLM",
    "rrf": "both, RRF",
    "kb": "this service",
}


def console_table(result: dict[str, Any]) -> Table:
    """Every set with one line per system, numbers in percent except AUROC, ECE and MRR."""
    table = Table(title=f"{result['split']} split, revision {result['revision'][:8]}")
    table.add_column("set")
    table.add_column("n", justify="right")
    table.add_column("system")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for name, measured in result["sets"].items():
        for number, (system, numbers) in enumerate(measured["systems"].items()):
            first = number == 0
            cells = [_cell(numbers, column) for column in _COLUMNS]
            table.add_row(name if first else "", f"{numbers['n']:.0f}" if first else "", system, *cells)
        table.add_section()
    return table


def print_table(table: Table) -> None:
    """Print to stdout; a file or pipe gets every column in full, whatever the width of a terminal would be."""
    console = Console()
    (console if console.is_terminal else Console(width=_FULL_WIDTH)).print(table)


def markdown_table(result: dict[str, Any]) -> str:
    """Article@1 and passage@1 of every system on every set, best of each row in bold, as a Markdown table."""
    systems = [s for s in _TITLES if any(s in m["systems"] for m in result["sets"].values())]
    lines = [
        "| set | questions | " + " | ".join(f"{_TITLES[s]}" for s in systems) + " |",
        "| --- | ---: |" + " ---: |" * len(systems),
    ]
    for name, measured in result["sets"].items():
        numbers = [measured["systems"].get(system, {}) for system in systems]
        cells = [_pair(n, numbers) for n in numbers]
        lines.append(f"| {name} | {numbers[0].get('n_answerable', 0):.0f} | " + " | ".join(cells) + " |")
    lines += ["", _caption(result)]
    return "\n".join(lines)


_CONFIDENCE = (
    ("answer_found", "right answer's words in the reply"),
    ("auroc_answerable", "AUROC, answerable or not"),
    ("auroc", "AUROC, right or not"),
    ("ece", "ECE"),
    ("answerable_answered@95", "answered at 95 % precision"),
    ("false_answers", "answered though unanswerable"),
)


def confidence_table(result: dict[str, Any]) -> str:
    """How far the confidence of this service can be trusted on every set in the articles' own language, as a Markdown table."""
    lines = [
        "| set | " + " | ".join(title for _, title in _CONFIDENCE) + " |",
        "| --- |" + " ---: |" * len(_CONFIDENCE),
    ]
    for name, measured in result["sets"].items():
        if "/" in name or "kb" not in measured["systems"]:
            continue
        numbers = measured["systems"]["kb"]
        cells = [_share_or_figure(numbers, metric) for metric, _ in _CONFIDENCE]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _share_or_figure(numbers: dict[str, float], metric: str) -> str:
    if metric not in numbers:
        return "-"
    return f"{numbers[metric]:.2f}" if metric.startswith(("auroc", "ece")) else f"{100 * numbers[metric]:.0f} %"


def _caption(result: dict[str, Any]) -> str:
    split = {"all": "all questions", "dev": "development half", "test": "test half"}[result["split"]]
    revision = f"`{result['revision'][:8]}`{' with changes' if result['dirty'] else ''}"
    return (
        f"article@1 / passage@1 in percent over the answerable questions ({split}), revision {revision}; a dash where"
        " the set names only the article. All systems rank the same passages."
    )


def _pair(own: dict[str, float], row: Sequence[dict[str, float]]) -> str:
    return " / ".join(_bold(own, row, metric) for metric in ("article@1", "passage@1"))


def _bold(own: dict[str, float], row: Sequence[dict[str, float]], metric: str) -> str:
    if metric not in own:
        return "-"
    shown = round(100 * own[metric], 1)
    best = max(round(100 * other[metric], 1) for other in row if metric in other)
    return f"**{shown}**" if shown == best else f"{shown}"


def _cell(numbers: dict[str, float], column: str) -> str:
    if column not in numbers:
        return ""
    if column in {"auroc", "ece", "mrr@10"}:
        return f"{numbers[column]:.3f}"
    return f"{100 * numbers[column]:.1f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.report", description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the README's tables instead of the full one")
    options = parser.parse_args(arguments)
    result = newest_result()
    if result is None:
        print("No result file yet: run `python -m eval.run` first.", file=sys.stderr)
        return 1
    if options.markdown:
        print(markdown_table(result), confidence_table(result), sep="\n\n")
    else:
        print_table(console_table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
