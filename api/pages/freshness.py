"""Whether a browser still has the page that it would get: entity tags (RFC 9110, 8.8.3) of pages made from the index alone."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import Request
from starlette.responses import Response

from api.pages.rendering import PageLanguage
from api.pages.shelf import Shelf
from api.replies import site_url

_PARTS = ("templates", "strings", "static")


def entity_tag(request: Request, shelf: Shelf, language: PageLanguage) -> str:
    """Changes with the index, the day, the address, the language, the settings and the program."""
    settings = shelf.state.settings
    shown = (
        shelf.snapshot.revision,
        shelf.today.isoformat(),
        request.url.path,
        request.url.query,
        language.lang,
        site_url(request),
        settings.site_name,
        settings.handoff_contact,
        settings.edit_url,
        _program(),
    )
    return f'W/"{hashlib.sha256(repr(shown).encode()).hexdigest()[:24]}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """304 for a browser that has this page, else None (weak comparison: RFC 9110, 13.1.2)."""
    sent = (given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(","))
    if not any(given in ("*", tag.removeprefix("W/")) for given in sent):
        return None
    return Response(
        status_code=304, headers={"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
    )


@cache
def _program() -> str:
    """A hash of everything that pages are made from."""
    digest = hashlib.sha256()
    for part in _PARTS:
        for file in sorted(files("api.pages").joinpath(part).iterdir(), key=lambda file: file.name):
            if file.is_file():
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
