"""Who is reading the owner pages: a user, a secret key typed in once, this machine before the first key, or nobody.

For every form of the owner pages that changes something:

- the route has ``dependencies=[Depends(require_own_form)]``,
- the form contains ``<input type="hidden" name="csrf" value="{{ owner.csrf }}">``,
- a script sends the same value as the header ``X-CSRF-Token`` (``/v1`` calls of a signed-in user need it as well).

A user's session lies in the database (``kb.records.users``). The cookie of a key holds the key's id, never the key; it
is signed, ends after half a day, and dies with the key: every request looks the key up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import anyio.to_thread
from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from api.handoff_share import HandoffShare, handoff_share
from api.limits import bearer_token, client_network
from api.pages.rendering import page_language
from api.pages.wording import words
from api.problems import ProblemDetails, ProblemError
from api.security import is_open, is_own_request
from api.sessions import (
    COOKIE,
    CSRF_FIELD,
    CSRF_HEADER,
    csrf_token,
    delete_session_cookie,
    has_csrf_token,
    is_from_own_page,
    set_session_cookie,
    user_of,
)
from api.state import AppState, state_of
from kb.records.rows import Key
from kb.records.users import SESSION_SECONDS, User
from kb.types import Lang

READ_SCOPES = ("gaps:read", "gaps:write")
WRITE_SCOPES = ("gaps:write",)
ASK_SCOPES = ("ask", "search")
_SHARE_FRESH = 60.0  # seconds
_SHARE_WAIT = 0.2


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who may see the owner pages. ``open``: only because no key or user exists yet and the server is local.

    ``name``: what the history of a gap says. ``csrf``: what every form on the page repeats. ``role``: an ``owner``
    sees and changes gaps, an ``admin`` everything. ``answers_for``: owner names of gaps and articles that are this
    person's, empty for a key. ``email`` and ``lang``: those of a user, else None. ``waiting``: requests for a person that nobody
    has taken over. ``handed_over``: how many conversations go to a person; None while that is counted.
    """

    name: str
    may_write: bool
    open: bool
    csrf: str
    role: Literal["owner", "admin"] = "owner"
    answers_for: tuple[str, ...] = ()
    email: str | None = None
    lang: Lang | None = None
    waiting: int = 0
    handed_over: HandoffShare | None = None


async def owner_of(request: Request) -> Owner:
    """A dependency: the owner, or ``ProblemError`` 401 (sign in) or 403 (the key lacks the scope)."""
    if await is_open(state_of(request)):
        if not is_own_request(request.headers, request.url.scheme):
            raise _forbidden(request, "owner.local_only")
        owner = Owner("local", True, True, csrf_token(request), "admin")
        return await anyio.to_thread.run_sync(_with_waiting, request, owner)
    return await anyio.to_thread.run_sync(lambda: _with_waiting(request, _signed_in(request)))


def require_admin(request: Request, owner: Owner) -> None:
    """Raise ``ProblemError`` 403 for an owner who is no administrator."""
    if owner.role != "admin":
        raise _forbidden(request, "owner.admin_only")


async def visitor_entrance(request: Request) -> None:
    """A dependency of the visitors' pages: lets everybody in unless the operator asks for a key on public calls too."""
    if state_of(request).settings.require_key:
        await anyio.to_thread.run_sync(_may_ask, request)


async def require_own_form(request: Request) -> None:
    """A dependency of forms that change something: raise ``ProblemError`` 403 for one that our own page did not make."""
    require_own_page(request)
    if "authorization" in request.headers:
        return  # no browser sends a key by itself
    given = request.headers.get(CSRF_HEADER) or str((await request.form()).get(CSRF_FIELD, ""))
    if not has_csrf_token(request, given):
        raise _forbidden(request, "owner.form_expired")


def require_own_page(request: Request) -> None:
    """Raise ``ProblemError`` 403 for what another site sent. By itself only for signing in: there is no session yet."""
    if not is_from_own_page(request):
        raise _forbidden(request, "owner.forbidden_origin")


