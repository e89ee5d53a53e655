"""Asking: one object, the same as a stream of events, and what was answered earlier."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from api.bodies import JsonBody
from api.events import Event, answer_events, encoded, worded_events
from api.idempotency import answered_once, key_parameter, repeatable
from api.leaving import in_thread, in_thread_until_gone
from api.models import AskRequest
from api.openapi import door_responses, json_body, json_response
from api.rendered import rendered
from api.replies import json_reply, site_url, with_absolute_urls
from api.requests import context_of
from api.responses import AnswerDocument, StoredAnswerDocument
from api.security import Caller, Entrance
from api.state import state_of
from api.visitors import person_of, person_ref_of
from kb.documents import answer_document
from kb.errors import NotFoundError
from kb.types import Answer, Filters, Query

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

router = APIRouter(tags=["answers"])
EVENT_STREAM = "text/event-stream"


def _event_schema(names: list[str], content: dict[str, Any]) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": content}
    return {
        "type": "object",
        "properties": {"event": {"type": "string", "enum": names}, "data": data},
        "required": ["event", "data"],
    }


# One event, as the `itemSchema` of OpenAPI 3.2; FastAPI describes event streams so in 3.1 documents too.
EVENT_SCHEMA = {
    "oneOf": [
        _event_schema(["answer.completed"], {"$ref": "#/components/schemas/AnswerDocument"}),
        _event_schema(["error"], {"$ref": "#/components/schemas/ProblemDocument"}),
        _event_schema(["answer.created", "answer.sources", "answer.delta", "answer.citation"], {"type": "object"}),
    ]
}
Asker = Annotated[Caller, Depends(Entrance(("ask",), public=True))]
StreamAsker = Annotated[Caller, Depends(Entrance(("ask",), public=True, produces=(EVENT_STREAM,)))]
Body = Annotated[AskRequest, Depends(JsonBody(AskRequest))]
_KEY = key_parameter(
    "Makes a repeated request harmless: the same key and body give the stored answer and no second record; 409 for another body."
)
_STREAM_EXAMPLE = """\
event: answer.created
data: {"id":"ans_01KB3VA2M7Q2V5H0D6N8R4T9WX","created_at":"2026-11-22T01:20:11Z","conversation_id":"cnv_01KB3V9Q"}

event: answer.delta
data: {"text":"Use a backup code."}

