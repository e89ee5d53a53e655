"""Who is calling and what they may do.

Public calls (asking, searching, reading, voting) need no key unless the operator asks for one. Owner calls need a
secret key or the session of a user; only while the server listens on loopback and neither a key nor a user exists are
they open, and then to this machine's own pages and tools alone.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.requests import Request

from api.limits import bearer_token, refused, report
from api.problems import ProblemDetails, ProblemError
from api.requests import context_of
from api.sessions import CSRF_HEADER, has_csrf_token, is_from_own_page, user_of
from api.state import AppState, state_of
from kb.origins import is_bound

if TYPE_CHECKING:
    from kb.records.rows import Key
    from kb.records.users import User
    from kb.types import Audience

OPEN_NOTICE = (
    "owner calls are open: this server listens on loopback and no key or user exists;"
    " make one with `kb keys create` or `kb users add`"
)
# What a signed-in user may call; an administrator everything.
_OWNER_SCOPES = frozenset({"gaps:read", "gaps:write", "handoffs"})
_FILLERS = frozenset({"", "none", "unused"})
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
# A proxy in front of a server on loopback shows itself here; what comes through it is not local.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. ``audiences``: whose articles this caller may read. ``scopes``: those of the key, () without one."""

    kind: Literal["anonymous", "public_key", "secret_key", "user", "local"]
    name: str = ""
    audiences: tuple[Audience, ...] = ("public",)
    scopes: tuple[str, ...] = ()

    def allowed(self, asked: list[Audience]) -> tuple[Audience, ...]:
        """The part of ``asked`` that this caller may read; never nothing."""
        return tuple(a for a in asked if a in self.audiences) or ("public",)


@dataclass(frozen=True)
class Entrance:
    """A dependency that lets a caller through and says who it is.

    ``scopes``: a secret key needs one of them, or ``admin``. ``public``: no key needed unless the operator wants one.
    A user who signed in may call what the role allows, and repeats the session's token in ``X-CSRF-Token`` to change
    something. ``produces``: media types of the response, for ``Accept``. ``basic``: the key may also be the password of
    HTTP Basic authentication (RFC 7617), all that feed readers know. ``filler``: clients send something in any case, and what is
    no key of ours counts as none, see ``_is_filler``. Raises ``ProblemError``: 401 no or unknown key,
    403 a key without the scope or of another origin, a session without its token, 406.
    """

    scopes: tuple[str, ...]
    public: bool = False
    produces: tuple[str, ...] = ("application/json",)
    basic: bool = False
    filler: bool = False

    async def __call__(self, request: Request) -> Caller:
        _check_accept(request.headers, self.produces)
        state = state_of(request)
        filled = self.filler and await _is_filler(request, state)
        if "authorization" in request.headers and not filled:
            return await _by_key(request, state, self)
        if not self.public or state.settings.require_key:
            user = await anyio.to_thread.run_sync(user_of, request)
            if user is not None:
                return _by_session(request, user, self)
        if not self.public:
            return await _local(request, state, self)
        if state.settings.require_key:
            raise _unauthenticated("This server asks for a key: send Authorization: Bearer kb_….")
        return Caller("anonymous")


async def _is_filler(request: Request, state: AppState) -> bool:
    """Whether the token of a client that has to send one stands for none: "none" or "unused", and anything that does not look like
    a key while this server has never had any. Once there are keys, what is none of them is a mistake that must not stay unseen.
    """
    token = bearer_token(request.headers)
    if token.startswith("kb_"):
        return False
    return token.lower() in _FILLERS or not await anyio.to_thread.run_sync(state.opened.records.has_keys)


async def _by_key(request: Request, state: AppState, entrance: Entrance) -> Caller:
    token = bearer_token(request.headers) or (_basic_password(request.headers) if entrance.basic else "")
    key = await anyio.to_thread.run_sync(state.opened.records.check_key, token) if token.startswith("kb_") else None
    if key is None:
        raise _unauthenticated("The key is not known, was revoked or has ended.", basic=entrance.basic)
    _count(request, state, key)
    if key.kind == "public":
        _check_public(key, request, entrance)
    if not {*entrance.scopes, "admin"} & set(key.scopes):
        raise _forbidden(f"This key lacks the scope {' or '.join(entrance.scopes)}.")
    if key.kind == "public":
        return Caller("public_key", key.name or key.id, scopes=tuple(key.scopes))
    return Caller("secret_key", key.name or key.id, ("public", "bot", "agent"), tuple(key.scopes))


