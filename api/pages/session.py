"""Who is reading the pages: a secret key typed in once and remembered by a signed cookie, or nobody.

The cookie holds the key's id, never the key. It is signed, ends after half a day, and dies with the key: every request
looks the key up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from api.limits import bearer_token
from api.pages.rendering import page_language
from api.pages.wording import words
from api.problems import ProblemDetails, ProblemError
from api.security import is_open, is_own_request
from api.state import AppState, state_of
from kb.records.rows import Key

COOKIE = "kb_session"
LIFETIME = 12 * 3600  # seconds
READ_SCOPES = ("gaps:read", "gaps:write")
WRITE_SCOPES = ("gaps:write",)
ASK_SCOPES = ("ask", "search")


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who may see the owner pages. ``open``: only because no key exists yet and the server is local."""

    name: str
    may_write: bool
    open: bool


async def owner_of(request: Request) -> Owner:
    """A dependency: the owner, or ``ProblemError`` 401 (sign in) or 403 (the key lacks the scope)."""
    state = state_of(request)
    if await is_open(state):
        if not is_own_request(request.headers, request.url.scheme):
            raise _forbidden(request, "owner.local_only")
        return Owner("local", True, True)
    key = _require(request, await anyio.to_thread.run_sync(_key_of, request), READ_SCOPES)
    return Owner(key.name or key.id, bool({*WRITE_SCOPES, "admin"} & set(key.scopes)), False)


async def visitor_entrance(request: Request) -> None:
    """A dependency of the visitors' pages: lets everybody in unless the operator asks for a key on public calls too."""
    if state_of(request).settings.require_key:
        _require(request, await anyio.to_thread.run_sync(_key_of, request), ASK_SCOPES + READ_SCOPES)


def require_own_form(request: Request) -> None:
    """A dependency of forms that change something: raise ``ProblemError`` 403 for a form that another site sent.

    Browsers say where a form comes from (Fetch Metadata, else Origin) and pages cannot change it; a client that says
    neither is no browser and carries nobody's cookie by itself.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    # Behind a proxy that ends TLS the scheme differs; the host is what a foreign page cannot share.
    foreign = site != "same-origin" if site else origin is not None and urlsplit(origin).netloc != request.url.netloc
    if foreign:
        raise _forbidden(request, "owner.forbidden_origin")


def sign_in(request: Request, response: Response, plain: str) -> bool:
    """Remember the secret key ``plain`` by a cookie on ``response``; False when it is no valid secret key."""
    state = state_of(request)
    key = state.opened.records.check_key(plain.strip()) if plain.strip().startswith("kb_") else None
    if key is None or key.kind != "secret":
        return False
    response.set_cookie(
        COOKIE,
        str(_serializer(state).dumps(key.id)),
        max_age=LIFETIME,
        secure=request.url.scheme == "https" or state.settings.site_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return True


def sign_out(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _key_of(request: Request) -> Key | None:
    """The key in the ``Authorization`` header or behind the cookie, if it is valid now."""
    state = state_of(request)
    token = bearer_token(request.headers)
    if token:
        return state.opened.records.check_key(token) if token.startswith("kb_sk_") else None
    try:
        key_id = _serializer(state).loads(request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    except BadSignature:
        return None
    return next((k for k in state.opened.records.list_keys() if k.id == key_id and k.revoked_at is None), None)


def _require(request: Request, key: Key | None, scopes: Iterable[str]) -> Key:
    if key is None:
        raise ProblemError(ProblemDetails("unauthenticated", "A secret key is needed."))
    if not {*scopes, "admin"} & set(key.scopes):
        raise _forbidden(request, "owner.lacks_scope")
    return key


def _serializer(state: AppState) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(state.opened.visitor_secret, salt="kb.session.v1")


def _forbidden(request: Request, key: str) -> ProblemError:
    return ProblemError(ProblemDetails("forbidden", words(page_language(request).lang)(key)))
