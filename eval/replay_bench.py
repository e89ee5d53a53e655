"""Measure how long a replay takes: ``python -m eval.replay_bench [--sets a,b] [--drafts N]``.

The articles of several sets are joined into one help centre, their answerable questions are asked for the record, and then drafts
are tried: articles of the help centre with a section that answers the questions of a gap. Wall time and processor time stand side
by side, because on a busy machine only the second says what the work costs. The overlay is compared with the index that it stands
for, too: how often both answer a question in the same words.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.composition import OpenService, open_service
from eval.corpus import Corpus, cache_folder, open_corpus
from eval.datasets import Question, data_root, load_set
from indexer.build import build
from indexer.overlay import DraftArticle, overlay
from kb.answering import Answerer
from kb.errors import InvalidInputError
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot
from kb.proof.replay import replay
from kb.proof.sample import choose_questions
from kb.records.proofs import WatchedGap
from kb.settings import Settings
from kb.types import Query

SETS = ("arduino-help-en", "cmrc2018-zh", "intune-en", "intune-zhcn", "intune-zhtw", "tidb-docs-zh")
_SEED = 20261122
_PASSAGES = (2, 12)  # of an article that is edited
_CHECKED = 3  # drafts that are also really indexed
_HEADINGS = 12  # of one article that are asked
_NEED = "How do I connect a smart fridge?"
_WORDINGS = (_NEED, "connect smart fridge", "does it work with smart fridges", "智能冰箱怎么连接？", "冰箱能连上吗")
_SECTION = (
    "\n\n## Smart fridges\n\nTo connect a smart fridge, hold its button for ten seconds and choose Add device. "
    "A smart fridge works with version 4 and later.\n"
)


@dataclass(frozen=True, slots=True)
class Timing:
    """One replay: seconds of wall and of processor time, how much was asked, and what it said."""

    wall: float
    processor: float
    overlay: float
    questions: int
    verdict: str


def join_sets(names: Sequence[str]) -> Path:
    """A folder with the articles of the named sets, each below its name; made once."""
    root = data_root()
    if root is None:
        raise InvalidInputError("There are no sets.", "Set KB_EVAL_DATA to the folder that holds them.")
    folder = cache_folder() / "joined" / "+".join(names) / "articles"
    for name in names:
        if not (folder / name).is_dir():
            shutil.copytree(root / name / "articles", folder / name)
    return folder


def log_questions(opened: OpenService, questions: Sequence[Question], drafts: Sequence[DraftArticle]) -> WatchedGap:
    """Ask ``questions`` as visitors do, those of the need that no article meets, and what the articles around ``drafts`` say by
    their headings, so that there is a full sample of what may be lost; return the gap of the need.
    """
    for text in [question.text for question in questions] + [
        text for draft in drafts for text in _around(opened, draft)
    ]:
        opened.service.ask(Query(text.strip()[:1000], channel="eval"))
    gaps = [opened.service.ask(Query(text, channel="eval")).gap_id for text in _WORDINGS]
    opened.records.flush()
    gap_id = next(gap for gap in gaps if gap is not None)
    return opened.records.proofs.gap(gap_id)


def _around(opened: OpenService, draft: DraftArticle) -> list[str]:
    live = opened.live.current()
    title = live.articles[draft.article_id].title
    found = [live.articles[result.article_id] for result in opened.service.search(title[:200], limit=6).results]
    return [f"{article.title} {heading.text}" for article in found for heading in article.headings[:_HEADINGS]]


def choose_drafts(opened: OpenService, count: int) -> list[DraftArticle]:
    """Articles of the help centre with one more section, drawn at random."""
    live = opened.live.current()
    low, high = _PASSAGES
    usual = [article for article in live.articles.values() if low <= len(live.rows_of_article[article.id]) <= high]
    chosen = random.Random(_SEED).sample(usual, min(count, len(usual)))
    return [DraftArticle(article.text + _SECTION, article.id) for article in chosen]


def measure(opened: OpenService, gap: WatchedGap, draft: DraftArticle) -> Timing:
    live, answerer = opened.live.current(), opened.service.answerer
    wall, processor = time.perf_counter(), time.process_time()
    made = overlay(live, [draft], answerer.vectors.encoder(live))
    laid = time.perf_counter() - wall
    sample = choose_questions(answerer, opened.records, live, made.snapshot, made.article_ids, gap=gap)
    done = replay(answerer, live, made.snapshot, made.article_ids, sample.questions)
    spent = time.process_time() - processor
    return Timing(time.perf_counter() - wall, spent, laid, len(sample.questions), done.verdict)


def forget(opened: OpenService) -> None:
    """Let the next replay embed everything again, as after a start of the server."""
    opened.service.answerer.vectors.forget()


def agreement(
    corpus: Corpus, articles: Path, opened: OpenService, drafts: Sequence[DraftArticle], texts: Sequence[str]
) -> float:
    """Share of ``texts`` that the overlay with ``drafts`` answers exactly as a built index of the same articles does."""
    live, answerer = opened.live.current(), opened.service.answerer
    made = overlay(live, drafts, answerer.vectors.encoder(live)).snapshot
    with tempfile.TemporaryDirectory(prefix="kb-replay-") as scratch:
        edited, data = Path(scratch) / "articles", Path(scratch) / "data"
        shutil.copytree(articles, edited)
        for draft in drafts:
            (edited / f"{draft.article_id}.md").write_text(draft.markdown, "utf-8")
        shutil.copytree(corpus.data / "cache", data / "cache")
        shutil.copytree(corpus.data / "index", data / "index")
        build(edited, data, encoder=corpus.card.name, models=corpus.model.parent, light=True)
        built = load_snapshot(data)
        same = sum(_said(answerer, made, text) == _said(answerer, built, text) for text in texts)
    return same / len(texts)


def _said(answerer: Answerer, snapshot: Snapshot, text: str) -> tuple[str, tuple[str, ...]]:
    answer = answerer.draft(snapshot, Query(text.strip()[:1000]), rendered=False).answer
    return answer.outcome.value, tuple(citation.quote for citation in (*answer.citations, *answer.suggestions))


def run(names: Sequence[str], drafts: int, logged: int, progress: Callable[[str, int, int], None]) -> dict[str, object]:
    """Timings of ``drafts`` replays with nothing remembered and again with everything remembered."""
    corpus = open_corpus(join_sets(names), "joined", progress)
    asked = [q for name in names for q in load_set(name).questions if q.answerable and q.file == "questions"]
    chosen = random.Random(_SEED).sample(asked, min(logged, len(asked)))
    with tempfile.TemporaryDirectory(prefix="kb-replay-") as scratch:
        data = Path(scratch)
        (data / "index").symlink_to(corpus.data / "index", target_is_directory=True)
        (data / "models").symlink_to(corpus.model.parent, target_is_directory=True)
        with open_service(Settings(data=data)) as opened:
            opened.service.warm_up()
            tried = choose_drafts(opened, drafts)
            gap = log_questions(opened, chosen, tried)
            cold, warm = [], []
            for draft in tried:
                forget(opened)
                cold.append(measure(opened, gap, draft))
                warm.append(measure(opened, gap, draft))
            agreed = agreement(
                corpus, join_sets(names), opened, tried[:_CHECKED], [question.text for question in chosen]
            )
            live = opened.live.current()
            return {
                "agreement": agreed,
                "articles": len(live.articles),
                "passages": len(live.passages),
                "cold": cold,
                "warm": warm,
            }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.replay_bench", description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS), help="comma-separated names")
    parser.add_argument("--drafts", type=int, default=20)
    parser.add_argument("--logged", type=int, default=1000, help="answerable questions that are asked before")
    options = parser.parse_args(arguments)
    console = Console()
    found = run(options.sets.split(","), options.drafts, options.logged, lambda step, done, of: None)
    console.print(f"{found['articles']} articles, {found['passages']} passages, same answers {found['agreement']:.1%}")
    table = Table("run", "questions", "wall median", "wall worst", "processor median", "overlay median", "verdicts")
    for name in ("cold", "warm"):
        timings: list[Timing] = found[name]  # type: ignore[assignment]
        table.add_row(
            name,
            f"{statistics.median(t.questions for t in timings):.0f}",
            f"{statistics.median(t.wall for t in timings):.2f} s",
            f"{max(t.wall for t in timings):.2f} s",
            f"{statistics.median(t.processor for t in timings):.2f} s",
            f"{statistics.median(t.overlay for t in timings):.2f} s",
            ", ".join(sorted({t.verdict for t in timings})),
        )
    console.print(table)


if __name__ == "__main__":
    main()
