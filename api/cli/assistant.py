"""`kb mcp`: tools and articles for an assistant on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, existing_data
from api.cli.output import message

if TYPE_CHECKING:
    from kb.types import Audience

_PUBLIC: tuple[Audience, ...] = ("public",)
_ALL: tuple[Audience, ...] = ("public", "bot", "agent")


def mcp(
    data: Data = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="Read articles for bots and agents too, not only public ones.")
    ] = False,
) -> None:
    """Serve an AI assistant on this machine over stdin and stdout (MCP).

    The assistant starts this command itself. The owners' tools need no key here: whoever starts it has the data folder.
    """
    settings = existing_data(data)
    from api.composition import open_service
    from api.mcp.stdio import serve

    with open_service(settings) as opened:
        message(f"Serving {settings.data} over stdin and stdout; ends when stdin does.")
        serve(opened, _ALL if internal else _PUBLIC)
