"""What to write for a gap: an outline from templates, or a first version by the configured model."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.openapi import door_responses, json_response
from api.owner_responses import MachineDraftDocument, SuggestionDocument
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import state_of
from kb.errors import ConflictError, IndexMissingError
from kb.gaps.outline import Suggestion
from kb.index.snapshot import Snapshot
from kb.proof.suggestion import draft_for, suggest_for

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(Entrance(("gaps:read", "gaps:write")))]
Writer = Annotated[Caller, Depends(Entrance(("gaps:write",)))]


@router.get(
    "/v1/gaps/{gap_id}/suggestion",
    summary="What to write for a gap",
    responses={200: json_response(SuggestionDocument), **door_responses(extra=(404,))},
)
def get_suggestion(request: Request, caller: Reader, gap_id: str) -> Response:
    """An outline with the questions to answer, the article and heading to extend, and front matter ready to paste."""
    opened = state_of(request).opened
    gap = opened.records.get_gap(gap_id)
    replies = opened.records.handoff_replies.of_gap(gap.summary.id)
    suggestion = suggest_for(gap, opened.service.answerer, _served(request), replies)
    return json_reply(suggestion_document(gap.summary.id, suggestion))


@router.post(
    "/v1/gaps/{gap_id}/draft",
    summary="Let the model write a first version",
    responses={200: json_response(MachineDraftDocument), **door_responses(extra=(404, 409, 503))},
)
def write_draft(request: Request, caller: Writer, gap_id: str) -> Response:
    """Marked as machine-written and as a draft: no index takes it until a person has taken the mark away. Stores nothing."""
    opened = state_of(request).opened
    gap = opened.records.get_gap(gap_id)
    generator = opened.service.generator
    if generator is None:
        raise ConflictError("No model endpoint is configured.", "Set KB_GENERATOR_URL, or start from the suggestion.")
    replies = opened.records.handoff_replies.of_gap(gap.summary.id)
    markdown = draft_for(gap, opened.service.answerer, _served(request), generator, replies)
    return json_reply(
        {"object": "machine_draft", "gap_id": gap.summary.id, "machine_written": True, "markdown": markdown}
    )


def suggestion_document(gap_id: str, suggestion: Suggestion) -> dict[str, Any]:
    return {
        "object": "suggestion",
        "gap_id": gap_id,
        "action": suggestion.action,
        "lang": suggestion.lang,
        "path": suggestion.path,
        "article_id": suggestion.article_id,
        "heading": suggestion.heading,
        "questions": list(suggestion.questions),
        "front_matter": suggestion.front_matter,
        "markdown": suggestion.markdown,
    }


def _served(request: Request) -> Snapshot | None:
    """An outline needs no index: without one nothing counts as near."""
    try:
        return state_of(request).opened.live.current()
    except IndexMissingError:
        return None
