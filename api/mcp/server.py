"""The tools and resources in the terms of the protocol's own package (`mcp`), for any transport.

Errors of a tool are results with ``isError``, so that the assistant reads what is wrong and what to do next; a resource that is not
there and a tool that nobody has are protocol errors (https://modelcontextprotocol.io/specification).
"""

from __future__ import annotations

import secrets
from importlib.metadata import version
from typing import Any

import mcp_types as types
import structlog
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError

from api.mcp import reading
from api.mcp.guest import ARTICLES, Guest, article_id_of
from api.mcp.tools import TOOLS, Tool, checked, input_schema, output_schema
from api.problems import ProblemError
from api.requests import frames
from kb.errors import InvalidInputError, KbError, NotFoundError

_INSTRUCTIONS = (
    "Answers from the help articles of this organisation, each quoted with its source. Use `ask` with the person's own words for"
    " any question about its products, service or rules, and say what it says, with the sources; when it does not know, do not"
    " answer from memory. `search` and `fetch` are for reading articles."
)
_log = structlog.get_logger(__name__)


def server_for(guest: Guest) -> Server[Any]:
    """A server with what ``guest`` may use. Cheap: over HTTP each request has its own."""

    async def list_tools(_: Any, __: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS.values() if tool.is_for(guest)])

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        return await _called(guest, params)

    async def list_resources(_: Any, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        cursor = params.cursor if params else None
        try:
            page, following = await guest.in_thread(lambda _: reading.resources(guest, cursor))
        except (KbError, ProblemError) as error:
            raise _protocol_error(error) from None
        return types.ListResourcesResult(
            resources=[types.Resource(**resource) for resource in page], next_cursor=following
        )

    async def list_templates(_: Any, __: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[_TEMPLATE])

    async def read_resource(_: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            guest.check("search", "ask", public=True)
            article = await guest.in_thread(lambda _: reading.article_of(guest, article_id_of(uri)))
        except KbError as error:
            raise _protocol_error(error, uri) from None
        text = types.TextResourceContents(uri=uri, mime_type="text/markdown", text=article.text)
        return types.ReadResourceResult(contents=[text])

    return Server(
        "kb",
        version=version("kb-answers"),
        title=guest.opened.settings.site_name,
        instructions=_INSTRUCTIONS,
        website_url=guest.base or None,
        get_tool_input_schema=input_schema,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


_TEMPLATE = types.ResourceTemplate(
    name="article",
    title="Help article",
    uri_template=f"{ARTICLES}{{id}}",
    description="The file of a help article, front matter included: the spans of citations count its characters.",
    mime_type="text/markdown",
)


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=input_schema(tool.name) or {},
        output_schema=output_schema(tool.name),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.changes,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


async def _called(guest: Guest, params: types.CallToolRequestParams) -> types.CallToolResult:
    tool = TOOLS.get(params.name)
    if tool is None:
        known = ", ".join(tool.name for tool in TOOLS.values() if tool.is_for(guest))
        raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:100]!r}. There are: {known}.")
    try:
        guest.check(*tool.scopes, public=tool.public)
        arguments = checked(tool, params.arguments)
        document = await guest.in_thread(lambda stop: tool.run(guest, arguments, stop))
    except KbError as error:
        return _failed(error.code, str(error))
    except ProblemError as error:
        return _failed(error.problem.code, error.problem.detail)
    except Exception as error:  # noqa: BLE001 (the border: an assistant gets a result it can read, the log gets the cause)
        number = f"req_{secrets.token_hex(12)}"
        _log.error("tool.failed", tool=tool.name, request_id=number, error=type(error).__name__, at=frames(error))
        return _failed("internal_error", f"The server failed on this call. Its log has the cause under {number}.")
    return types.CallToolResult(content=_contents(guest, tool, document), structured_content=document)


def _contents(guest: Guest, tool: Tool, document: dict[str, Any]) -> list[types.ContentBlock]:
    """The reply as text; what comes behind the first part is for the assistant, not for the person."""
    first, *more = tool.texts(guest, document)
    told = types.Annotations(audience=["assistant"])
    return [types.TextContent(text=first), *(types.TextContent(text=text, annotations=told) for text in more)]


def _failed(code: str, detail: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=detail)], is_error=True, _meta={"kb/code": code})


def _protocol_error(error: KbError | ProblemError, uri: str | None = None) -> MCPError:
    """A refusal of a call that has no ``isError``: a wrong address or cursor, or no index."""
    wrong = isinstance(error, (InvalidInputError, NotFoundError, ProblemError))
    code = types.INVALID_PARAMS if wrong else types.INTERNAL_ERROR
    detail = error.problem.detail if isinstance(error, ProblemError) else str(error)
    return MCPError(code, detail, {"uri": uri} if uri else None)
