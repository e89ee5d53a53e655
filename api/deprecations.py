"""What will go away some day, said in time: headers on every response of a call, and marks in the OpenAPI document.

`Deprecation` is RFC 9745, `Sunset` RFC 8594. To let something go: add an entry here, keep it working until its sunset, then remove
both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Deprecated:
    """A call (``POST`` and the route's template), or with ``field`` one field of a ``schema`` in the document alone.

    ``since``: from when on it should not be used any more. ``sunset``: when it goes away, None while that is not known.
    ``instead``: address of the page that says what to use.
    """

    method: str
    path: str
    since: date
    sunset: date | None = None
    instead: str = ""
    schema: str = ""
    field: str = ""

    def headers(self) -> list[tuple[str, str]]:
        """What every response of the call says, errors included."""
        told = [("Deprecation", f"@{int(_midnight(self.since).timestamp())}")]
        if self.sunset is not None:
            told.append(("Sunset", format_datetime(_midnight(self.sunset), usegmt=True)))
        if self.instead:
            told.append(("Link", f'<{self.instead}>; rel="deprecation"; type="text/html"'))
        return told


DEPRECATED: tuple[Deprecated, ...] = ()


class DeprecationMiddleware:
    """Adds the headers to responses of deprecated calls. Not even installed while there is none."""

    def __init__(self, app: ASGIApp, deprecated: Iterable[Deprecated]) -> None:
        self.app = app
        self.told = {(entry.method, entry.path): entry.headers() for entry in deprecated if not entry.field}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                template = str(getattr(scope.get("route"), "path", ""))  # known once the router has chosen
                headers = MutableHeaders(raw=message["headers"])
                for name, value in self.told.get((scope["method"], template), ()):
                    headers.append(name, value)
                message["headers"] = headers.raw
            await send(message)

        await self.app(scope, receive, send_told)


def mark(document: dict[str, Any], deprecated: Iterable[Deprecated]) -> None:
    """Mark deprecated calls and fields in the OpenAPI ``document``. Raises ``KeyError`` for an entry that names nothing there."""
    for entry in deprecated:
        if entry.field:
            document["components"]["schemas"][entry.schema]["properties"][entry.field]["deprecated"] = True
            continue
        operation = document["paths"][entry.path][entry.method.lower()]
        operation["deprecated"] = True
        for response in operation["responses"].values():
            response.setdefault("headers", {}).update(_DOCUMENTED)


_DOCUMENTED: Mapping[str, Any] = {
    "Deprecation": {
        "description": "Since when not to use this call any more (RFC 9745).",
        "schema": {"type": "string"},
    },
    "Sunset": {"description": "When this call goes away (RFC 8594).", "schema": {"type": "string"}},
}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
