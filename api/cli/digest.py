"""`kb digest`: what the weekly mail says, and sending it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import clean, emit, emit_json, table
from kb.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from api.digest import Digest
    from kb.index.live import LiveIndex
    from kb.records import Records
    from kb.records.users import User
    from kb.settings import Settings
    from kb.types import Lang


def digest(
    data: Data = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Only this user, or this owner of gaps.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send this week's mails that were not sent yet.")] = False,
    json_output: Json = False,
) -> None:
    """Print what the weekly mail would say to each user, or send it."""
    settings = existing_data(data)
    from kb.index.live import LiveIndex
    from kb.records import Records

    with Records.open(settings.data) as records:
        live = LiveIndex(settings.data)
        if send:
            _send(_users(records, owner), records, live, settings, json_output=json_output)
        else:
            _print(records, live, settings, owner, json_output=json_output)


def _users(records: Records, owner: str | None) -> list[User]:
    if owner is not None:
        return [records.users.get(owner)]
    return [user for user in records.users.everyone() if user.disabled_at is None and user.email and user.weekly_mail]


def _send(users: list[User], records: Records, live: LiveIndex, settings: Settings, *, json_output: bool) -> None:
    from api.weekly import send_to

    if not settings.smtp_url:
        raise InvalidInputError("There is no mail server.", "Set KB_SMTP_URL and KB_MAIL_FROM.")
    outcomes = send_to(users, records, live, settings, datetime.now(UTC))
    if json_output:
        data = [{"user": o.user, "week": o.week, "state": o.state, "detail": o.detail} for o in outcomes]
        emit_json({"object": "list", "data": data, "has_more": False, "next_cursor": None})
    else:
        table(("user", "week", "state", "detail"), [(o.user, o.week, o.state, o.detail) for o in outcomes])
    if any(outcome.state == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def _print(records: Records, live: LiveIndex, settings: Settings, owner: str | None, *, json_output: bool) -> None:
    from api.digest import digest_document
    from api.pages.digest_mail import digest_mail

    found = _digests(records, live, owner)
    if json_output:
        data = [{"user": name, **digest_document(said)} for name, _, said in found]
        emit_json({"object": "list", "data": data, "has_more": False, "next_cursor": None})
        return
    for name, lang, said in found:
        mail = digest_mail(
            said, name=name, lang=lang, site_name=settings.site_name, site_url=settings.site_url.rstrip("/")
        )
        emit(clean(f"{mail.subject}\n\n{mail.text}"))


def _digests(records: Records, live: LiveIndex, owner: str | None) -> list[tuple[str, Lang, Digest]]:
    from api.digest import owner_digest
    from api.weekly import WEEK, digest_for

    now = datetime.now(UTC)
    try:
        return [(user.name, user.lang, digest_for(user, records, live, now)) for user in _users(records, owner)]
    except NotFoundError:
        assert owner is not None, "only a named user can be missing"
        return [(owner, "en", owner_digest(records, live, [owner], now - WEEK, now))]