def sign_in_by_key(request: Request, response: Response, plain: str) -> bool:
    """Remember the secret key ``plain`` by a cookie on ``response``; False when it is no valid secret key."""
    state = state_of(request)
    key = state.opened.records.check_key(plain.strip()) if plain.strip().startswith("kb_") else None
    if key is None or key.kind != "secret":
        return False
    set_session_cookie(request, response, str(_serializer(state).dumps(key.id)))
    return True


def sign_in_by_password(request: Request, response: Response, name: str, password: str) -> User | None:
    """Begin a session by a cookie on ``response``; None for a wrong name or password. Takes tens of milliseconds.

    Raises ``ProblemError`` 429 when this name was tried too often from this address, or many names were.
    """
    state = state_of(request)
    network = client_network(request.scope)
    wait = state.sign_ins.attempt(name, network)
    if wait:
        detail = f"Too many attempts to sign in. Try again in {wait} s."
        raise ProblemError(ProblemDetails("rate_limited", detail, headers={"Retry-After": str(wait)}))
    begun = state.opened.records.users.sign_in(name, password)
    if begun is None:
        return None
    user, token = begun
    state.sign_ins.forget(name, network)
    state.opened.records.users.sign_out(request.cookies.get(COOKIE, ""))  # one browser has one session
    set_session_cookie(request, response, token)
    return user


def sign_out(request: Request, response: Response) -> None:
    """End the session for good, not only in this browser."""
    state_of(request).opened.records.users.sign_out(request.cookies.get(COOKIE, ""))
    delete_session_cookie(response)


def _signed_in(request: Request) -> Owner:
    csrf = csrf_token(request)
    user = None if bearer_token(request.headers) else user_of(request)
    if user is not None:
        return Owner(user.name, True, False, csrf, user.role, user.answers_for, user.email, user.lang)
    key = _require(request, _key_of(request), READ_SCOPES)
    role: Literal["owner", "admin"] = "admin" if "admin" in key.scopes else "owner"
    return Owner(key.name or key.id, bool({*WRITE_SCOPES, "admin"} & set(key.scopes)), False, csrf, role)


def _with_waiting(request: Request, owner: Owner) -> Owner:
    """``owner`` with what every page of the desk shows; how many conversations go to a person is counted once a minute."""
    state = state_of(request)
    records = state.opened.records
    watched = state.opened.policy.current().share
    found = state.prepared.get(
        ("handoff_share", watched), lambda: handoff_share(records, watched), fresh=_SHARE_FRESH, wait=_SHARE_WAIT
    )
    return replace(owner, waiting=records.handoffs.waiting(), handed_over=found)


def _may_ask(request: Request) -> None:
    if bearer_token(request.headers) or user_of(request) is None:
        _require(request, _key_of(request), ASK_SCOPES + READ_SCOPES)


def _key_of(request: Request) -> Key | None:
    """The key in the ``Authorization`` header or behind the cookie, if it is valid now."""
    state = state_of(request)
    token = bearer_token(request.headers)
    if token:
        return state.opened.records.check_key(token) if token.startswith("kb_sk_") else None
    try:
        key_id = _serializer(state).loads(request.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)
    except BadSignature:
        return None
    return next((k for k in state.opened.records.list_keys() if k.id == key_id and k.revoked_at is None), None)


def _require(request: Request, key: Key | None, scopes: Iterable[str]) -> Key:
    if key is None:
        raise ProblemError(ProblemDetails("unauthenticated", "A user or a secret key is needed."))
    if not {*scopes, "admin"} & set(key.scopes):
        raise _forbidden(request, "owner.lacks_scope")
    return key


def _serializer(state: AppState) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(state.opened.visitor_secret, salt="kb.session.v1")


def _forbidden(request: Request, key: str) -> ProblemError:
    return ProblemError(ProblemDetails("forbidden", words(page_language(request).lang)(key)))
