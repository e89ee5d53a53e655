"""An answer as a stream of events: composed at once, or while a model words it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from api.problems import INTERNAL, ProblemDetails, from_kb_error, problem_document
from api.requests import frames
from kb.errors import KbError
from kb.types import Answer

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop
    from kb.generator.wording import Piece

Event = tuple[str, dict[str, Any]]
_log = structlog.get_logger(__name__)


def answer_events(document: dict[str, Any]) -> Iterator[Event]:
    """The events of one answer, in order; the texts of all ``answer.delta`` together are ``answer.text``."""
    yield from opening_events(document)
    yield from closing_events(document)


def opening_events(document: dict[str, Any]) -> Iterator[Event]:
    """What is known before the first word: the answer's identity, and the places that were found."""
    head = ("id", "created_at", "conversation_id", "question", "lang", "preface", "index")
    yield "answer.created", {key: document[key] for key in head}
    places = [{k: v for k, v in c.items() if k != "answer_spans"} for c in document["citations"]]
    yield "answer.sources", {"citations": places, "suggestions": document["suggestions"]}


def closing_events(document: dict[str, Any], shown: int = 0) -> Iterator[Event]:
    """The text behind its first ``shown`` code points, each citation when all it supports is out, and the whole object."""
    text = document["answer"]["text"] if document["answer"] else ""
    waiting = list(document["citations"])
    ends = {span["end"] for citation in waiting for span in citation["answer_spans"]}
    start = shown
    for end in sorted({shown, len(text), *(end for end in ends if end > shown)}):
        if text[start:end]:
            yield "answer.delta", {"text": text[start:end]}
        start = end
        for citation in [c for c in waiting if all(span["end"] <= end for span in c["answer_spans"])]:
            waiting.remove(citation)
            yield "answer.citation", {"n": citation["n"], "answer_spans": citation["answer_spans"]}
    yield "answer.completed", document


async def worded_events(
    draft: Answer,
    parts: Iterator[Answer | Piece],
    stop: Stop,
    document_of: Callable[[Answer], dict[str, Any]],
    on_given: Callable[[Answer], None],
    request_id: str,
) -> AsyncIterator[Event]:
    """The events of an answer while a model words it: every checked sentence as soon as it is complete.

    ``draft`` and ``parts``: the first item of ``AnswerService.ask_in_pieces`` and the rest. ``on_given`` gets the answer that is
    served. What goes wrong behind the first event is an ``error`` event, a problem, and the last. When the reader goes away,
    ``stop`` ends the call to the model; the question is written down all the same.
    """
    for event in opening_events(document_of(draft)):
        yield event
    shown = 0
    async with aclosing(handed_over(parts, stop)) as items:
        async for item in items:
            if isinstance(item, Exception):
                yield "error", problem_document(problem_of(item), request_id)
            elif isinstance(item, Answer):
                on_given(item)
                for event in closing_events(document_of(item), shown):
                    yield event
            else:
                shown += len(item.text)
                yield "answer.delta", {"text": item.text}


async def handed_over(parts: Iterator[Answer | Piece], stop: Stop) -> AsyncGenerator[Answer | Piece | Exception, None]:
    """``parts`` up to the answer, or to the error that takes its place; none behind either.

    When the reader goes away, ``stop`` ends the call to the model; the question is written down all the same.
    """
    inbox: asyncio.Queue[Answer | Piece | Exception] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    # A thread of its own: a slow model must not take one from the pool that answers everybody else.
    threading.Thread(target=_hand_over, args=(parts, loop, inbox), name="worded-answer", daemon=True).start()
    try:
        while True:
            item = await inbox.get()
            yield item
            if isinstance(item, Answer | Exception):
                return
    finally:
        stop.set()


def encoded(event: Event) -> bytes:
    """One server-sent event. JSON escapes line ends, so it is always one data line."""
    name, data = event
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _hand_over(
    parts: Iterator[Answer | Piece],
    loop: asyncio.AbstractEventLoop,
    inbox: asyncio.Queue[Answer | Piece | Exception],
) -> None:
    """Take ``parts`` to their end, whoever still listens: the last step writes the question down."""

    def put(item: Answer | Piece | Exception) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(inbox.put_nowait, item)

    try:
        for part in parts:
            put(part)
    except Exception as error:  # noqa: BLE001 (the border: behind the first event a failure can only be an event)
        _log.error("answer.failed", error=type(error).__name__, at=frames(error))
        put(error)


def problem_of(error: Exception) -> ProblemDetails:
    """What is told of an error that came too late for a status code."""
    return from_kb_error(error) if isinstance(error, KbError) else INTERNAL
