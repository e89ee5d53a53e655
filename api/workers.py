"""The threads of a served process beside those that answer: webhooks, and what is done at intervals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api.rounds import Round, Rounds
from kb.errors import KbError

if TYPE_CHECKING:
    from api.composition import OpenService
    from api.webhooks import WebhookDeliverer
    from kb.settings import Settings

HOUR = 3600.0
REGROUP_SECONDS = 60.0  # between two looks at whether near gaps are one need
MAIL_SECONDS = 300.0  # between two looks at whether a weekly mail is due, or is to be tried again


def check_settings(settings: Settings) -> None:
    """Raise ``InvalidInputError`` for what could not be delivered to or linked to, before anything is opened."""
    if settings.edit_url:
        from api.pages.addresses import check_edit_address

        check_edit_address(settings.edit_url)
    if settings.webhook_urls:
        from api.webhooks import webhook_options

        webhook_options(settings)
    if settings.smtp_url:
        from api.mail import mail_options

        mail_options(settings)


class Workers:
    """Everything that a served process does by itself. Close it before the data folder."""

    def __init__(self, opened: OpenService) -> None:
        """Raise ``InvalidInputError`` for settings that cannot be used."""
        from kb.regrouping import Regrouper

        self._webhooks = _webhooks(opened)
        self._rounds = Rounds(
            [
                Round("events.prune", HOUR, opened.records.events.prune),
                Round("gaps.regroup", REGROUP_SECONDS, Regrouper(opened.records, opened.service.gaps).run),
                Round("articles.stale", HOUR, lambda: note_stale(opened)),
                Round("weekly_mail", MAIL_SECONDS, lambda: send_weekly_mail(opened)),
            ]
        )

    def start(self) -> None:
        """Raise ``StorageError`` when the database cannot be written."""
        if self._webhooks is not None:
            self._webhooks.start()
        self._rounds.start()

    def close(self) -> None:
        if self._webhooks is not None:
            self._webhooks.close()
        self._rounds.close()


def _webhooks(opened: OpenService) -> WebhookDeliverer | None:
    from api.webhooks import WebhookDeliverer, webhook_options

    options = webhook_options(opened.settings)
    return None if options is None else WebhookDeliverer(opened.records.events, options)


def send_weekly_mail(opened: OpenService) -> None:
    """Send the weekly mails that are due now."""
    from api.weekly import send_due

    send_due(opened.records, opened.live, opened.settings, datetime.now(UTC))


def note_stale(opened: OpenService) -> int:
    """Write an event for each served article that became overdue for review; return how many."""
    from kb.records.events import StaleArticle

    today = datetime.now(UTC).date()
    try:
        articles = opened.live.current().articles.values()
    except KbError:  # without an index no article is served
        return 0
    return opened.records.events.note_stale(
        StaleArticle(a.id, a.title, a.owner, a.review_due_on)
        for a in articles
        if a.review_due_on is not None and a.review_due_on < today
    )
