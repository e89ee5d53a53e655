"""The table of tools: what each is called, takes, gives, and who may use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from api.mcp import asking, owning, reading
from api.mcp.arguments import AskArguments, FetchArguments, GapArguments, ListGapsArguments, SearchArguments
from api.mcp.guest import Guest
from api.mcp.results import FetchedDocument, SearchResultsDocument
from api.models import StrictBody
from api.owner_responses import GapDocument, GapListDocument
from api.problems import json_pointer, printable
from api.responses import AnswerDocument
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop

Run = Callable[[Guest, Any, "Stop | None"], dict[str, Any]]
_MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. ``scopes``: a key needs one of them. ``public``: works without a key. ``changes``: changes what is stored.

    ``texts``: the reply as text, for programs that do not read objects.
    """

    name: str
    title: str
    description: str
    arguments: type[StrictBody]
    result: type[BaseModel]
    run: Run
    scopes: tuple[str, ...]
    public: bool = False
    changes: bool = False
    texts: Callable[[Guest, Mapping[str, Any]], tuple[str, ...]] = lambda guest, document: (as_json(document),)

    def is_for(self, guest: Guest) -> bool:
        return guest.may(*self.scopes, public=self.public)


def as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "ask",
            "Ask the help centre",
            "Answer a question from the help articles of this organisation, in English or Chinese. The text is what to tell the"
            " person: it is quoted from articles, with [n] behind what source n supports; keep the sources. Look at `outcome`:"
            " `answered`; `clarify` (offer the options, then ask again with `option_id`); `suggested` (no answer was found, only"
            " articles near it: do not state one); `no_answer` (say so, and do not answer from memory); `handoff` (a person should"
            " take over). Pass `conversation_id` with a follow-up.",
            AskArguments,
            AnswerDocument,
            asking.ask,
            ("ask",),
            public=True,
            texts=lambda guest, document: (asking.words(guest, document), asking.handle(document)),
        ),
        Tool(
            "search",
            "Search the help articles",
            "List the help articles that match a query, best first. Use `fetch` with a result's `id` to read one. To answer a"
            " question, use `ask`: it says how sure the answer is.",
            SearchArguments,
            SearchResultsDocument,
            lambda guest, arguments, _: reading.search(guest, arguments),
            ("search", "ask"),
            public=True,
        ),
        Tool(
            "fetch",
            "Read a help article",
            "The whole text of one help article as Markdown, with the address to cite.",
            FetchArguments,
            FetchedDocument,
            lambda guest, arguments, _: reading.fetch(guest, arguments),
            ("search", "ask"),
            public=True,
        ),
        Tool(
            "list_gaps",
            "List unanswered needs",
            "What people asked and the articles do not answer, the needs of most people first. For owners of articles.",
            ListGapsArguments,
            GapListDocument,
            lambda guest, arguments, _: owning.list_gaps(guest, arguments),
            ("gaps:read", "gaps:write"),
        ),
        Tool(
            "get_gap",
            "Look at an unanswered need",
            "One gap with the wordings people used, the articles nearest to it, what was found and its history. For owners.",
            GapArguments,
            GapDocument,
            lambda guest, arguments, _: owning.get_gap(guest, arguments),
            ("gaps:read", "gaps:write"),
        ),
        Tool(
            "verify_gap",
            "Check an unanswered need again",
            "Ask a gap's questions of the published articles now; the answers decide whether it is verified or open. For owners.",
            GapArguments,
            GapDocument,
            lambda guest, arguments, _: owning.verify_gap(guest, arguments),
            ("gaps:write",),
            changes=True,
        ),
    )
}


class _Untitled(GenerateJsonSchema):
    """Schemas without a title for each field: they repeat its name, and the list of tools is read by a model."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def input_schema(name: str) -> dict[str, Any] | None:
    """JSON Schema of a tool's arguments; None for a name that no tool has."""
    tool = TOOLS.get(name)
    return None if tool is None else tool.arguments.model_json_schema(schema_generator=_Untitled)


@cache
def output_schema(name: str) -> dict[str, Any]:
    return TOOLS[name].result.model_json_schema(mode="serialization", schema_generator=_Untitled)


def checked(tool: Tool, given: Mapping[str, Any] | None) -> StrictBody:
    """The arguments of a call. A null stands for what was left out: some programs send every argument.

    Raises ``InvalidInputError`` that names every wrong one.
    """
    try:
        return tool.arguments.model_validate({key: value for key, value in (given or {}).items() if value is not None})
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    wrong = "; ".join(f"{_pointer(item['loc'])}: {_said(item['type'], item['msg'])}" for item in found[:_MOST_ERRORS])
    known = ", ".join(tool.arguments.model_fields)
    raise InvalidInputError(f"{wrong.removesuffix('.')}.", f"The arguments of `{tool.name}` are: {known}.")


def _pointer(location: tuple[int | str, ...]) -> str:
    return printable(json_pointer(location))[:200]


def _said(kind: str, message: str) -> str:
    return {"missing": "is required", "extra_forbidden": "is not known"}.get(kind, message).removesuffix(".")
