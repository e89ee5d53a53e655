"""Live a month at an invented help desk and see what the board makes of it: ``python -m eval.month [--questions N]``.

The articles and questions are those of the larger sets. Some articles, all of which answer their questions when they are there,
are left out for the month; other needs have no article at all. Every question goes through the service, its harvest and its
proof, under a clock that runs from 28 days ago until now; an answer is computed once for each distinct question and logged for
each visitor who asks it. Then the missing articles are published, and at the end some are taken away again.
"""

from __future__ import annotations

import argparse
import shutil
import time
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from eval.bench.server import free_port, our_command, started
from eval.corpus import Progress, cache_folder
from eval.datasets import data_root
from eval.month.desk import Desk, open_desk, question_vectors
from eval.month.measure import (
    MANY,
    WRITERS,
    Read,
    board_figures,
    described,
    explained,
    main_gaps,
    proof_figures,
    read_board,
)
from eval.month.play import Diary, Play
from eval.month.traffic import DAYS, traffic
from eval.month.world import Need, World, load_world, rank
from eval.provenance import describe_run, write_result
from indexer.build import build
from kb.text.embedding import DEFAULT_MODEL
from kb.types import FloatArray, Outcome, Query

_ABSENT = {"shop": 4, "covid": 6, "arduino": 8, "intune": 6, "tidb": 6}  # articles left out, by source
_GOOD = 0.7  # of an article's questions must be answered from it, for its absence to be what is missing
_SPEAK_SECONDS = 10.0
_TAKEN_AWAY = 5  # articles that are removed again at the end


def live_a_month(questions: int, seed: int, scratch: Path, progress: Progress) -> dict[str, Any]:
    """The whole measure. ``scratch``: an empty folder for the month. Raises ``NotFoundError`` without the larger sets."""
    world = load_world(data_root())
    articles, full = scratch / "articles", cache_folder() / "indexes" / "month"
    world.write(articles)
    _borrow_vectors(full / "cache")
    _index(articles, full)
    known = question_vectors([*world.chatter, *(text for need in world.needs for text in need.wordings)], progress)
    end = datetime.now(UTC).replace(microsecond=0)
    absent = choose_absent(world, full, known, progress)
    hidden = sorted({article for need in absent for article in need.articles})
    world.write(articles, hidden)
    data = scratch / "data"
    data.mkdir()
    shutil.copytree(full / "cache", data / "cache")  # the vectors; no index: what is missing must not have been there
    _index(articles, data)
    unmet = [*absent, *(need for need in world.needs if not need.articles)]
    met = [need for need in world.needs if need not in unmet]
    with open_desk(data, end - timedelta(days=DAYS), known) as desk:
        desk.settle()
        askings = traffic(met, unmet, world.chatter, questions, end, seed)
        begun = time.perf_counter()
        diary = Play(desk, world.needs, seed).run(askings, progress)
        result: dict[str, Any] = {"questions": sum(diary.outcomes.values()), "seconds": time.perf_counter() - begun}
        missing = frozenset(need.id for need in unmet)
        writers, whole = read_board(desk, diary, WRITERS), read_board(desk, diary)
        result |= {
            "votes": diary.votes,
            "outcomes": dict(diary.outcomes),
            "signals": sum(read.gap.summary.signals for read in whole),
            "shown_rightly": {
                "met": _rate(diary, met),
                "unmet": _rate(diary, unmet),
            },
            "writers": board_figures(writers, unmet, diary, missing),
            "whole": board_figures(whole, unmet, diary, missing),
            "first": described(writers, diary, missing),
            "causes": _causes(whole, missing),
            "causes_of_many": _causes([read for read in whole if read.people >= MANY], missing),
            "page_ms": page_times(data, scratch),
        }
        result |= publish_and_break(desk, world, articles, absent, diary, whole)
    return result


def _borrow_vectors(cache: Path) -> None:
    """Begin with the vectors that the indexes of the single sets have; a file is a list of records, so files can be joined."""
    if not cache.exists():
        cache.mkdir(parents=True)
        for file in sorted(cache.parent.parent.glob("*/cache/*.f32")):
            with (cache / file.name).open("ab") as stream:
                stream.write(file.read_bytes())


