"""The outline for a gap against the articles as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kb.answering import Answerer
from kb.errors import KbError
from kb.gaps.outline import MAX_REPLIES, NearPlace, Need, Suggestion, Wording, one_line, suggest
from kb.index.snapshot import Snapshot
from kb.records.handoff_replies import GapReply
from kb.records.rows import Gap
from kb.types import Hit, Query

if TYPE_CHECKING:
    from kb.generator.generator import Generator

_ASKED = 3  # wordings that are asked again to see what is near now
_NEAR = 3  # articles that an outline may name


def suggest_for(
    gap: Gap, answerer: Answerer, snapshot: Snapshot | None, replies: Sequence[GapReply] = ()
) -> Suggestion:
    """What to write for ``gap``. Without a snapshot, or when it cannot be asked, nothing counts as near.

    ``replies``: what people answered to visitors who asked for a person about it, newest first.
    """
    return outline_for(gap, near_hits(gap, answerer, snapshot), replies)


def draft_for(
    gap: Gap,
    answerer: Answerer,
    snapshot: Snapshot | None,
    generator: Generator,
    replies: Sequence[GapReply] = (),
) -> str:
    """A machine-written first version of the suggested article, marked as such. Raises ``GeneratorError``."""
    from kb.generator.drafting import Material  # only who has an endpoint waits for this import

    hits = near_hits(gap, answerer, snapshot)
    outline = outline_for(gap, hits)
    said = [f"{one_line(reply.question)}\n{reply.text}" for reply in replies[:MAX_REPLIES]]
    passages = (*(f"{' > '.join(hit.passage.heading_path)}\n{hit.passage.plain}" for hit in hits), *said)
    return generator.draft_article(Material(outline.lang, outline.front_matter, outline.questions, passages))


def near_hits(gap: Gap, answerer: Answerer, snapshot: Snapshot | None) -> list[Hit]:
    """The best passage of each article that comes near to the most frequent wordings, best first."""
    best: dict[str, Hit] = {}
    for question in gap.questions[:_ASKED] if snapshot is not None else ():
        assert snapshot is not None
        try:
            hits = answerer.draft(snapshot, Query(question.text, lang=question.lang)).decision.hits
        except KbError:
            return []
        for hit in hits:
            known = best.get(hit.article.id)
            if known is None or hit.score > known.score:
                best[hit.article.id] = hit
    return sorted(best.values(), key=lambda hit: -hit.score)[:_NEAR]


def outline_for(gap: Gap, hits: Sequence[Hit], replies: Sequence[GapReply] = ()) -> Suggestion:
    """What to write for ``gap`` when ``near_hits`` has found ``hits``, and people have answered it by hand."""
    summary = gap.summary
    return suggest(
        Need(
            gap_id=summary.id,
            label=summary.label,
            cause=summary.cause,
            owner=summary.owner,
            wordings=tuple(Wording(question.text, question.lang, question.count) for question in gap.questions),
            replies=tuple(reply.text for reply in replies),
            near=tuple(
                NearPlace(
                    article_id=hit.article.id,
                    path=hit.article.path,
                    lang=hit.article.lang,
                    category=hit.article.category,
                    owner=hit.article.owner,
                    heading_path=hit.passage.heading_path,
                    anchor=hit.passage.anchor,
                )
                for hit in hits
            ),
        )
    )