def _page_origin(request: Request) -> str:
    """The origin of the page that sent a request. Browsers leave it out of a GET to the page's own server, and say so."""
    origin = request.headers.get("origin")
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return f"{request.url.scheme}://{request.headers.get('host', '')}"
    return origin or ""


def _by_session(request: Request, user: User, entrance: Entrance) -> Caller:
    if not entrance.public and user.role != "admin" and not _OWNER_SCOPES & set(entrance.scopes):
        raise _forbidden("This call is for administrators; your role is owner.")
    if (
        not entrance.public
        and request.method not in _HARMLESS
        and not (is_from_own_page(request) and has_csrf_token(request, request.headers.get(CSRF_HEADER, "")))
    ):
        raise _forbidden(f"A call by a session that changes something needs its token in {CSRF_HEADER}.")
    return Caller("user", user.name, ("public", "bot", "agent"))


def _count(request: Request, state: AppState, key: Key) -> None:
    """One request less for this key. Raises ``ProblemError`` 429."""
    allowance = state.key_limits.hit(key.id, key.rate_limit if state.settings.rate_limit_enabled else None)
    if allowance is None:
        return
    report(request.scope, allowance)
    if allowance.retry_after:
        state.metrics.count_refused("rate_limited")
        raise refused(allowance, "this key")


def _check_public(key: Key, request: Request, entrance: Entrance) -> None:
    """A public key stands in the open: what it may do does not depend on its scopes alone."""
    if not is_bound(_page_origin(request), key.origins):
        raise _forbidden("This public key is bound to other origins than the page that sent it.")
    if not entrance.public:
        raise _forbidden("A public key is for asking, searching, reading, voting and asking for a person only.")


async def _local(request: Request, state: AppState, entrance: Entrance) -> Caller:
    if not await is_open(state):
        detail = "This call needs a user who signed in, or a secret key: send Authorization: Bearer kb_sk_…."
        raise _unauthenticated(detail, basic=entrance.basic)
    if not is_own_request(request.headers, request.url.scheme):
        raise _forbidden("Without a key this call is open to this machine's own pages and tools only.")
    context_of(request.scope).headers["KB-Notice"] = OPEN_NOTICE
    return Caller("local", "local")


async def is_open(state: AppState) -> bool:
    """Whether owner calls need no key now: bound to loopback, and nobody has made a key or a user."""
    if not is_loopback(state.host):
        return False
    return not await anyio.to_thread.run_sync(anybody_known, state)


def anybody_known(state: AppState) -> bool:
    """Whether a key or a user was ever made. Reads the database."""
    return state.opened.records.has_keys() or state.opened.records.users.exist()


def is_loopback(host: str) -> bool:
    """Whether ``host``, an address or name that a server listens on, reaches this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_own_request(headers: Headers, scheme: str) -> bool:
    """Whether a request to a server on loopback comes from this machine's own pages and tools.

    A web page elsewhere can make the browser call 127.0.0.1, under a name of its own that resolves there (DNS
    rebinding) or across sites; it cannot choose ``Host``, ``Origin`` and ``Sec-Fetch-Site``.
    """
    if any(name in headers for name in _FORWARDED):
        return False
    authority = headers.get("host", "")
    try:
        host = urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return False
    if not is_loopback(host):
        return False
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"{scheme}://{authority}".lower():
        return False
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def _check_accept(headers: Headers, produces: tuple[str, ...]) -> None:
    accept = headers.get("accept")
    if not accept or accept == "*/*":
        return
    for item in accept.split(","):
        wanted, _, parameters = item.partition(";")
        kind, _, subtype = wanted.strip().lower().partition("/")
        if _weight(parameters) > 0 and any(
            kind in ("*", p.partition("/")[0]) and subtype in ("*", p.partition("/")[2]) for p in produces
        ):
            return
    raise ProblemError(ProblemDetails("not_acceptable", f"This call answers in {' or '.join(produces)}."))


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def _basic_password(headers: Headers) -> str:
    """The password of HTTP Basic authentication, or an empty string."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _unauthenticated(detail: str, *, basic: bool = False) -> ProblemError:
    headers = {"WWW-Authenticate": 'Basic realm="kb", Bearer realm="kb"'} if basic else {}
    return ProblemError(ProblemDetails("unauthenticated", detail, headers=headers))


def _forbidden(detail: str) -> ProblemError:
    return ProblemError(ProblemDetails("forbidden", detail))
