"""The files of the embeddable widget: what they are, their hashes, and how a page of any origin gets them.

`api/widget/` holds the sources (TypeScript) and `dist/`, what `make widget` builds from them.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kb.errors import NotFoundError

PATH = "/widget/v1"
LOADER = "kb-ask.js"
MODES = ("button", "modal", "panel", "inline", "search")
IN_PLACE = ("inline", "search")  # modes that stand where the element is put
_MEDIA_TYPE = "text/javascript; charset=utf-8"
_YEAR = 365 * 24 * 3600
# Any page may run these files: they hold nothing of a visitor, and cookies are neither sent nor set.
_HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Timing-Allow-Origin": "*",
    "Vary": "Accept-Encoding",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class WidgetFile:
    """One built file, plain and in the two codings that browsers take.

    ``version``: 12 letters and digits, part of the address by which the loader asks for it. ``integrity``: as in the
    attribute of that name (W3C Subresource Integrity).
    """

    name: str
    content: bytes
    gzipped: bytes
    brotli: bytes
    version: str
    integrity: str

    @property
    def etag(self) -> str:
        """Weak, because the compressed forms and the plain one share it."""
        return f'W/"{self.version}"'


@cache
def widget_files() -> Mapping[str, WidgetFile]:
    """Every built file by name, read once."""
    folder = files("api").joinpath("widget", "dist")
    manifest = json.loads(folder.joinpath("manifest.json").read_bytes())
    found = {}
    for name, facts in manifest["files"].items():
        content = folder.joinpath(name).read_bytes()
        packed = gzip.compress(content, compresslevel=9, mtime=0)
        brotli = folder.joinpath(f"{name}.br").read_bytes()
        found[name] = WidgetFile(name, content, packed, brotli, facts["version"], facts["integrity"])
    return found


@router.api_route(PATH + "/{name}", methods=["GET", "HEAD"])
def widget_file(request: Request, name: str, version: Annotated[str, Query(alias="v")] = "") -> Response:
    """A file of the widget.

    The loader has a fixed address and is asked for anew on every page (304 when unchanged): an old one would insist on
    the hashes of files that are gone. All others are named with their version and kept for a year.
    """
    file = widget_files().get(name)
    if file is None:
        raise NotFoundError("There is no such file.", f"The widget is loaded by {PATH}/{LOADER}.")
    age = f"public, max-age={_YEAR}, immutable" if version == file.version else "no-cache"
    headers = {**_HEADERS, "Cache-Control": age, "ETag": file.etag}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    accepted = request.headers.get("accept-encoding", "")
    content = file.content
    if _takes(accepted, "br"):
        content, headers["Content-Encoding"] = file.brotli, "br"
    elif _takes(accepted, "gzip"):
        content, headers["Content-Encoding"] = file.gzipped, "gzip"
    return Response(content, media_type=_MEDIA_TYPE, headers=headers)


def _takes(accept_encoding: str, wanted: str) -> bool:
    """Whether a client named a coding without refusing it (RFC 9110, 12.5.3)."""
    for item in accept_encoding.lower().split(","):
        coding, _, weight = item.replace(" ", "").partition(";q=")
        if coding == wanted:
            return not weight or weight.strip("0.") != ""
    return False


def snippet(
    server: str,
    *,
    key: str | None = None,
    mode: str = "button",
    lang: str | None = None,
    integrity: bool = True,
) -> str:
    """The HTML that puts the widget of ``server`` (address without a slash at its end) into a page.

    ``integrity``: pin the loader, and by it every file, to the bytes of this installation. Modes that stand in the page
    come with the element and a plain form in it, which works without JavaScript.
    """
    loader = widget_files()[LOADER]
    attributes = {"src": f"{server}{PATH}/{LOADER}"}
    if integrity:
        attributes |= {"integrity": loader.integrity, "crossorigin": "anonymous"}
    if key:
        attributes["data-key"] = key
    if lang:
        attributes["data-lang"] = lang
    if mode not in (*IN_PLACE, "button"):
        attributes["data-mode"] = mode
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    tag = f"<script async {written}></script>"
    return f"{tag}\n{_element(server, mode)}" if mode in IN_PLACE else tag


def _element(server: str, mode: str) -> str:
    return (
        f'<kb-ask mode="{mode}">\n'
        f'  <form action="{escape(server)}/ask" method="get">\n'
        '    <input name="q" required maxlength="1000" aria-label="Your question"> <button>Ask</button>\n'
        "  </form>\n"
        "</kb-ask>"
    )
