"""The weekly mail: who gets one now, and what became of each. At most one for each user and ISO week.

A week is settled when its mail was handed over or when nothing had changed. Everything else (no server, a server that
refuses) is tried again until the week ends, so a restart or an outage loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

import structlog

from api.digest import Digest, owner_digest
from kb.errors import MailError
from kb.ids import new_id

if TYPE_CHECKING:
    import smtplib

    from api.mail import Mail, MailOptions
    from kb.index.live import LiveIndex
    from kb.records import Records
    from kb.records.users import User
    from kb.settings import Settings

WEEK = timedelta(days=7)
LONGEST = timedelta(days=28)  # after a long pause a digest does not reach further back
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEASE = "weekly-mail"
_LEASE_MS = 10 * 60_000
_log = structlog.get_logger(__name__)

State = Literal["sent", "nothing_new", "settled", "failed", "unsendable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one user's mail. ``settled``: this week's was done with earlier; ``detail`` says why one failed."""

    user: str
    week: str
    state: State
    detail: str = ""


def iso_week(moment: datetime) -> str:
    """
    >>> iso_week(datetime(2026, 11, 22, tzinfo=UTC))
    '2026-W47'
    """
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


def scheduled(now: datetime, day: str, hour: int) -> datetime:
    """When the mail of the ISO week of ``now`` is due, which may be before or after ``now``.

    >>> scheduled(datetime(2026, 11, 22, tzinfo=UTC), "monday", 7).isoformat()
    '2026-11-16T07:00:00+00:00'
    """
    monday = now.astimezone(UTC).date() - timedelta(days=now.astimezone(UTC).weekday())
    return datetime.combine(monday + timedelta(days=_DAYS.index(day)), time(hour, tzinfo=UTC))


def names_of(user: User) -> tuple[str, ...] | None:
    """The owner names whose gaps and articles are this user's; None, everybody's, for an admin without any."""
    if user.role == "admin" and not user.answers_for:
        return None
    return tuple(dict.fromkeys((*user.answers_for, user.name)))


def digest_for(user: User, records: Records, live: LiveIndex, now: datetime) -> Digest:
    """What this user should know since the last mail, or of the last week before the first one."""
    last = records.digests.last_sent(user.id)
    since = now - WEEK if last is None else max(last.at, now - LONGEST)
    return owner_digest(records, live, names_of(user), since, now)


def send_due(records: Records, live: LiveIndex, settings: Settings, now: datetime) -> list[Outcome]:
    """Send what the schedule asks for at ``now``; nothing before its day and hour, nor for users made after it."""
    moment = scheduled(now, settings.digest_day, settings.digest_hour)
    if now < moment or not settings.smtp_url:
        return []
    week = iso_week(now)
    due = [
        user
        for user in records.users.everyone()
        if _wants(user) and user.created_at <= moment and not records.digests.is_settled(user.id, week)
    ]
    return send_to(due, records, live, settings, now)


def send_to(users: list[User], records: Records, live: LiveIndex, settings: Settings, now: datetime) -> list[Outcome]:
    """Send this week's mail to ``users`` unless it is settled; one process at a time. Raises ``InvalidInputError``.

    A mail server that fails is an outcome of each user and no error.
    """
    from api.mail import mail_options

    options = mail_options(settings)
    if not users:
        return []
    holder = new_id("mail")
    if not records.leases.take(_LEASE, holder, _LEASE_MS):
        return [Outcome(user.name, iso_week(now), "failed", "another process is sending") for user in users]
    try:
        outcomes = [_prepare(user, records, live, settings, now) for user in users]
        waiting = [mail for _, mail in outcomes if mail is not None]
        failures = dict(_hand_over(waiting, options, records, now))
    finally:
        records.leases.release(_LEASE, holder)
    return [
        outcome
        if mail is None or mail.user.id not in failures
        else replace(outcome, state="failed", detail=failures[mail.user.id])
        for outcome, mail in outcomes
    ]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A mail that may go out, and what is remembered when it has."""

    user: User
    week: str
    content: str
    mail: Mail


def _prepare(
    user: User, records: Records, live: LiveIndex, settings: Settings, now: datetime
) -> tuple[Outcome, _Ready | None]:
    from api.mail import Mail
    from api.pages.digest_mail import digest_mail

    week = iso_week(now)
    if not _wants(user):
        return Outcome(user.name, week, "unsendable", "disabled, without an address, or wants no weekly mail"), None
    if records.digests.is_settled(user.id, week):
        return Outcome(user.name, week, "settled"), None
    digest = digest_for(user, records, live, now)
    if not is_needed(user, digest, records):
        records.digests.settle(user.id, week, sent=False, content=digest.content, until=now)
        return Outcome(user.name, week, "nothing_new"), None
    said = digest_mail(
        digest, name=user.name, lang=user.lang, site_name=settings.site_name, site_url=settings.site_url.rstrip("/")
    )
    assert user.email is not None, "checked by _wants"
    mail = Mail(f"digest.{week}.{user.id}", user.email, said.subject, said.text, said.html)
    return Outcome(user.name, week, "sent"), _Ready(user, week, digest.content, mail)


def is_needed(user: User, digest: Digest, records: Records) -> bool:
    """Whether anything has changed since the last mail to this user."""
    last = records.digests.last_sent(user.id)
    return digest.has_news or (not digest.is_empty and (last is None or last.content != digest.content))


def _wants(user: User) -> bool:
    return user.disabled_at is None and user.weekly_mail and bool(user.email)


def _hand_over(
    ready: list[_Ready], options: MailOptions | None, records: Records, now: datetime
) -> Iterator[tuple[str, str]]:
    """Hand the mails over, each settled as soon as the server has it; yield user ids and errors of the others."""
    from api.mail import connected

    left = list(ready)
    if options is None:
        yield from ((each.user.id, "no mail server: set KB_SMTP_URL") for each in left)
        return
    try:
        with connected(options) as server:
            while left:
                each = left.pop(0)
                error = _one(each, server, options, records, now)
                if error:
                    yield each.user.id, error
    except MailError as error:
        _log.error("weekly_mail.failed", detail=error.detail)
        yield from ((each.user.id, str(error)) for each in left)


def _one(each: _Ready, server: smtplib.SMTP, options: MailOptions, records: Records, now: datetime) -> str:
    """The error, or nothing."""
    from api.mail import build_message, send

    try:
        send(server, build_message(each.mail, options.sender, now))
    except MailError as error:
        _log.error("weekly_mail.refused", detail=error.detail)
        return str(error)
    records.digests.settle(each.user.id, each.week, sent=True, content=each.content, until=now)
    return ""
