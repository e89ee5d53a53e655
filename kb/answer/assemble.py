"""A decision as the one reply object: what is quoted, offered and linked, with an id and nothing measured yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from kb.answer.compose import Place, cite, compose
from kb.answer.decide import Decision
from kb.answer.find import Findings
from kb.answer.links import article_url
from kb.answer.question import Question
from kb.ids import new_id
from kb.index.snapshot import Snapshot
from kb.text.redact import Redaction
from kb.types import Answer, Citation, Handoff, IndexInfo, Outcome, Query, Related, Timings


@dataclass(frozen=True, slots=True)
class Presentation:
    """How answers of an installation look on a day. ``sign``: from an answer's id to its feedback token. For ``contact_url`` and
    ``accepts_handoffs`` see ``Handoff``.
    """

    site_url: str
    handoff_channels: tuple[str, ...]
    today: date
    sign: Callable[[str], str]
    contact_url: str = ""
    accepts_handoffs: bool = False


def assemble(
    snapshot: Snapshot,
    query: Query,
    question: Question,
    masked: Redaction,
    findings: Findings,
    decision: Decision,
    shown: Presentation,
    *,
    rendered: bool = True,
) -> Answer:
    """The answer to ``query``. ``rendered``: with HTML. Its timings are 0 and it names no gap: both come later."""
    text, citations = compose(decision.places, snapshot.articles, shown.site_url, shown.today, rendered=rendered)
    answer_id = new_id("ans")
    stated = decision.places or decision.suggestions
    offered = decision.offer_person or decision.outcome is not Outcome.ANSWERED
    return Answer(
        id=answer_id,
        created_at=datetime.now(UTC),
        conversation_id=query.conversation_id or new_id("cnv"),
        question=masked.text,
        question_lang=question.lang,
        redactions=masked.count,
        outcome=decision.outcome,
        reason=decision.reason,
        lang=findings.lang if stated else question.lang,
        answer=text if citations else None,
        citations=citations,
        confidence=decision.confidence,
        options=decision.options,
        suggestions=_cite_all(decision.suggestions, shown),
        actions=stated[0].article.actions if stated and decision.outcome is not Outcome.NO_ANSWER else (),
        related=tuple(
            Related(hit.article.id, hit.article.title, article_url(hit.article, shown.site_url))
            for hit in decision.related
        ),
        handoff=Handoff(offered, shown.handoff_channels, contact_url=shown.contact_url, accepts=shown.accepts_handoffs),
        feedback_token=shown.sign(answer_id),
        gap_id=None,
        index=IndexInfo(snapshot.revision, snapshot.built_at),
        timings_ms=Timings(0.0, 0.0, 0.0, 0.0),
    )


def _cite_all(places: Sequence[Place], shown: Presentation) -> tuple[Citation, ...]:
    return tuple(cite(place, n, (), shown.site_url, shown.today) for n, place in enumerate(places, start=1))
