"""How fast and how big, beside the naive service in the same run: ``python -m eval.bench.run [--set intune-en]``.

Numbers of shared machines wander by a third between runs; the ratio to the naive service of the same run does not.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from eval.bench.naive_server import load_model
from eval.bench.server import Server, free_port, naive_command, our_command, started
from eval.corpus import Corpus, cache_folder, open_corpus
from eval.datasets import SHIPPED_ARTICLES, available_sets, load_set, sample
from eval.provenance import describe_run, write_result
from eval.systems import no_progress
from indexer.build import build
from indexer.terms import embedding_text
from kb.index.storage import load_snapshot
from kb.text.embedding import DEFAULT_MODEL

DEFAULT_SET = "intune-en"
_BLOCK = 25  # questions asked of one server before it is the other's turn
_WARM_UP = 20
_PASSAGES_TO_INDEX = 600


def bench(set_name: str, questions: int = 300) -> dict[str, Any]:
    """Measure the service and the naive one on a set's articles and questions; a result document."""
    articles, texts = _material(set_name, questions)
    corpus = open_corpus(articles, set_name, no_progress)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as scratch:
        folder = Path(scratch)
        serving = _serve_both(corpus, texts, folder)
        indexing = _index_both(corpus, folder)
    return describe_run() | {
        "set": set_name,
        "articles": len(corpus.snapshot.articles),
        "passages": len(corpus.snapshot.passages),
        "questions": len(texts),
        "kb": serving["kb"] | indexing["kb"],
        "naive": serving["naive"] | indexing["naive"],
    }


def _material(set_name: str, limit: int) -> tuple[Path, list[str]]:
    """Articles folder and questions of a set; the shipped articles with their headings when there is no such set."""
    if set_name in available_sets():
        chosen = load_set(set_name)
        assert chosen.articles is not None
        asked = [q for q in chosen.questions if q.file == "questions"]
        return chosen.articles, [question.text for question in sample(asked, limit)]
    corpus = open_corpus(SHIPPED_ARTICLES, "shipped", no_progress)
    headings = [h.text for article in corpus.snapshot.articles.values() for h in article.headings]
    return SHIPPED_ARTICLES, headings[:limit]


def _serve_both(corpus: Corpus, questions: Sequence[str], scratch: Path) -> dict[str, dict[str, float]]:
    """Both servers up at once, one client that asks them in turns, so that both meet the same noise."""
    data = scratch / "data"
    shutil.copytree(corpus.data, data, ignore=shutil.ignore_patterns("cache"))
    (data / "models").symlink_to(corpus.model.parent.resolve(), target_is_directory=True)
    ports = free_port(), free_port()
    with (
        started("kb", our_command(data, ports[0]), ports[0], scratch / "kb.log") as ours,
        started("naive", naive_command(data, ports[1]), ports[1], scratch / "naive.log") as naive,
        httpx.Client(timeout=60) as client,
    ):
        for server in (ours, naive):
            for question in questions[:_WARM_UP]:
                server.ask(client, question, keep=False)
        for start in range(0, len(questions), _BLOCK):
            for server in (ours, naive):
                for question in questions[start : start + _BLOCK]:
                    server.ask(client, question)
        time.sleep(0.2)  # one more look at the memory
        return {server.name: _serving_numbers(server) for server in (ours, naive)}


def _serving_numbers(server: Server) -> dict[str, float]:
    p50, p95, p99 = np.percentile(server.latencies_ms, [50, 95, 99])
    return {
        "p50_ms": round(float(p50), 2),
        "p95_ms": round(float(p95), 2),
        "p99_ms": round(float(p99), 2),
        "cold_start_s": round(server.cold_start_seconds, 2),
        "peak_rss_mb": round(server.peak_bytes / 1e6, 1),
    }


def _index_both(corpus: Corpus, scratch: Path) -> dict[str, dict[str, float]]:
    """Passages a second from Markdown to a published index, against loading the model and embedding them plainly.

    Both include loading the model, ours also reading, tokenizing and writing.
    """
    some = scratch / "articles"
    passages = 0
    for article in sorted(corpus.snapshot.articles.values(), key=lambda article: article.content_hash):
        target = some / article.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(article.text, "utf-8", newline="")
        passages += len(corpus.snapshot.rows_of_article[article.id])
        if passages >= _PASSAGES_TO_INDEX:
            break
    begun = time.perf_counter()
    report = build(some, scratch / "fresh", encoder=DEFAULT_MODEL, models=cache_folder() / "models")
    ours = report.passages / (time.perf_counter() - begun)
    texts = [embedding_text(passage) for passage in load_snapshot(scratch / "fresh").passages]
    begun = time.perf_counter()
    load_model().encode(texts, normalize_embeddings=True, show_progress_bar=False)
    plain = len(texts) / (time.perf_counter() - begun)
    return {
        "kb": {"indexed_passages_per_s": round(ours, 1)},
        "naive": {"indexed_passages_per_s": round(plain, 1)},
    }


def bench_table(result: dict[str, Any]) -> Table:
    """Both servers side by side with the ratio of naive to ours."""
    table = Table(title=f"{result['set']}: {result['passages']} passages, {result['questions']} questions, one client")
    for column in ("", "this service", "naive", "naive / ours"):
        table.add_column(column, justify="left" if not column else "right")
    for name, ours in result["kb"].items():
        naive = result["naive"][name]
        table.add_row(name, f"{ours:g}", f"{naive:g}", f"{naive / ours:.2f}" if ours else "")
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.run", description=__doc__)
    parser.add_argument("--set", default=DEFAULT_SET)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--no-file", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    result = bench(options.set, options.questions)
    Console().print(bench_table(result))
    if not options.no_file:
        Console(stderr=True).print(f"Written: {write_result(result, 'bench')}")


if __name__ == "__main__":
    main()
