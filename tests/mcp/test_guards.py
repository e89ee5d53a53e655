"""Who is let in at `/mcp`, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from hearing import Server
from mcp import Client
from mcp.shared.exceptions import MCPError
from running import call, over_http, over_stdio

PUBLIC = ["ask", "search", "fetch"]
HEADERS = {"Accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
BOTH = pytest.mark.parametrize("mode", ["auto", "legacy"])


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


def post(server: Server, json: Any = None, **more: Any) -> httpx.Response:
    """A POST as no client of the protocol would send it."""
    headers = {**HEADERS, **more.pop("headers", {})}
    return httpx.post(f"{server.url}/mcp", json=json, headers=headers, timeout=30, **more)


@BOTH
def test_without_a_key_there_are_the_public_tools(server: Server, mode: str) -> None:
    assert over_http(server.url, names, mode=mode) == PUBLIC


@pytest.mark.parametrize(
    ("key", "tools"),
    [
        ("key", [*PUBLIC, "list_gaps", "get_gap", "verify_gap"]),
        ("reader", ["list_gaps", "get_gap"]),
        ("searcher", ["search", "fetch"]),
    ],
)
def test_a_key_sees_the_tools_that_it_may_call(server: Server, key: str, tools: list[str]) -> None:
    assert over_http(server.url, names, Authorization=f"Bearer {getattr(server, key)}") == tools


@BOTH
@pytest.mark.parametrize("tool", ["list_gaps", "get_gap", "verify_gap"])
def test_an_owners_tool_without_a_key_says_what_it_needs(server: Server, tool: str, mode: str) -> None:
    result = over_http(server.url, call(tool, gap_id="gap_1") if tool != "list_gaps" else call(tool), mode=mode)
    assert result.is_error
    assert "needs a secret key with the scope gaps:" in result.content[0].text
    assert "kb keys create" in result.content[0].text
    assert result.meta["kb/code"] == "forbidden"


def test_a_key_without_the_scope_is_told_which(server: Server) -> None:
    refused = over_http(server.url, call("verify_gap", gap_id="gap_1"), Authorization=f"Bearer {server.reader}")
    assert refused.is_error
    assert "lacks the scope gaps:write" in refused.content[0].text
    asked = over_http(server.url, call("ask", question="refund?"), Authorization=f"Bearer {server.searcher}")
    assert "lacks the scope ask" in asked.content[0].text


def test_articles_for_agents_are_read_with_a_secret_key_only(server: Server) -> None:
    async def talk(client: Client) -> tuple[Any, Any, Any]:
        return (
            await client.call_tool("fetch", {"id": "en/billing/internal"}),
            await client.call_tool("search", {"query": "goodwill refund limit", "audience": ["agent"], "limit": 50}),
            [resource.name for resource in (await client.list_resources()).resources],
        )

    fetched, found, listed = over_http(server.url, talk)
    assert fetched.is_error
    assert fetched.content[0].text == (
        "There is no article with this id. The tool `search` gives the ids that there are."
    )
    assert "en/billing/internal" not in [result["id"] for result in found.structured_content["results"]]
    assert "en/billing/internal" not in listed
    fetched, found, listed = over_http(server.url, talk, Authorization=f"Bearer {server.key}")
    assert not fetched.is_error
    assert "en/billing/internal" in [result["id"] for result in found.structured_content["results"]]
    assert "en/billing/internal" in listed


def test_who_somebody_is_may_be_said_with_a_secret_key_only(server: Server) -> None:
    question = {"question": "When do I get my money back?", "person_ref": "mcp-test-7"}
    refused = over_http(server.url, call("ask", **question))
    assert refused.is_error
    assert "secret key" in refused.content[0].text
    key = f"Bearer {server.key}"
    first = over_http(server.url, call("ask", **question), Authorization=key).structured_content
    again = over_http(server.url, call("ask", **question), Authorization=key).structured_content
    assert first["conversation_id"] == again["conversation_id"]


@BOTH
@pytest.mark.parametrize(
    ("tool", "arguments", "code", "says"),
    [
        ("ask", {}, "invalid_input", "/question: is required"),
        ("ask", {"question": "x" * 1001}, "invalid_input", "at most 1000 characters"),
        ("ask", {"question": 7}, "invalid_input", "/question: "),
        ("ask", {"question": "a\u0007b"}, "invalid_input", "control character"),
        ("ask", {"question": "Refund?", "lang": "fr"}, "invalid_input", "/lang: "),
        ("ask", {"question": "Refund?", "nonsense": True}, "invalid_input", "/nonsense: is not known"),
        ("ask", {"question": "Refund?", "earlier": ["a"] * 7}, "invalid_input", "/earlier: "),
        ("ask", {"question": "Refund?", "option_id": "nope#x"}, "not_found", ""),
        ("search", {"query": "refund", "limit": 0}, "invalid_input", "/limit: "),
        ("fetch", {"id": "en/nope"}, "not_found", "There is no article with this id."),
        ("fetch", {"id": "kb://articles/en/nope#x"}, "not_found", "There is no article with this id."),
        ("fetch", {"id": "../../etc/passwd"}, "not_found", "There is no article with this id."),
        ("list_gaps", {"status": ["lost"]}, "invalid_input", "/status/0: "),
        ("list_gaps", {"cursor": "made up"}, "invalid_input", "cursor"),
        ("get_gap", {"gap_id": "gap_none"}, "not_found", "gap"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_to_the_assistant(
    server: Server, mode: str, tool: str, arguments: dict[str, Any], code: str, says: str
) -> None:
    result = over_http(server.url, call(tool, **arguments), mode=mode, Authorization=f"Bearer {server.key}")
    assert result.is_error
    assert result.meta["kb/code"] == code
    assert says in result.content[0].text
    assert len(result.content) == 1


@BOTH
@pytest.mark.parametrize(
    ("uri", "says"),
    [("kb://articles/en/nope", "There is no article"), ("file:///etc/passwd", "no resource of this server")],
)
def test_a_resource_that_is_not_there_is_an_error_of_the_protocol(
    server: Server, mode: str, uri: str, says: str
) -> None:
    async def talk(client: Client) -> None:
        await client.read_resource(uri)

    with pytest.raises(ExceptionGroup) as raised:
        over_http(server.url, talk, mode=mode)
    error = leaf(raised.value)
    assert (error.code, error.data) == (-32602, {"uri": uri})
    assert says in error.message


def test_a_tool_that_nobody_has_is_an_error_of_the_protocol(server: Server) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        over_http(server.url, call("drop_tables"))
    assert leaf(raised.value).message == "There is no tool 'drop_tables'. There are: ask, search, fetch."


def test_resources_come_in_pages_and_a_made_up_cursor_is_refused(server: Server) -> None:
    async def talk(client: Client) -> None:
        await client.list_resources(cursor="§")

    with pytest.raises(ExceptionGroup) as raised:
        over_http(server.url, talk)
    assert "cursor" in leaf(raised.value).message


def leaf(group: BaseException) -> MCPError:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    assert isinstance(group, MCPError)
    return group


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1.evil.example:8000", "null"])
def test_pages_of_other_origins_are_refused(server: Server, origin: str) -> None:
    for host in ({}, {"Host": "evil.example"}):
        response = post(server, PING, headers={"Origin": origin, **host})
        assert response.status_code == 403
        assert response.json()["code"] == "forbidden"
        assert "public key" in response.json()["detail"]


@pytest.mark.parametrize("origin", [None, "http://localhost:6274", "http://127.0.0.1:3000"])
def test_programs_and_pages_of_this_machine_are_let_in(server: Server, origin: str | None) -> None:
    response = post(server, PING, headers={"Origin": origin} if origin else {})
    assert (response.status_code, response.json()) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})


def test_a_public_key_lets_the_pages_in_that_it_is_bound_to(server: Server) -> None:
    key = {"Authorization": f"Bearer {server.page}"}
    asked = {"name": "ask", "arguments": {"question": "When do I get my money back?"}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
    answered = post(server, message, headers={"Origin": "https://shop.example", **key})
    assert answered.json()["result"]["structuredContent"]["outcome"] == "answered"
    assert answered.headers["access-control-allow-origin"] == "*"
    assert post(server, message, headers={"Origin": "https://evil.example", **key}).status_code == 403
    preflight = httpx.options(
        f"{server.url}/mcp",
        headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"},
    )
    assert "mcp-protocol-version" in preflight.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media_type"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "malformed_json"),
        ({"content": b'{"a":1,"a":2}', "headers": {"Content-Type": "application/json"}}, 400, "malformed_json"),
        ({"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, "malformed_json"),
        ({"content": b" " * 70_000, "headers": {"Content-Type": "application/json"}}, 413, "payload_too_large"),
        ({"json": PING, "headers": {"Authorization": "Bearer kb_sk_wrong"}}, 401, "unauthenticated"),
        ({"json": PING, "headers": {"Accept": "text/html"}}, 406, "not_acceptable"),
    ],
)
def test_what_is_no_message_is_a_problem_like_everywhere(
    server: Server, sent: dict[str, Any], status: int, code: str
) -> None:
    response = post(server, **sent)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["x-request-id"] == response.json()["request_id"]


@pytest.mark.parametrize("body", [[], [PING], {"id": 1}, {"jsonrpc": "1.0", "id": 1, "method": "ping"}, 7, None, "x"])
def test_json_that_is_no_message_is_an_error_of_the_protocol(server: Server, body: Any) -> None:
    response = post(server, content=httpx.Request("POST", server.url, json=body).content if body is not None else b"null",
                    headers={"Content-Type": "application/json"})  # fmt: skip
    assert response.status_code == 400
    assert response.json()["error"]["code"] in (-32600, -32700, -32602)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_are_no_sessions(server: Server, method: str) -> None:
    response = httpx.request(method, f"{server.url}/mcp", headers={"Accept": "text/event-stream"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_a_lone_surrogate_is_survived(server: Server) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"question":"a\\ud800"}}}'
    response = post(server, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (200, 400)
    assert "error" in response.json() or response.json()["result"]["isError"]


def test_internal_articles_over_stdio_only_when_told_so(data: Path) -> None:
    async def talk(client: Client) -> tuple[Any, list[str]]:
        listed = [resource.name for resource in (await client.list_resources()).resources]
        return await client.call_tool("fetch", {"id": "en/billing/internal"}), listed

    fetched, listed = over_stdio(data, talk, "--internal", site_url="https://help.example.com/")
    assert fetched.structured_content["url"] == "https://help.example.com/articles/en/billing/internal.html"
    assert "en/billing/internal" in listed
