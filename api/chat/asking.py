"""From what a chat program asks to the answer, whole or while it is worded: the same for every dialect."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.requests import Request

from api.chat.chores import chore_reply
from api.chat.messages import Asked
from api.chat.saying import Said, pieces, said_of
from api.chat.settings import ChatSettings
from api.events import handed_over, problem_of
from api.idempotency import repeatable
from api.leaving import in_thread, in_thread_until_gone
from api.problems import ProblemDetails
from api.replies import site_url, with_absolute_urls
from api.routes.ask import answered, observe
from api.security import Caller
from api.state import state_of
from api.visitors import person_of
from kb.documents import answer_document
from kb.errors import KbError
from kb.types import Answer, Article, Filters, Query

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

EVENT_STREAM = "text/event-stream"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Reply:
    """``document``: the answer as every door gives it, with absolute addresses; None for a front end's own prompt."""

    said: Said
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Begun:
    """Nothing can go wrong any more that has a status code. ``answer_id``: None for a front end's own prompt."""

    answer_id: str | None


Telling = AsyncGenerator[Begun | str | Reply | ProblemDetails, None]


def query_of(request: Request, caller: Caller, body: BaseModel, asked: Asked, settings: ChatSettings) -> Query:
    """The question as the service takes it. Who may not say who somebody is has said nothing: chat programs send it unasked."""
    trusted = caller.kind in ("secret_key", "local")
    person = settings.person_ref if trusted else None
    visitor = person_of(request, caller, person)
    return Query(
        question=asked.question,
        lang=settings.lang,
        conversation_id=settings.conversation_id,
        filters=Filters(
            category=settings.category, tags=settings.tags, audience=caller.allowed(list(settings.audience))
        ),
        page_url=settings.page_url,
        channel=settings.channel,
        visitor=visitor,
        option_id=settings.option_id,
        person_ref=person,
        earlier=asked.earlier,
        request=repeatable(request, caller, body, visitor),
    )


async def reply_to(request: Request, query: Query, asked: Asked, *, list_sources: bool) -> Reply:
    """The whole reply, made in a thread that is freed when the client leaves. Raises what ``AnswerService.ask`` raises."""
    if asked.chore:
        return await in_thread(request, lambda: _chore(request, asked))

    def ask(stop: Stop | None = None) -> Reply:
        document = answered(request, query, stop)
        return Reply(said_of(document, list_sources=list_sources, base=site_url(request)), document)

    if state_of(request).opened.service.generator is None:
        return await in_thread(request, ask)
    return await in_thread_until_gone(request, ask)


async def begun(request: Request, query: Query, asked: Asked, *, list_sources: bool) -> tuple[Begun, Telling]:
    """The reply as it is worded: pieces of ``said.text``, then the reply, or the problem that ended it.

    What is wrong before the first piece is raised here: what ``reply_to`` raises.
    """
    parts = _told(request, query, asked, list_sources=list_sources)
    first = await anext(parts)
    assert isinstance(first, Begun)
    return first, parts


async def _told(request: Request, query: Query, asked: Asked, *, list_sources: bool) -> Telling:
    worded = not asked.chore and state_of(request).opened.service.generator is not None
    if not worded or (query.request is not None and await in_thread(request, lambda: _known(request, query))):
        reply = await reply_to(request, query, asked, list_sources=list_sources)
        yield Begun(None if reply.document is None else reply.document["id"])
        for piece in pieces(reply.said.text):
            yield piece
        yield reply
        return
    async with aclosing(_worded(request, query, list_sources=list_sources)) as parts:
        async for part in parts:
            yield part


async def _worded(request: Request, query: Query, *, list_sources: bool) -> Telling:
    from kb.generator.endpoint import Stop  # only who has an endpoint waits for this import

    stop, base = Stop(), site_url(request)
    parts = state_of(request).opened.service.ask_in_pieces(query, stop)

    def said(answer: Answer) -> Reply:
        document = with_absolute_urls(answer_document(answer), base)
        return Reply(said_of(document, list_sources=list_sources, base=base), document)

    draft = await in_thread(request, lambda: next(parts))
    assert isinstance(draft, Answer)
    yield Begun(draft.id)
    shown = ""
    async with aclosing(handed_over(parts, stop)) as items:
        async for item in items:
            if isinstance(item, Exception):
                yield problem_of(item)
            elif isinstance(item, Answer):
                observe(request, item)
                reply = said(item)
                for piece in pieces(reply.said.text[len(shown) :]):
                    yield piece
                yield reply
            else:
                piece = item.markdown if shown else said(draft).said.preface + item.markdown
                shown += piece
                yield piece


def _known(request: Request, query: Query) -> bool:
    return state_of(request).opened.service.repeats.find(query.request) is not None


def _chore(request: Request, asked: Asked) -> Reply:
    opened = state_of(request).opened

    def look(question: str) -> tuple[Answer, Sequence[Article]] | None:
        try:
            snapshot = opened.live.current()
            answer = opened.service.answerer.draft(snapshot, Query(question[:1000]), rendered=False).answer
        except KbError:  # a title needs no index
            return None
        return answer, [article for article in snapshot.articles.values() if "public" in article.audience]

    text = chore_reply(asked.chore, asked.earlier, look)
    return Reply(Said(text, "", ()), None)
