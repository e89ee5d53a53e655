"""Documents to bytes, and the small things that several routes put into their replies."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.problems import FieldError, ProblemDetails, ProblemError
from api.state import state_of

_URL_FIELDS = ("url", "highlight_url")
# Where an address of our own begins in HTML and in Markdown.
_OWN_ATTRIBUTE = re.compile(r'<(?:a|img)\b[^<>]*?\b(?:href|src)="(?=/(?!/))')
_OWN_LINK = re.compile(r"\]\((?=/(?!/))")
_URL_LISTS = ("citations", "suggestions", "related", "actions")


def json_reply(document: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Send ``document`` as JSON. What a person's question led to is never kept by caches unless ``headers`` say so."""
    return Response(
        orjson.dumps(document),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def list_document(data: list[dict[str, Any]], next_cursor: str | None = None) -> dict[str, Any]:
    return {"object": "list", "data": data, "has_more": next_cursor is not None, "next_cursor": next_cursor}


def site_url(request: Request) -> str:
    """Public base URL: the setting, else the address that this request came to; without a trailing slash."""
    return state_of(request).settings.site_url.rstrip("/") or str(request.base_url).rstrip("/")


def with_absolute_urls(document: dict[str, Any], base: str) -> dict[str, Any]:
    """Put ``base`` before the addresses of our own pages: a bot has no page that they could be relative to."""
    for name in _URL_LISTS:
        for item in document[name]:
            for key in _URL_FIELDS:
                if item.get(key, "").startswith("/") and not item[key].startswith("//"):
                    item[key] = base + item[key]
    if answer := document["answer"]:
        answer["html"] = _OWN_ATTRIBUTE.sub(lambda match: match.group() + base, answer["html"])
        answer["markdown"] = _OWN_LINK.sub(lambda match: match.group() + base, answer["markdown"])
    person = document["handoff"]
    if (person.get("contact_url") or "").startswith("/"):
        person["contact_url"] = base + person["contact_url"]
    return document


def encode_cursor(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The position in a cursor of ours. Raises ``ProblemError`` (422) for anything else."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:  # no ASCII, no base64, or no UTF-8 in it
        raise bad_cursor() from None


def bad_cursor() -> ProblemError:
    detail = "This is no cursor of ours; send next_cursor of the page before, unchanged."
    return ProblemError(ProblemDetails("invalid_input", detail, (FieldError("/cursor", detail, "query"),)))
