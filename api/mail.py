"""Sends mail by SMTP. Knows addresses and servers, nothing about what a mail says."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from api.security import is_loopback
from kb.errors import InvalidInputError, MailError

if TYPE_CHECKING:
    from datetime import datetime

    from kb.settings import Settings

TIMEOUT = 20.0  # seconds for each step with the server
Security = Literal["plain", "starttls", "tls"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("plain", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


@dataclass(frozen=True, slots=True)
class MailOptions:
    """Which server takes mail. ``security`` ``plain``: never encrypted, so only this machine gets a password."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. ``id``: the same for the same mail, so that a repeated one can be recognised."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    reply_to: str = ""


def mail_address(given: str) -> str | None:
    """The address in ``given``, which may have a name around it; None when there is none, or more than one.

    >>> mail_address("Support <support@example.com>"), mail_address("support")
    ('support@example.com', None)
    """
    address = parseaddr(given)[1]
    usable = address.count("@") == 1 and given.isprintable() and not address.startswith("@") and "," not in given
    return address if usable and not address.endswith("@") else None


def mail_options(settings: Settings) -> MailOptions | None:
    """What the settings say; None without a server. Raises ``InvalidInputError``."""
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else ""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        security, port = _SCHEMES[parts.scheme]
        host, port = parts.hostname or "", parts.port or port
    except (KeyError, ValueError):
        host = ""
    if not host:
        raise InvalidInputError(
            "KB_SMTP_URL is no address of a mail server.",
            "Write it like smtps://user:password@mail.example.com:465, smtp+starttls://… or smtp://127.0.0.1:25.",
        )
    if not parseaddr(settings.mail_from)[1].count("@") == 1 or not settings.mail_from.isprintable():
        raise InvalidInputError(
            "KB_SMTP_URL is set and KB_MAIL_FROM is no address.", "Write it like Help centre <help@example.com>."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and security == "plain" and not is_loopback(host):
        raise InvalidInputError(
            "KB_SMTP_URL would send its password unencrypted.", "Use smtps://… or smtp+starttls://… instead."
        )
    return MailOptions(host, port, security, user, password, settings.mail_from)


def build_message(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The message as it goes out: text for every reader, HTML for those that show it (RFC 2046, alternative)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.to
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note comes back
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


@contextmanager
def connected(options: MailOptions) -> Iterator[smtplib.SMTP]:
    """A session with the server, greeted, encrypted and signed in. Raises ``MailError``."""
    try:
        context = ssl.create_default_context()
        if options.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(options.host, options.port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(options.host, options.port, timeout=TIMEOUT)
        with server:
            server.ehlo()
            if options.security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if options.user:
                server.login(options.user, options.password)
            yield server
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(
            f"The mail server {options.host} said: {error}.", "Check KB_SMTP_URL and the server."
        ) from error


def send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand one message over. Raises ``MailError`` when the server does not take it."""
    try:
        server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"The mail server did not take the mail to {message['To']}: {error}.") from error
