"""The threads of a served process beside those that answer: webhooks, and what is done at intervals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api.rounds import Round, Rounds
from kb.errors import KbError

if TYPE_CHECKING:
    from api.composition import OpenService
    from api.delivering import Deliverer, Sender
    from api.inbound.chatwoot_worker import ChatwootWorker
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
    if settings.handoff_mail or settings.handoff_destinations:
        from api.handoff_delivery import check_destinations

        check_destinations(settings)
    if settings.chatwoot_url:
        from api.inbound.chatwoot import chatwoot_options

        chatwoot_options(settings)
    if settings.contact_key is not None:
        from kb.sealing import ContactSeal

        ContactSeal(settings.data, settings.contact_key.get_secret_value()).check()


class Workers:
    """Everything that a served process does by itself. Close it before the data folder."""

    def __init__(self, opened: OpenService, address: str = "") -> None:
        """``address``: what links begin with where the settings name no public one.

        Raise ``InvalidInputError`` for settings that cannot be used.
        """
        from api.handoff_share import note_handoff_share
        from kb.regrouping import Regrouper

        self._deliverer = _deliverer(opened, address)
        self._chatwoot = _chatwoot(opened)
        self._rounds = Rounds(
            [
                Round("events.prune", HOUR, opened.records.events.prune),
                Round("inbound.prune", HOUR, opened.records.inbound.prune),
                Round("gaps.regroup", REGROUP_SECONDS, Regrouper(opened.records, opened.service.gaps).run),
                Round("articles.stale", HOUR, lambda: note_stale(opened)),
                Round("handoffs.share", HOUR, lambda: note_handoff_share(opened)),
                Round("weekly_mail", MAIL_SECONDS, lambda: send_weekly_mail(opened)),
            ]
        )

    def start(self) -> None:
        """Raise ``StorageError`` when the database cannot be written."""
        if self._deliverer is not None:
            self._deliverer.start()
        if self._chatwoot is not None:
            self._chatwoot.start()
        self._rounds.start()

    def close(self) -> None:
        if self._deliverer is not None:
            self._deliverer.close()
        if self._chatwoot is not None:
            self._chatwoot.close()
        self._rounds.close()


def _chatwoot(opened: OpenService) -> ChatwootWorker | None:
    """Whoever answers in Chatwoot; None where this server is nobody's bot."""
    if not opened.settings.chatwoot_url:
        return None
    from api.inbound.chatwoot import chatwoot_options
    from api.inbound.chatwoot_worker import ChatwootWorker

    options = chatwoot_options(opened.settings)
    return None if options is None else ChatwootWorker(opened, options)


def _deliverer(opened: OpenService, address: str) -> Deliverer | None:
    """Whoever is told of events; None without a receiver, for which nothing needs to be imported."""
    settings = opened.settings
    if not (settings.webhook_urls or settings.smtp_url or settings.handoff_destinations):
        return None
    from api.delivering import Deliverer
    from api.handoff_delivery import destination_senders, payload_of
    from api.webhooks import webhook_options, webhook_senders

    options = webhook_options(settings)
    senders: dict[str, Sender] = {} if options is None else webhook_senders(options)
    base = (settings.site_url or address).rstrip("/")
    senders |= destination_senders(settings, base)
    return Deliverer(opened.records.events, senders, payload_of(opened, base))


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
