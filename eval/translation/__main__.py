"""``python -m eval.translation``: from the parallel training files to ``kb/models/translation``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from eval.datasets import PROJECT, data_root
from eval.encoder.pairs import read_glosses, read_pairs
from eval.translation.alignment import AlignmentParameters, align
from eval.translation.parallel import GLOSSES, PairCosts, read_texts
from eval.translation.table import TableLimits, choose, write_table


def main(
    out: Annotated[Path, typer.Option(help="Folder of the table.")] = PROJECT / "kb" / "models" / "translation",
    limit: Annotated[int, typer.Option(help="Use only so many sentence pairs, for a trial.")] = 0,
    gloss: Annotated[float, typer.Option(help="Weight of a dictionary entry beside a sentence; 0: none.")] = (
        PairCosts().gloss
    ),
    iterations: Annotated[int, typer.Option(help="Rounds of expectation-maximisation.")] = (
        AlignmentParameters().iterations
    ),
    options: Annotated[int, typer.Option(help="Translations kept for a word.")] = TableLimits().options,
) -> None:
    """Learn the translation table from parallel texts and write it to OUT. Takes some minutes on one core and 3 GB."""
    root = data_root()
    if root is None or not (root / "train").is_dir():
        raise typer.BadParameter("The training files are not there. Set KB_EVAL_DATA to the folder that holds train/.")
    pairs = list(read_pairs(root / "train"))[: limit or None]
    glosses = read_glosses(root / "train") if gloss > 0.0 else {}
    texts = read_texts(pairs, glosses, PairCosts(gloss))
    typer.echo(f"{len(texts.weights)} texts, {len(texts.terms)} English terms, {len(texts.words)} Chinese words")
    alignment = align(texts, AlignmentParameters(iterations), typer.echo)
    entries = choose(texts, alignment, TableLimits(options))
    sources = Counter(pair.source for pair in pairs)
    licences = Counter(pair.licence for pair in pairs)
    sources[GLOSSES] += sum(map(len, glosses.values()))
    licences["CC-BY-SA-4.0"] += sources[GLOSSES]
    size = write_table(out, entries, sources=sources, licences=licences, settings={"gloss": gloss, "options": options})
    typer.echo(f"{len(entries)} entries, {size / 1e6:.2f} MB in {out}")


if __name__ == "__main__":
    typer.run(main)
