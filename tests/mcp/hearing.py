"""What there is to talk to, and one conversation with everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from mcp import Client


@dataclass(frozen=True)
class Server:
    """A server where a key exists, so that nobody is let in for being local. ``key`` may do everything, the others one thing."""

    url: str
    key: str
    reader: str  # gaps:read
    searcher: str  # search
    page: str  # a public key, bound to https://shop.example
    log: Path


@dataclass(frozen=True)
class Heard:
    """What a client heard in one conversation with every tool and resource. ``local``: over stdin and stdout."""

    local: bool
    replies: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.replies[name]


async def everything(client: Client) -> dict[str, Any]:
    found = await client.call_tool("search", {"query": "refund"})
    asked = await client.call_tool("ask", {"question": "When do I get my money back?"})
    unknown = await client.call_tool("ask", {"question": "How do I bake sourdough bread?"})
    gaps = await _gaps(client)
    gap_id = gaps.structured_content["data"][0]["id"]
    return {
        "version": client.protocol_version,
        "tools": (await client.list_tools()).tools,
        "found": found,
        "fetched": await client.call_tool("fetch", {"id": found.structured_content["results"][0]["id"]}),
        "asked": asked,
        "asked_zh": await client.call_tool("ask", {"question": "钱什么时候退回来"}),
        "follow_up": await client.call_tool(
            "ask",
            {
                "question": "and for a gift card?",
                "conversation_id": asked.structured_content["conversation_id"],
                "category": None,
            },
        ),
        "unknown": unknown,
        "gaps": gaps,
        "gap": await client.call_tool("get_gap", {"gap_id": gap_id}),
        "verified": await client.call_tool("verify_gap", {"gap_id": gap_id}),
        "refused": await client.call_tool("ask", {"question": "   "}),
        "resources": await client.list_resources(),
        "templates": await client.list_resource_templates(),
        "article": await client.read_resource("kb://articles/zh/billing/refunds"),
        "escaped": await client.read_resource("kb://articles/zh%2Fbilling%2Frefunds"),
    }


async def _gaps(client: Client) -> Any:
    """The list of gaps once there is one: what was asked is written down in the background."""
    with anyio.fail_after(20):
        while True:
            found = await client.call_tool("list_gaps", {"limit": 100})
            if any("sourdough" in gap["label"] for gap in found.structured_content["data"]):
                return found
            await anyio.sleep(0.05)
