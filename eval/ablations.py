"""What each part of the ranking is worth: ``python -m eval.ablations [--sets a,b] [--split dev|test|all]``.

Legs: BM25 alone, vectors alone, both fused, and ranked as the service does; ranked without the wordings (titles and known
phrasings embedded by themselves). Fields: over an index without titles, without headings, without either, in terms, vectors
and wordings. What each feature of the ranker is worth is said by ``python -m eval.rank --ablate``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from rich.console import Console

from eval.corpus import Corpus, Progress, cache_folder, open_corpus
from eval.datasets import Question, Split, available_sets, load_set, locate, sample, select
from eval.provenance import describe_run, write_result
from eval.report import console_table, print_table
from eval.retrieval import Legs, rank, response
from eval.scoring import by_kind, judge, summarize
from eval.systems import no_progress
from indexer.embedding_cache import EmbeddingCache, text_key
from indexer.terms import FieldWeights, article_texts, embedding_text, passage_terms, passage_texts
from kb.answer.fuse import FusionParameters
from kb.index.lexical import count_terms
from kb.index.sequences import write_sequences
from kb.index.snapshot import Snapshot, Wordings
from kb.text.embedding import open_bulk_encoder
from kb.types import FloatArray, Passage

LEGS: tuple[Legs, ...] = ("bm25", "vectors", "fused", "ranked")
FIELDS = ("no titles", "no headings", "neither")
_BATCH = 256


def ablate(
    sets: Sequence[str], *, split: Split, limit: int | None, fields: bool, progress: Progress = no_progress
) -> dict[str, Any]:
    """Numbers of every variant on every set; a result document. ``fields`` embeds each passage three times more."""
    result = describe_run() | {"split": split, "limit": limit, "sets": {}}
    for name in sets:
        question_set = load_set(name)
        if question_set.articles is None:
            continue
        corpus = open_corpus(question_set.articles, name, progress)
        for file in dict.fromkeys(q.file for q in question_set.questions):
            questions = sample(select([q for q in question_set.questions if q.file == file], split), limit)
            label = name if file == "questions" else f"{name}/{file.removeprefix('questions-')}"
            result["sets"][label] = _variants(corpus, questions, fields, progress)
    return result


def _variants(corpus: Corpus, questions: Sequence[Question], fields: bool, progress: Progress) -> dict[str, Any]:
    gold = [locate(question, corpus.texts) for question in questions]
    systems: dict[str, Any] = {}
    unworded = FusionParameters(wording=0.0)
    runs: list[tuple[str, Corpus, Legs, FusionParameters | None]] = [(legs, corpus, legs, None) for legs in LEGS]
    runs.append(("no wordings", corpus, "ranked", unworded))
    if fields:
        runs += [(name, without(corpus, name, progress), "ranked", None) for name in FIELDS]
    for name, variant, legs, fusion in runs:
        ranked = rank(variant, questions, progress, legs=legs, fusion=fusion)
        judged = [judge(q, g, response(r)) for q, g, r in zip(questions, gold, ranked, strict=True)]
        systems[name] = summarize(judged) | {"kinds": by_kind(judged)}
    return {"passages": len(corpus.snapshot.passages), "systems": systems}


def without(corpus: Corpus, variant: str, progress: Progress) -> Corpus:
    """The same corpus searched without its titles, headings or both, in terms, in vectors and in wordings.

    Vectors of the shortened texts are kept below the cache folder.
    """
    drop_title, drop_headings = variant != "no headings", variant != "no titles"
    weights = FieldWeights(
        title=0 if drop_title else FieldWeights().title, heading=0 if drop_headings else FieldWeights().heading
    )
    snapshot = corpus.snapshot
    counts = count_terms(passage_terms(snapshot.articles[p.article_id], p, weights) for p in snapshot.passages)
    vocabulary = {term: column for column, term in enumerate(counts.vocabulary)}
    texts = [embedding_text(_shortened(p, drop_title, drop_headings)) for p in snapshot.passages]
    articles = [replace(a, title="" if drop_title else a.title) for a in snapshot.articles.values()]
    changed = replace(
        snapshot,
        counts=counts,
        vectors=_embed(corpus, texts, progress),
        graph_file=corpus.data / "no-graph",  # neighbours are searched exactly
        wordings=_untitled(snapshot) if drop_title else snapshot.wordings,
        passage_texts=write_sequences(
            (passage_texts(_shortened(p, False, drop_headings)) for p in snapshot.passages), vocabulary
        ),
        article_texts=write_sequences((article_texts(a) for a in articles), vocabulary),
    )
    return replace(corpus, snapshot=changed)


def _untitled(snapshot: Snapshot) -> Wordings:
    """The known phrasings alone: the title is the first wording of its article."""
    wordings = snapshot.wordings
    phrasing = np.diff(wordings.article, prepend=-1) == 0
    return Wordings(wordings.vectors[phrasing], wordings.article[phrasing], wordings.chinese[phrasing])


def _shortened(passage: Passage, drop_title: bool, drop_headings: bool) -> Passage:
    title, headings = passage.heading_path[:1], passage.heading_path[1:]
    return replace(passage, heading_path=(() if drop_title else title) + (() if drop_headings else headings))


def _embed(corpus: Corpus, texts: Sequence[str], progress: Progress) -> FloatArray:
    cache = EmbeddingCache(cache_folder() / "ablations" / f"{corpus.data.name}.f32", corpus.card.dimensions)
    keys = [text_key(text) for text in texts]
    known = dict(cache.get(keys))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        encoder = open_bulk_encoder(corpus.model)
        order = sorted(missing, key=lambda key: -len(missing[key]))
        for start in range(0, len(order), _BATCH):
            progress("embed the shortened passages", start, len(order))
            batch = order[start : start + _BATCH]
            vectors = encoder.encode([missing[key] for key in batch])
            cache.add(batch, vectors)
            known.update(zip(batch, vectors, strict=True))
    return np.stack([known[key] for key in keys])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.ablations", description=__doc__)
    parser.add_argument("--sets", help="comma-separated names; default: all")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--fields", action="store_true", help="also without titles and headings (embeds passages anew)")
    parser.add_argument("--no-file", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    result = ablate(
        options.sets.split(",") if options.sets else available_sets(),
        split=cast(Split, options.split),
        limit=options.limit,
        fields=options.fields,
    )
    print_table(console_table(result))
    if not options.no_file:
        Console(stderr=True).print(f"Written: {write_result(result, 'ablations')}")


if __name__ == "__main__":
    main()
