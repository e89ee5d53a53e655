"""Sessions of the owner pages: the cookie, whose it is, and the token that every form must repeat.

Two locks against forms of other sites, because each has failed elsewhere: what the browser says about where a request
comes from (Fetch Metadata, else Origin), and a token that only our own pages of this session contain.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from api.state import state_of
from kb.records.users import SESSION_SECONDS, User

COOKIE = "kb_session"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"


def user_of(request: Request) -> User | None:
    """The user behind the session cookie, if the session lasts. Reads the database."""
    return state_of(request).opened.records.users.of_session(request.cookies.get(COOKIE, ""))


def set_session_cookie(request: Request, response: Response, value: str) -> None:
    """Let the browser, and no script and no other site, send ``value`` back for half a day."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=SESSION_SECONDS,
        secure=request.url.scheme == "https" or state_of(request).settings.site_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def delete_session_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def csrf_token(request: Request) -> str:
    """What forms of this session repeat: 64 hexadecimal digits that nobody else can work out.

    Without a session (open on loopback) it is the same for every page of this data folder, and still unknown to others.
    """
    session = request.cookies.get(COOKIE, "").encode("utf-8", "replace")
    return hmac.new(state_of(request).opened.visitor_secret, b"kb.csrf.v1\0" + session, hashlib.sha256).hexdigest()


def has_csrf_token(request: Request, given: str) -> bool:
    """Whether ``given``, from the field ``csrf`` or the header ``X-CSRF-Token``, is the token of this session."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(request).encode())


def is_from_own_page(request: Request) -> bool:
    """Whether a request comes from a page of this site, as the browser tells it, or from no browser at all.

    Pages cannot change these headers; a client that sends neither is no browser and carries nobody's cookie by itself.
    """
    site = request.headers.get("sec-fetch-site")
    if site:
        return site == "same-origin"
    origin = request.headers.get("origin")
    # Behind a proxy that ends TLS the scheme differs; the host is what a foreign page cannot share.
    return origin is None or urlsplit(origin).netloc == request.url.netloc
