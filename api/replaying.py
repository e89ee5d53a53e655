"""Trying a draft on what people ask: the one place that joins the overlay of the index with the questions of the records."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from kb.errors import ConflictError, StorageError

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.proof.replay import Replay, Replayed, Shown
    from kb.types import Article, Problem

# One at a time: each holds a second index in memory, and two at once would both take twice as long.
_ONE = threading.Lock()
_WAIT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class DraftReplay:
    """``article_id``: the one that the draft has. ``left_out``: wordings by source that there was no room for.

    ``problems``: what is wrong with the draft without keeping it out of the index.
    """

    revision: str
    article_id: str
    gap_id: str | None
    replay: Replay
    left_out: dict[str, int]
    problems: tuple[Problem, ...]
    seconds: float


def replay_draft(
    opened: OpenService,
    markdown: str,
    *,
    article_id: str | None = None,
    gap_id: str | None = None,
    questions: Sequence[str] = (),
) -> DraftReplay:
    """Ask the gap's questions and those that are answered now, without the draft and with it; changes nothing.

    Raises ``indexer.overlay.DraftError`` for a draft that cannot be indexed, ``InvalidInputError`` for an unusable id,
    ``NotFoundError`` for an unknown gap, ``ConflictError`` while others are tried, and what ``ask`` raises for an unusable index.
    """
    from indexer.overlay import DraftArticle, overlay
    from kb.proof.replay import replay
    from kb.proof.sample import choose_questions

    started = time.perf_counter()
    with suppress(StorageError):  # what was just asked counts too
        opened.records.flush()
    gap = opened.records.proofs.gap(gap_id) if gap_id is not None else None
    live, answerer = opened.live.current(), opened.service.answerer
    if not _ONE.acquire(timeout=_WAIT):
        raise ConflictError("Other drafts are being tried.", "Try again in a moment.")
    try:
        made = overlay(live, [DraftArticle(markdown, article_id or "")], answerer.vectors.encoder(live))
        sample = choose_questions(
            answerer, opened.records, live, made.snapshot, made.article_ids, gap=gap, extra=questions
        )
        done = replay(answerer, live, made.snapshot, made.article_ids, sample.questions)
    finally:
        _ONE.release()
    return DraftReplay(
        revision=live.revision,
        article_id=made.article_ids[0],
        gap_id=gap.id if gap else None,
        replay=done,
        left_out=sample.left_out,
        problems=(*made.problems, *_unseen(made.snapshot.articles[made.article_ids[0]], answerer.options.today())),
        seconds=time.perf_counter() - started,
    )


def _unseen(article: Article, today: date) -> tuple[Problem, ...]:
    """Why nobody who asks today can be answered from ``article``, which is how the questions are asked."""
    from kb.answer.filters import refusal
    from kb.types import Filters, Problem

    rule = refusal(article, Filters(), today)
    hints = {
        "audience": f"Only {' and '.join(article.audience)} may see this (audience), and the questions are asked as the public"
        " asks them: add public to try it.",
        "valid_from": f"This is not shown before {article.valid_from} (valid_from): take the date away to try it.",
        "valid_until": f"This is not shown after {article.valid_until} (valid_until): take the date away to try it.",
    }
    return (Problem(article.path, 0, f"not_shown_{rule}", hints[rule], False),) if rule in hints else ()


def replay_document(done: DraftReplay) -> dict[str, Any]:
    """``done`` in the field names of the public contract."""
    from dataclasses import asdict

    asked, answered = done.replay.needed
    return {
        "object": "replay",
        "revision": done.revision,
        "article_id": done.article_id,
        "gap_id": done.gap_id,
        "verdict": done.replay.verdict,
        "closes": done.replay.closes,
        "asked": asked,
        "answered": answered,
        "counts": {status.value: count for status, count in done.replay.counts.items()},
        "results": [result_document(result) for result in done.replay.results],
        "left_out": dict(done.left_out),
        "problems": [asdict(problem) for problem in done.problems],
        "seconds": round(done.seconds, 3),
    }


def result_document(result: Replayed) -> dict[str, Any]:
    asked = result.asked
    return {
        "question": asked.text,
        "lang": asked.query.lang,
        "count": asked.count,
        "source": asked.source,
        "gap_id": asked.gap_id,
        "status": result.status.value,
        "before": _shown_document(result.before),
        "after": _shown_document(result.after),
        "took_its_place": result.took_its_place,
        "why": None if result.why is None else result.why.value,
    }


def _shown_document(shown: Shown) -> dict[str, Any]:
    return {
        "outcome": shown.outcome.value,
        "score": shown.score,
        "answered": shown.answered,
        "article_id": shown.article_id,
        "title": shown.title,
        "quote": shown.quote,
    }
