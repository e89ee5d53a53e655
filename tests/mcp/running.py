"""Servers and assistants as they really are: processes of their own, and the protocol's own client."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

ROOT = Path(__file__).resolve().parents[2]
KB = ["-m", "api.cli"]
PATIENCE = 60.0  # seconds; a busy build machine is slow
T = TypeVar("T")
Talk = Callable[[Client], Awaitable[T]]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    return kept | {"PYTHONPATH": str(ROOT), "KB_LOG_LEVEL": "warning"} | changes


@contextmanager
def serving(data: Path, log: Path, **settings: str) -> Iterator[str]:
    """Base address of `kb serve` over ``data`` in a process of its own; its log goes to ``log``."""
    changes = {f"KB_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, *KB, "serve", "--data", str(data), "--port", "0"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment(**changes))
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().strip()
        assert address, log.read_text()
        yield address.rstrip("/")
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


def over_http(url: str, talk: Talk[T], *, mode: str = "auto", **headers: str) -> T:
    """What ``talk`` returns, with a client connected to ``/mcp`` of the server at ``url``."""

    async def run() -> T:
        async with (
            httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
        ):
            return await talk(client)

    return anyio.run(run)


def over_stdio(data: Path, talk: Talk[T], *options: str, mode: str = "auto", **settings: str) -> T:
    """What ``talk`` returns, with a client that has started `kb mcp` over ``data``."""
    changes = {f"KB_{name.upper()}": value for name, value in settings.items()}
    started = StdioServerParameters(
        command=sys.executable, args=[*KB, "mcp", "--data", str(data), *options], env=environment(**changes)
    )

    async def run() -> T:
        async with Client(started, mode=mode) as client:
            return await talk(client)

    return anyio.run(run)


def call(tool: str, **arguments: Any) -> Talk[Any]:
    """A conversation of one call."""

    async def talk(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    return talk