def choose_absent(world: World, data: Path, known: Mapping[str, FloatArray], progress: Progress) -> list[Need]:
    """Needs whose articles answer them when they are there; what is not found with its article says nothing of its absence."""
    chosen: list[Need] = []
    with open_desk(data, datetime.now(UTC), known) as desk:
        snapshot = desk.live.current()
        for source, limit in _ABSENT.items():
            mine = sorted((need for need in world.needs if need.id.startswith(f"{source}:")), key=lambda n: rank(n.id))
            good: list[Need] = []
            for need in mine:
                if need.articles and len(good) < limit:
                    drafts = [desk.service.answerer.draft(snapshot, Query(text)) for text in need.wordings]
                    right = sum(
                        draft.answer.outcome is Outcome.ANSWERED
                        and draft.answer.lang == draft.question.lang
                        and any(citation.article_id in need.articles for citation in draft.answer.citations)
                        for draft in drafts
                    )
                    good += [need] if right >= _GOOD * len(drafts) else []
                progress("choose what is missing", len(chosen) + len(good), sum(_ABSENT.values()))
            chosen += good
    shutil.rmtree(data / "journal", ignore_errors=True)
    (data / "records.db").unlink(missing_ok=True)
    return chosen


def publish_and_break(
    desk: Desk, world: World, articles: Path, absent: Sequence[Need], diary: Diary, whole: Sequence[Read]
) -> dict[str, Any]:
    """Write what was missing, see what is verified; take some away again, see what is reopened."""
    before = main_gaps(whole)
    world.write(articles)
    begun = time.perf_counter()
    _publish(desk, articles)
    took = time.perf_counter() - begun
    proof = proof_figures(desk, before, absent, diary)
    gone = sorted((need for need in absent if need.id in before), key=lambda need: -len(diary.people[need.id]))[
        :_TAKEN_AWAY
    ]
    world.write(articles, [article for need in gone for article in need.articles])
    _publish(desk, articles)
    states = {need.id: desk.records.get_gap(before[need.id].gap.summary.id).summary.status.value for need in gone}
    return {"published": proof | {"seconds": took}, "taken_away": states, "explained": explained(desk, diary)}


def _publish(desk: Desk, articles: Path) -> None:
    desk.clock.now += timedelta(hours=1)
    _index(articles, desk.data)
    desk.live.refresh()
    desk.keeper.published(desk.live.current())
    desk.clock.now += timedelta(minutes=1)
    desk.settle()


def _index(articles: Path, data: Path) -> None:
    build(articles, data, encoder=DEFAULT_MODEL, models=cache_folder() / "models")


def _rate(diary: Diary, needs: Sequence[Need]) -> float:
    ids = [need.id for need in needs]
    return sum(diary.right[i] for i in ids) / max(1, sum(diary.asked[i] for i in ids))


def _causes(reads: Sequence[Read], missing: frozenset[str]) -> dict[str, dict[str, int]]:
    """Gaps by their cause: of needs that no article meets, of needs whose article was not found, of mixtures and chatter."""
    counts: dict[str, dict[str, int]] = {}
    for read in reads:
        kind = "mixed" if read.need is None else "missing" if read.need in missing else "not found"
        causes = counts.setdefault(kind, {})
        causes[read.gap.summary.cause.value] = causes.get(read.gap.summary.cause.value, 0) + 1
    return counts


def page_times(data: Path, scratch: Path) -> dict[str, float]:
    """Milliseconds that the served board takes, from the request to the last byte: the first time and the best of the next five."""
    copy = scratch / "served"
    shutil.copytree(data, copy)
    (copy / "models").symlink_to(cache_folder() / "models", target_is_directory=True)
    port = free_port()
    with started("board", our_command(copy, port), port, scratch / "server.log") as server:
        times = []
        for _ in range(6):
            begun = time.perf_counter()
            with urllib.request.urlopen(f"{server.url}/owner", timeout=60) as response:
                response.read()
            times.append(1000 * (time.perf_counter() - begun))
    shutil.rmtree(copy)
    return {"first": times[0], "next": min(times[1:])}


def _spoken() -> Progress:
    """A line on stderr every few seconds."""
    console, last = Console(stderr=True), [time.monotonic()]

    def say(step: str, done: int, of: int) -> None:
        if time.monotonic() - last[0] > _SPEAK_SECONDS:
            last[0] = time.monotonic()
            console.print(f"{step}: {done} of {of}", highlight=False)

    return say


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.month", description=__doc__)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-file", action="store_true", help="print only")
    parser.add_argument("--scratch", type=Path, default=cache_folder() / "month", help="a folder that is emptied")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.scratch, ignore_errors=True)
    options.scratch.mkdir(parents=True)
    result = describe_run() | live_a_month(options.questions, options.seed, options.scratch, _spoken())
    console = Console()
    console.print_json(data=result)
    if not options.no_file:
        Console(stderr=True).print(f"Written: {write_result(result, 'month')}")


if __name__ == "__main__":
    main()
