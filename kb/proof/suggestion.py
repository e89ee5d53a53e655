"""The outline for a gap against the articles as they are now."""

from __future__ import annotations

from kb.answering import Answerer
from kb.errors import KbError
from kb.gaps.outline import NearPlace, Need, Suggestion, Wording, suggest
from kb.index.snapshot import Snapshot
from kb.records.rows import Gap
from kb.types import Hit, Query

_ASKED = 3  # wordings that are asked again to see what is near now
_NEAR = 3  # articles that an outline may name


def suggest_for(gap: Gap, answerer: Answerer, snapshot: Snapshot | None) -> Suggestion:
    """What to write for ``gap``. Without a snapshot, or when it cannot be asked, nothing counts as near."""
    summary = gap.summary
    return suggest(
        Need(
            gap_id=summary.id,
            label=summary.label,
            cause=summary.cause,
            owner=summary.owner,
            wordings=tuple(Wording(question.text, question.lang, question.count) for question in gap.questions),
            near=near_places(gap, answerer, snapshot) if snapshot is not None else (),
        )
    )


def near_places(gap: Gap, answerer: Answerer, snapshot: Snapshot) -> tuple[NearPlace, ...]:
    """The best place of each article that comes near to the most frequent wordings, best first."""
    best: dict[str, Hit] = {}
    for question in gap.questions[:_ASKED]:
        query = Query(question.text, lang=question.lang)
        try:
            hits = answerer.draft(snapshot, query).decision.hits
        except KbError:
            return ()
        for hit in hits:
            known = best.get(hit.article.id)
            if known is None or hit.score > known.score:
                best[hit.article.id] = hit
    ordered = sorted(best.values(), key=lambda hit: -hit.score)[:_NEAR]
    return tuple(
        NearPlace(
            article_id=hit.article.id,
            path=hit.article.path,
            lang=hit.article.lang,
            category=hit.article.category,
            owner=hit.article.owner,
            heading_path=hit.passage.heading_path,
            anchor=hit.passage.anchor,
        )
        for hit in ordered
    )
