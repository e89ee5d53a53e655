"""Who calls the tools, and what they may see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote

from api.security import Caller
from kb.errors import InvalidInputError, NotAllowedError

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.generator.endpoint import Stop
    from kb.types import Answer, Audience

ARTICLES = "kb://articles/"


class InThread(Protocol):
    """Does blocking work in a thread; gives it a ``Stop`` where somebody may leave before it is done."""

    def __call__(self, work: Callable[[Stop | None], Any]) -> Awaitable[Any]: ...


@dataclass(frozen=True, slots=True)
class Guest:
    """One caller of the tools. ``base``: address in front of our own pages, "" where there are none (stdin and stdout).

    ``audiences``: whose articles are meant when a call does not say. ``visitor``: names the person of a ``visitor`` argument; None
    for who is not counted. ``observe``: told every answer that is given. ``channel``: its name in reports.
    """

    opened: OpenService
    caller: Caller
    base: str
    in_thread: InThread
    visitor: str | None = None
    observe: Callable[[Answer], None] = lambda _: None
    audiences: tuple[Audience, ...] = ("public",)
    channel: str = "mcp"

    def may(self, *scopes: str, public: bool = False) -> bool:
        """Whether a call that needs one of ``scopes`` is let through; ``public``: one that needs no key."""
        if self.caller.kind in ("secret_key", "public_key"):
            return bool({*scopes, "admin"} & set(self.caller.scopes)) and (public or self.caller.kind == "secret_key")
        return public or self.caller.kind == "local"

    def check(self, *scopes: str, public: bool = False) -> None:
        """Raise ``NotAllowedError`` where ``may`` says no."""
        if self.may(*scopes, public=public):
            return
        wanted = " or ".join(scopes)
        if self.caller.kind == "secret_key":
            detail = f"This key lacks the scope {wanted}."
        else:
            detail = f"This tool is for owners: it needs a secret key with the scope {wanted}."
        raise NotAllowedError(
            detail,
            "Make one with `kb keys create NAME --scope SCOPE` and send it as Authorization: Bearer kb_sk_…. `kb mcp`, on the"
            " machine of the data folder, needs none.",
        )

    def address(self, article_id: str, url: str) -> str:
        """``url`` of a place in an article, absolute: on our own pages, or a resource where there are no pages; never ""."""
        if url and not url.startswith("/"):
            return url
        if self.base:
            return self.base + url
        anchor = url.partition("#")[2].partition(":~:")[0]
        return article_uri(article_id) + (f"#{anchor}" if anchor else "")


def article_uri(article_id: str) -> str:
    """The resource of an article.

    >>> article_uri("zh/security/2fa")
    'kb://articles/zh/security/2fa'
    """
    return ARTICLES + quote(article_id, safe="/")


def article_id_of(uri: str) -> str:
    """The article that a resource's ``uri`` names, whichever characters of its id are escaped. Raises ``InvalidInputError``.

    >>> article_id_of("kb://articles/zh%2Fsecurity%2F2fa#phone")
    'zh/security/2fa'
    """
    if not uri.startswith(ARTICLES):
        raise InvalidInputError(
            "This is no resource of this server.", f"Articles are {ARTICLES}ID; resources/list names them."
        )
    return unquote(uri.removeprefix(ARTICLES).partition("#")[0])
