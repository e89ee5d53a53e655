"""Whether requests for a person reach anybody: checks of `kb doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from api.cli.doctor import Finding

if TYPE_CHECKING:
    from kb.records import Records
    from kb.settings import Settings

LONG = timedelta(days=1)  # a visitor who has waited so long for a person


def reached(settings: Settings) -> Iterator[Finding]:
    """Who reads requests, and what no receiver would take. Raises ``StorageError``."""
    from kb.records import Records

    with Records.open(settings.data) as records:
        yield _readers(records, settings)
        yield _dead_letters(records)


def _readers(records: Records, settings: Settings) -> Finding:
    from api.reception import Reception, is_told

    waiting = records.handoffs.page(status="waiting", limit=100).handoffs
    long = sum(handoff.at < datetime.now(UTC) - LONG for handoff in waiting)
    if not Reception(records, told=is_told(settings)).accepts():
        return Finding(
            "people",
            "warning",
            f"Nobody is told of requests for a person, and nobody can sign in to read them; {len(waiting)} wait.",
            "Set KB_HANDOFF_MAIL or KB_WEBHOOK_URLS, or run: kb users add NAME --role owner",
        )
    if long:
        return Finding(
            "people",
            "warning",
            f"{long} requests for a person have waited for more than a day.",
            "See /owner/handoffs.",
        )
    return Finding("people", "ok", f"requests for a person reach somebody; {len(waiting)} wait")


def _dead_letters(records: Records) -> Finding:
    given_up = records.events.given_up()
    if given_up:
        return Finding(
            "deliveries",
            "warning",
            f"{given_up} deliveries were given up: a receiver would not take them.",
            "See kb events list --failed, repair the receiver, then run: kb events retry --all",
        )
    return Finding("deliveries", "ok", "nothing was given up")


def unknown_channel(settings: Settings) -> Finding | None:
    """A team's channel that no setting knows; None when all are known. Raises ``InvalidInputError`` for unusable settings."""
    from api.composition import POLICY_COPY
    from api.destinations import destinations_of
    from kb.index.revisions import published_articles_dir
    from kb.policy_file import policy_file

    folder = settings.articles or published_articles_dir(settings.data)
    policy = policy_file(lambda: folder, settings.data / POLICY_COPY).current()
    known = {word for each in destinations_of(settings) for word in (each.name, each.kind)}
    known |= {"webhook"} if settings.webhook_urls else set()
    for team in policy.teams.values():
        for channel in team.channels:
            if channel not in known:
                return Finding(
                    "policy",
                    "warning",
                    f"Team {team.name!r} has the channel {channel!r}, which no setting knows.",
                    "Name it in KB_HANDOFF_DESTINATIONS; a team without any known channel uses every destination.",
                )
    return None
