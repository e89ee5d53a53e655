"""Tells receivers of requests for a person: everything to a webhook, a letter to a mailbox.

What an event holds is written down without words; the packet joins it when it is sent, so that erasing it in between is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.delivering import Refusal, Sender
from api.handoff_documents import packet_document
from api.mail import Mail, MailOptions, build_message, connected, mail_address, mail_options, send
from kb.errors import InvalidInputError, MailError, NotFoundError
from kb.records.events import MAILBOX, Delivery

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.settings import Settings

# What changes while the event waits is left out: every attempt sends the same bytes.
_CHANGING = ("object", "id", "status", "acknowledged_at", "acknowledged_by")


def payload_of(opened: OpenService) -> Callable[[Delivery], Mapping[str, Any]]:
    """What is sent of an event: of a request for a person the whole packet, its contact in clear, else what is written down."""

    def payload(delivery: Delivery) -> Mapping[str, Any]:
        if delivery.kind != "handoff.created":
            return delivery.payload
        try:
            handoff = opened.records.handoffs.get(str(delivery.payload["handoff_id"]))
        except NotFoundError:  # erased a moment ago
            return delivery.payload
        site_url = opened.settings.site_url.rstrip("/")
        packet = packet_document(handoff, opened.handing_over.contact_of(handoff), site_url)
        return {**delivery.payload, **{name: value for name, value in packet.items() if name not in _CHANGING}}

    return payload


def check_mailbox(settings: Settings) -> None:
    """Raise ``InvalidInputError`` for a mailbox that no mail can be sent to."""
    if not settings.handoff_mail:
        return
    if mail_address(settings.handoff_mail) is None:
        raise InvalidInputError("KB_HANDOFF_MAIL is no e-mail address.", "Write it like support@example.com.")
    if mail_options(settings) is None:
        raise InvalidInputError(
            "KB_HANDOFF_MAIL is set and KB_SMTP_URL is not.", "Name the mail server in KB_SMTP_URL, and KB_MAIL_FROM."
        )


def mailbox_senders(settings: Settings) -> dict[str, Sender]:
    """How to reach the mailbox for requests; empty without one. Raises ``InvalidInputError``."""
    options = mail_options(settings) if settings.handoff_mail else None
    address = mail_address(settings.handoff_mail)
    if options is None or address is None:
        return {}
    return {f"{MAILBOX}{address}": lambda delivery, now: _mail(delivery, address, options, settings, now)}


def _mail(delivery: Delivery, to: str, options: MailOptions, settings: Settings, now: datetime) -> Refusal | None:
    from api.pages.handoff_mail import handoff_mail

    if "turns" not in delivery.payload:
        return None  # erased: there is nothing left to tell
    said = handoff_mail(delivery.payload, site_name=settings.site_name, site_url=settings.site_url.rstrip("/"))
    # The same id in every attempt, so that a mailbox can tell a repeated letter.
    mail = Mail(delivery.event_id, to, said.subject, said.text, said.html)
    contact = delivery.payload["contact"] or {}
    try:
        with connected(options) as server:
            send(server, build_message(replace(mail, reply_to=contact.get("email", "")), options.sender, now))
    except MailError as error:
        return Refusal(error.detail)
    return None