event: answer.completed
data: {"object":"answer"}
"""


@router.post(
    "/v1/ask",
    summary="Ask a question",
    responses={
        200: json_response(
            AnswerDocument,
            "The answer, whatever its outcome.",
            links={"again": {"operationId": "get_answer", "parameters": {"answer_id": "$response.body#/id"}}},
        ),
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(AskRequest), "parameters": [_KEY]},
)
async def ask(request: Request, caller: Asker, body: Body) -> Response:
    """Answer with the place it comes from. That nothing supports an answer is a 200 with `outcome: no_answer`."""
    if state_of(request).opened.service.generator is None:
        return await in_thread(request, lambda: json_reply(_answered(request, caller, body)))
    return await in_thread_until_gone(request, lambda stop: json_reply(_answered(request, caller, body, stop)))


@router.post(
    "/v1/ask/stream",
    summary="Ask a question, answered in server-sent events",
    responses={
        200: {
            "description": "`answer.created`, `answer.sources`, `answer.delta {text}` (all together `answer.text`), "
            "`answer.citation {n, answer_spans}`, then `answer.completed`, the whole object, or `error`, a problem.",
            "content": {EVENT_STREAM: {"itemSchema": EVENT_SCHEMA, "example": _STREAM_EXAMPLE}},
        },
        **door_responses(body=True, extra=(404, 409)),
    },
    openapi_extra={**json_body(AskRequest), "parameters": [_KEY]},
)
async def ask_stream(request: Request, caller: StreamAsker, body: Body) -> Response:
    """The same body as `POST /v1/ask`. What is wrong before the first event is an ordinary problem response."""
    return await in_thread(request, lambda: _streamed(request, caller, body))


def _streamed(request: Request, caller: Caller, body: AskRequest) -> Response:
    # An extractive answer takes milliseconds: composing it first gives real status codes instead of error events.
    if state_of(request).opened.service.generator is None:
        events = _sent(answer_events(_answered(request, caller, body)))
    else:
        query = query_of(request, caller, body)
        known = state_of(request).opened.service.repeats.find(query.request)
        events = _worded(request, query) if known is None else _again(request, known)
    return StreamingResponse(
        events, media_type=EVENT_STREAM, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@router.get(
    "/v1/answers/{answer_id}",
    summary="What was answered",
    responses={200: json_response(StoredAnswerDocument), **door_responses(extra=(404,))},
)
def get_answer(
    request: Request, caller: Annotated[Caller, Depends(Entrance(("ask", "gaps:read"), public=True))], answer_id: str
) -> Response:
    """The answer as it was given, without the token to vote on it."""
    return json_reply(stored_answer(request, caller, answer_id))


def stored_answer(request: Request, caller: Caller, answer_id: str) -> dict[str, Any]:
    """The document of an answer that ``caller`` may read. Raises ``NotFoundError``."""
    opened = state_of(request).opened
    stored = opened.records.get_answer(answer_id)
    if stored is None:
        raise NotFoundError("There is no answer with this id.", "It may have been erased.")
    document = {key: value for key, value in stored.items() if key != "feedback_token"}
    articles = opened.live.current().articles
    for source in (*document["citations"], *document["suggestions"]):
        article = articles.get(source["article_id"])
        if article is not None and not set(article.audience) & set(caller.audiences):
            raise NotFoundError("There is no answer with this id.", "It may have been erased.")
    if caller.kind not in ("secret_key", "user", "local"):  # a link is passed on; who has it is not who asked
        document["conversation_id"] = None
    return with_absolute_urls(document, site_url(request))


def query_of(request: Request, caller: Caller, body: AskRequest) -> Query:
    """The question as the service takes it; the visitor is a key that changes every day."""
    visitor = person_of(request, caller, body.context.visitor or body.context.person_ref)
    return Query(
        question=body.question,
        lang=body.lang,
        conversation_id=body.conversation_id,
        filters=Filters(
            category=tuple(body.filters.category),
            tags=tuple(body.filters.tags),
            audience=caller.allowed(body.filters.audience),
        ),
        max_citations=body.max_citations,
        cross_language=body.cross_language,
        page_url=body.context.page_url,
        channel=body.context.channel,
        visitor=visitor,
        request=repeatable(request, caller, body, visitor),
        option_id=body.option_id,
        person_ref=person_ref_of(caller, body.context.person_ref),
    )


def _again(request: Request, document: dict[str, Any]) -> AsyncIterator[bytes]:
    """The events of an answer that was given to the same request before."""
    context_of(request.scope).headers["Idempotent-Replayed"] = "true"
    return _sent(answer_events(with_absolute_urls(document, site_url(request))))


async def _sent(events: Iterator[Event]) -> AsyncIterator[bytes]:
    for event in events:
        yield encoded(event)


def _answered(request: Request, caller: Caller, body: AskRequest, stop: Stop | None = None) -> dict[str, Any]:
    document = answered(request, query_of(request, caller, body), stop)
    return document if body.render is None else {**document, "rendered": rendered(request, document, body.render)}


def answered(request: Request, query: Query, stop: Stop | None = None) -> dict[str, Any]:
    """The document of the answer to ``query``: a new one, or the one that was given to the same request before."""
    service = state_of(request).opened.service

    def ask() -> dict[str, Any]:
        answer = service.ask(query, stop)
        observe(request, answer)
        return answer_document(answer)

    return with_absolute_urls(answered_once(request, service, query.request, ask), site_url(request))


def observe(request: Request, answer: Answer) -> None:
    """Count an answer that is given now, and name its outcome in the log line of the request."""
    context_of(request.scope).outcome = answer.outcome.value
    state_of(request).metrics.observe_answer(answer)


def _worded(request: Request, query: Query) -> AsyncIterator[bytes]:
    """The events of an answer that a model words. Raises what ``ask`` raises, before the first event."""
    from kb.generator.endpoint import Stop  # only who has an endpoint waits for this import

    stop = Stop()
    parts = state_of(request).opened.service.ask_in_pieces(query, stop)
    draft = next(parts)
    assert isinstance(draft, Answer)
    base = site_url(request)

    def document_of(answer: Answer) -> dict[str, Any]:
        return with_absolute_urls(answer_document(answer), base)

    events = worded_events(
        draft, parts, stop, document_of, partial(observe, request), request_id=context_of(request.scope).id
    )
    return (encoded(event) async for event in events)
