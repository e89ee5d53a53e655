"""Search as you type: is the article there after a few letters, and how fast: ``python -m eval.bench.typeahead``.

Quality: titles and known phrasings are typed up to k characters, from their beginning and from their first telling word, without
and with one typing error; counted is the share whose article is among the first five. Speed: titles of several sets joined into
one help centre of 10,000 passages or more, asked at every keystroke, in process and over HTTP.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from eval.bench.keystrokes import (
    LENGTHS,
    Aim,
    aims_in_other_words,
    aims_of,
    plain_search,
    some,
    telling_part,
    typed_so_far,
    with_error,
)
from eval.bench.server import free_port, our_command, started
from eval.corpus import Corpus, open_corpus
from eval.datasets import SHIPPED_ARTICLES, Question, available_sets, load_set
from eval.provenance import describe_run, write_result
from eval.replay_bench import join_sets
from eval.systems import no_progress
from kb.answering import Answerer, AnswerOptions
from kb.text.embedding import open_encoder

QUALITY_SETS = ("shipped", "arduino-help-en", "intune-en", "intune-zhcn", "intune-zhtw", "tidb-docs-zh")
SPEED_SETS = ("arduino-help-en", "cmrc2018-zh", "intune-en", "intune-zhcn", "intune-zhtw", "tidb-docs-zh")
_FIRST = 5
Find = Callable[[str], Iterable[str]]


def measure_quality(corpus: Corpus, questions: Sequence[Question], limit: int) -> dict[str, dict[str, float]]:
    """Shares by what was typed and how far: ``{"en titles from the telling word": {"3": 0.8, "3 plain": 0.6, "n": 200}}``."""
    answerer = _answerer(corpus)
    articles = corpus.snapshot.articles

    def ours(typed: str) -> Iterable[str]:
        page = answerer.search(corpus.snapshot, typed, mode="typeahead", limit=_FIRST)
        return (result.article_id for result in page.results)

    def plain(typed: str) -> Iterable[str]:
        return islice(plain_search(articles, typed), _FIRST)

    found: dict[str, dict[str, float]] = {}
    kinds = {
        "titles": aims_of(articles),
        "phrasings": aims_of(articles, phrasings=True),
        "other words": aims_in_other_words(questions),
    }
    for what, everything in kinds.items():
        for lang in ("en", "zh"):
            aims = some([aim for aim in everything if aim.lang == lang], limit)
            if aims:
                found[f"{lang} {what}"] = _shares(aims, ours, plain, telling=False)
                found[f"{lang} {what}, telling words"] = _shares(aims, ours, plain, telling=True)
    return found


def _shares(aims: Sequence[Aim], ours: Find, plain: Find, *, telling: bool) -> dict[str, float]:
    texts = [telling_part(aim.text, aim.lang) if telling else aim.text for aim in aims]
    shares: dict[str, float] = {"n": len(aims)}
    for length in LENGTHS:
        typed = [(aim, typed_so_far(text, length)) for aim, text in zip(aims, texts, strict=True)]
        shares |= _share(str(length), typed, ours, plain)
    wrong = [(aim, with_error(text)) for aim, text in zip(aims, texts, strict=True)]
    return shares | _share("one error", wrong, ours, plain)


def _share(name: str, typed: Sequence[tuple[Aim, str | None]], ours: Find, plain: Find) -> dict[str, float]:
    asked = [(aim, text) for aim, text in typed if text]
    if not asked:
        return {}
    hits = [bool(aim.article_ids & set(ours(text))) for aim, text in asked]
    base = [bool(aim.article_ids & set(plain(text))) for aim, text in asked]
    return {name: round(float(np.mean(hits)), 3), f"{name} plain": round(float(np.mean(base)), 3)}


def measure_speed(corpus: Corpus, titles: int) -> dict[str, float]:
    """Milliseconds of each keystroke in process and over HTTP, and what the first one costs in time and memory."""
    snapshot, answerer = corpus.snapshot, _answerer(corpus)
    snapshot.prepare()
    before, begun = _peak_mb(), time.perf_counter()
    answerer.search(snapshot, "wram 预热 up", mode="typeahead", limit=1)
    first, grown = time.perf_counter() - begun, _peak_mb() - before
    typed = [aim.text[:k] for aim in some(aims_of(snapshot.articles), titles) for k in range(1, len(aim.text) + 1)]
    typed = [text for text in typed if text.strip()]
    inside, worked = [], []
    for text in typed:
        begun, spent = time.perf_counter(), time.thread_time()
        answerer.search(snapshot, text, mode="typeahead", limit=6)
        inside.append(1e3 * (time.perf_counter() - begun))
        worked.append(1e3 * (time.thread_time() - spent))  # what it would take on a machine that does nothing else
    cold, over_http, server_cpu = _over_http(corpus, typed)
    numbers = {
        "keystrokes": float(len(typed)),
        "lines_built_s": first,
        "lines_built_peak_mb": grown,
        "http_first_ms": cold,
        "server_cpu_ms": server_cpu,
    }
    for name, times in (("", inside), ("cpu_", worked), ("http_", over_http)):
        for share in (50, 95, 99):
            numbers[f"{name}p{share}_ms"] = float(np.percentile(times, share))
        numbers[f"{name}max_ms"] = max(times)
        numbers[f"{name}below_30_ms"] = float(np.mean(np.asarray(times) < 30.0))
    return {name: round(value, 3) for name, value in numbers.items()}


def _over_http(corpus: Corpus, typed: Sequence[str]) -> tuple[float, list[float], float]:
    """The very first keystroke after the server says that it is ready, and all others, in milliseconds of a whole exchange; and the
    mean processor time that the server spent on one.
    """
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as scratch:
        data, port = Path(scratch) / "data", free_port()
        shutil.copytree(corpus.data, data, ignore=shutil.ignore_patterns("cache"))
        (data / "models").symlink_to(corpus.model.parent.resolve(), target_is_directory=True)
        with (
            started("kb", our_command(data, port), port, Path(scratch) / "log") as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            first = _exchange(client, typed[0])
            before = psutil.Process(server.process.pid).cpu_times()
            times = [_exchange(client, text) for text in typed[1:]]
            after = psutil.Process(server.process.pid).cpu_times()
    spent = after.user + after.system - before.user - before.system
    return first, times, 1e3 * spent / max(len(times), 1)


def _exchange(client: httpx.Client, typed: str) -> float:
    begun = time.perf_counter()
    client.get("/v1/search", params={"q": typed, "mode": "typeahead", "limit": 6}).raise_for_status()
    return 1e3 * (time.perf_counter() - begun)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _answerer(corpus: Corpus) -> Answerer:
    return Answerer(AnswerOptions(models=corpus.model.parent, open_encoder=open_encoder))


def quality_table(quality: dict[str, dict[str, dict[str, float]]]) -> Table:
    """One row for each set and kind of text, ours and the plain service's share side by side."""
    table = Table(title="article among the first five after k characters (plain: title contains what was typed)")
    lengths = [*map(str, LENGTHS), "one error"]
    for column in ("set", "typed", "n", *lengths):
        table.add_column(column)
    for name, kinds in quality.items():
        for kind, shares in kinds.items():
            cells = [
                f"{shares[length]:.2f} ({shares[f'{length} plain']:.2f})" if length in shares else ""
                for length in lengths
            ]
            table.add_row(name, kind, f"{shares['n']:g}", *cells)
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.typeahead", description=__doc__)
    parser.add_argument("--limit", type=int, default=200, help="texts of a kind and language")
    parser.add_argument("--titles", type=int, default=60, help="titles typed letter by letter for the speed")
    parser.add_argument("--no-file", action="store_true", help="print only")
    parser.add_argument("--no-speed", action="store_true")
    options = parser.parse_args(arguments)
    there = available_sets()
    quality = {}
    for name in (name for name in QUALITY_SETS if name == "shipped" or name in there):
        quality[name] = measure_quality(_open(name), _questions(name), options.limit)
    console = Console()
    console.print(quality_table(quality))
    result: dict[str, Any] = describe_run() | {"first": _FIRST, "quality": quality}
    joined = [name for name in SPEED_SETS if name in there]
    if not options.no_speed and joined:
        corpus = open_corpus(join_sets(joined), "joined", no_progress)
        speed = measure_speed(corpus, options.titles) | {"passages": len(corpus.snapshot.passages)}
        console.print(speed)
        result |= {"speed": speed}
    if not options.no_file:
        console.print(f"Written: {write_result(result, 'typeahead')}")


def _questions(name: str) -> Sequence[Question]:
    return () if name == "shipped" else load_set(name).questions


def _open(name: str) -> Corpus:
    articles = SHIPPED_ARTICLES if name == "shipped" else load_set(name).articles
    assert articles is not None
    return open_corpus(articles, name, no_progress)


if __name__ == "__main__":
    main()
