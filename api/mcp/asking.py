"""The tool `ask`: the one answer of every door, as an object and in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.mcp.arguments import AskArguments
from api.mcp.guest import Guest
from api.replies import with_absolute_urls
from api.speech.spoken import as_markdown, spoken
from api.visitors import person_ref_of
from kb.documents import answer_document
from kb.types import Filters, Query

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop


def ask(guest: Guest, arguments: AskArguments, stop: Stop | None = None) -> dict[str, Any]:
    """Answer, or say that nothing supports an answer. Raises what ``AnswerService.ask`` raises, ``ProblemError`` 403."""
    answer = guest.opened.service.ask(_query(guest, arguments), stop)
    guest.observe(answer)
    return _addressed(guest, answer_document(answer))


def words(guest: Guest, document: Mapping[str, Any]) -> str:
    """What to tell the person, as CommonMark."""
    return as_markdown(spoken(document, guest.base))


def handle(document: Mapping[str, Any]) -> str:
    """What the assistant needs to go on, for programs that show it the words only."""
    return json.dumps(
        {
            "answer_id": document["id"],
            "conversation_id": document["conversation_id"],
            "outcome": document["outcome"],
            "confidence": document["confidence"],
            "options": [{"id": option["id"], "label": option["label"]} for option in document["options"]],
        },
        ensure_ascii=False,
    )


def _query(guest: Guest, arguments: AskArguments) -> Query:
    return Query(
        question=arguments.question,
        lang=arguments.lang,
        conversation_id=arguments.conversation_id,
        earlier=None if arguments.earlier is None else tuple(arguments.earlier),
        filters=Filters(
            category=tuple(arguments.category),
            audience=guest.caller.allowed(list(arguments.audience or guest.audiences)),
        ),
        channel=guest.channel,
        visitor=guest.visitor,
        option_id=arguments.option_id,
        person_ref=person_ref_of(guest.caller, arguments.person_ref, "/person_ref"),
    )


def _addressed(guest: Guest, document: dict[str, Any]) -> dict[str, Any]:
    """``document`` with addresses that mean something where there is no page."""
    if guest.base:
        return with_absolute_urls(document, guest.base)
    for name in ("citations", "suggestions", "related"):
        for place in document[name]:
            for field in ("url", "highlight_url"):
                if field in place:
                    place[field] = guest.address(place["article_id"], place[field])
    return document
