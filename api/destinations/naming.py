"""The destinations that the settings name, and which of them a request goes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from kb.errors import InvalidInputError
from kb.records.events import MAIL_CHANNEL

if TYPE_CHECKING:
    from kb.settings import Settings

Kind = Literal["mail", "webhook", "zendesk", "chatwoot"]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_PLACE = re.compile(r"/accounts/(\d+)/inboxes/(\d+)/?")
_EXAMPLE = (
    "Write name=address pairs separated by spaces, like billing=mailto:billing@example.com crm=https://crm.example.com/hook "
    "desk=zendesk+https://agent%40example.com:TOKEN@example.zendesk.com "
    "chat=chatwoot+https://TOKEN@chat.example.com/accounts/1/inboxes/7."
)


@dataclass(frozen=True, slots=True)
class Destination:
    """One place that requests are delivered to. ``url``: without credentials; of ``mail`` the address, "" when only teams of the
    policy have one. ``user`` and ``token``: what signs us in. ``account`` and ``inbox``: of a Chatwoot installation.
    """

    name: str
    kind: Kind
    url: str
    user: str = ""
    token: str = ""
    account: int = 0
    inbox: int = 0


def destinations_of(settings: Settings) -> tuple[Destination, ...]:
    """Every destination, the mailbox of KB_HANDOFF_MAIL first. Raises ``InvalidInputError`` for one that cannot be used."""
    found: dict[str, Destination] = {}
    if settings.smtp_url:
        # Also without an address of its own: a team of the policy may have one.
        found[MAIL_CHANNEL] = Destination(MAIL_CHANNEL, "mail", settings.handoff_mail)
    named = settings.handoff_destinations.get_secret_value() if settings.handoff_destinations else ""
    for pair in named.split():
        name, equals, address = pair.partition("=")
        if not equals or not _NAME.fullmatch(name) or name == MAIL_CHANNEL:
            raise InvalidInputError(
                f"KB_HANDOFF_DESTINATIONS: {name[:40]!r} is no name of a destination.",
                f"A name has lower-case letters, digits, - and _, and is not “mail”. {_EXAMPLE}",
            )
        if name in found:
            raise InvalidInputError(f"KB_HANDOFF_DESTINATIONS names {name!r} twice.", "Give each a name of its own.")
        found[name] = _destination(name, address, settings)
    return tuple(found.values())


def _destination(name: str, address: str, settings: Settings) -> Destination:
    """Never with the address in the error: it may hold a token."""
    wrong = InvalidInputError(f"KB_HANDOFF_DESTINATIONS: the address of {name!r} cannot be used.", _EXAMPLE)
    try:
        parts = urlsplit(address)
        usable = address.isascii() and address.isprintable() and parts.port != 0
    except ValueError:
        raise wrong from None
    if not usable:
        raise wrong
    if parts.scheme == "mailto":
        return _mailbox(name, unquote(parts.path), settings)
    kind, _, scheme = parts.scheme.rpartition("+")
    if not parts.hostname or scheme not in ("http", "https") or kind not in ("", "webhook", "zendesk", "chatwoot"):
        raise wrong
    if scheme == "http" and not settings.webhook_allow_private:
        raise InvalidInputError(
            f"KB_HANDOFF_DESTINATIONS: {name!r} is not encrypted.",
            "Use https, or set KB_WEBHOOK_ALLOW_PRIVATE=true for a receiver in your own network.",
        )
    plain = parts._replace(scheme=scheme, netloc=parts.netloc.rpartition("@")[2])
    user, token = unquote(parts.username or ""), unquote(parts.password or "")
    if kind == "zendesk":
        if not (user and token):
            raise wrong
        return Destination(name, "zendesk", _base(plain), user, token)
    if kind == "chatwoot":
        place = _PLACE.fullmatch(parts.path)
        if not user or token or place is None:
            raise wrong
        return Destination(name, "chatwoot", _base(plain), "", user, int(place[1]), int(place[2]))
    if user or token:
        raise InvalidInputError(
            f"KB_HANDOFF_DESTINATIONS: the webhook {name!r} holds a password.",
            "Leave it out: receivers know us by the signature of each event.",
        )
    if settings.webhook_secret is None:
        raise InvalidInputError(
            f"KB_HANDOFF_DESTINATIONS has the webhook {name!r} and KB_WEBHOOK_SECRET is not set.",
            "Make a secret with: kb events secret",
        )
    return Destination(name, "webhook", urlunsplit(plain))


def _base(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(path="", query="", fragment=""))


def _mailbox(name: str, address: str, settings: Settings) -> Destination:
    from api.mail import mail_address

    if mail_address(address) is None:
        raise InvalidInputError(f"KB_HANDOFF_DESTINATIONS: {name!r} is no e-mail address.", _EXAMPLE)
    if not settings.smtp_url:
        raise InvalidInputError(
            f"KB_HANDOFF_DESTINATIONS has the mailbox {name!r} and KB_SMTP_URL is not set.",
            "Name the mail server in KB_SMTP_URL, and KB_MAIL_FROM.",
        )
    return Destination(name, "mail", address)


def resolve(
    destinations: Sequence[Destination], channels: Sequence[str], mail: Sequence[str], *, feed: bool
) -> tuple[str, ...]:
    """Names of the destinations of a request that the policy sends to ``channels``: names or kinds of destinations.

    ``mail``: the team's own addresses. ``feed``: there are receivers of every event, which are a webhook too. None of ``channels``
    configured: all destinations, so that a name that is misspelt in the policy leaves nobody waiting.

    >>> desk, crm = Destination("desk", "zendesk", "https://x.example"), Destination("crm", "webhook", "https://y.example")
    >>> resolve((desk, crm), ("zendesk",), (), feed=False), resolve((desk, crm), ("no-such",), (), feed=False)
    (('desk',), ('desk', 'crm'))
    """
    usable = [each for each in destinations if each.url or mail]
    names = {each.name for each in usable}
    chosen = [e for e in usable if e.name in channels or (e.kind in channels and e.kind not in names)]
    if mail and MAIL_CHANNEL in names and not channels:
        # The team's own mailbox takes the place of the other ones.
        usable = [each for each in usable if each.kind != "mail" or each.name == MAIL_CHANNEL]
    if not chosen and not (feed and "webhook" in channels):
        chosen = usable
    return tuple(each.name for each in chosen)
