"""Tells receivers of requests for a person: the whole packet to webhooks and ticket systems, a letter to mailboxes.

What an event holds is written down without words; the packet joins it when it is sent, so that erasing it in between is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.delivering import Refusal, Sender
from api.destinations import Destination, destinations_of
from api.handoff_documents import packet_document
from api.mail import Mail, MailOptions, build_message, connected, mail_address, mail_options, send
from kb.documents import timestamp
from kb.errors import InvalidInputError, MailError, NotFoundError
from kb.records.events import DESTINATION, MAIL_CHANNEL, Delivery

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.settings import Settings

# What changes while the event waits is left out: every attempt sends the same bytes.
_CHANGING = ("object", "id", "status", "acknowledged_at", "acknowledged_by", "replies")
_OURS = ("channels", "mail_to")  # where it goes is for us


def payload_of(opened: OpenService, base: str) -> Callable[[Delivery], Mapping[str, Any]]:
    """What is sent of an event: of a request for a person the whole packet, its contact in clear, of a reply its text, else what is
    written down. ``base``: what addresses of our own pages begin with, without a trailing slash."""

    def payload(delivery: Delivery) -> Mapping[str, Any]:
        try:
            if delivery.kind == "handoff.created":
                created = _created(opened, delivery.payload, base)
                return created if delivery.target.startswith(DESTINATION) else _told(created)
            if delivery.kind == "handoff.replied":
                return _replied(opened, delivery.payload)
        except NotFoundError:  # erased a moment ago
            pass
        return delivery.payload

    return payload


def _created(opened: OpenService, payload: Mapping[str, Any], base: str) -> Mapping[str, Any]:
    handoff = opened.records.handoffs.get(str(payload["handoff_id"]))
    packet = packet_document(
        handoff,
        opened.handing_over.contact_of(handoff),
        base,
        agent_url=opened.agent_links.url_of(handoff, base),
    )
    return {**payload, **{name: value for name, value in packet.items() if name not in _CHANGING}}


def _replied(opened: OpenService, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    replies = opened.records.handoff_replies.of(str(payload["handoff_id"]))
    reply = next((each for each in replies if each.id == payload["reply_id"]), None)
    if reply is None:
        raise NotFoundError("The reply is gone.", "It may have been erased or purged.")
    return {**payload, "text": reply.text, "created_at": timestamp(reply.at)}


def check_destinations(settings: Settings) -> None:
    """Raise ``InvalidInputError`` for a mailbox or another destination that nothing can be sent to."""
    if settings.handoff_mail:
        if mail_address(settings.handoff_mail) is None:
            raise InvalidInputError("KB_HANDOFF_MAIL is no e-mail address.", "Write it like support@example.com.")
        if mail_options(settings) is None:
            raise InvalidInputError(
                "KB_HANDOFF_MAIL is set and KB_SMTP_URL is not.",
                "Name the mail server in KB_SMTP_URL, and KB_MAIL_FROM.",
            )
    destinations_of(settings)


def destination_senders(settings: Settings, base: str) -> dict[str, Sender]:
    """How to reach each destination, by the name of its deliveries. ``base``: as above. Raises ``InvalidInputError``."""
    return {f"{DESTINATION}{each.name}": _sender(each, settings, base) for each in destinations_of(settings)}


def _told(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in payload.items() if name not in _OURS}


def _sender(to: Destination, settings: Settings, base: str) -> Sender:
    from api.destinations import chatwoot, zendesk

    if to.kind == "mail":
        options = mail_options(settings)
        assert options is not None, "a mailbox needs a mail server"
        return lambda delivery, now: _mail(delivery, to.url, options, settings.site_name, base, now)
    if to.kind == "webhook":
        from api.webhooks import post_signed, signing_options

        signing = signing_options(settings)
        return lambda delivery, now: post_signed(
            to.url, replace(delivery, payload=_told(delivery.payload)), signing, now
        )
    deliver = zendesk.deliver if to.kind == "zendesk" else chatwoot.deliver
    return lambda delivery, now: deliver(
        delivery,
        to,
        site_name=settings.site_name,
        site_url=base,
        allow_private=settings.webhook_allow_private,
    )


def _mail(
    delivery: Delivery, to: str, options: MailOptions, site_name: str, base: str, now: datetime
) -> Refusal | None:
    """One letter. ``to``: the address of the mailbox; the addresses of a team of the policy go before it."""
    from api.pages.handoff_mail import handoff_mail

    if "turns" not in delivery.payload:
        return None  # erased: there is nothing left to tell
    said = handoff_mail(delivery.payload, site_name=site_name, site_url=base)
    team = delivery.payload.get("mail_to", ()) if delivery.target == f"{DESTINATION}{MAIL_CHANNEL}" else ()
    receivers = ", ".join(address for each in (team or (to,)) if (address := mail_address(each)))
    if not receivers:
        return Refusal("no address: KB_HANDOFF_MAIL is empty, and the team has none", final=True)
    # The same id in every attempt, so that a mailbox can tell a repeated letter.
    mail = Mail(delivery.event_id, receivers, said.subject, said.text, said.html)
    contact = delivery.payload["contact"] or {}
    try:
        with connected(options) as server:
            send(server, build_message(replace(mail, reply_to=contact.get("email", "")), options.sender, now))
    except MailError as error:
        return Refusal(error.detail)
    return None
