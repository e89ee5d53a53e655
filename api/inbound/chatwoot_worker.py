"""Answers what Chatwoot's visitors wrote: each message once, in order, across retries and restarts."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from api.guarded_http import ExchangeError
from api.inbound.chatwoot import (
    PLATFORM,
    ChatwootOptions,
    call,
    handed_over,
    person_in,
    steps_of,
    words_hash,
)
from api.inbound.conversing import Heard, Turned, call_person, choices_of, converse, own_words
from api.inbound.deadline import EXTRACTIVE_AFTER
from kb.errors import KbError

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.records.inbound import InboundMessage

THREADS = 4  # so that an installation that answers slowly delays few conversations
POLL = 0.1  # seconds between two looks for something to do
CALL_SECONDS = 4.0
_LEASE = timedelta(seconds=35)  # six calls and an answer; so long a conversation waits for a process that was killed
# A visitor waits: the first retries come soon. After about a quarter of an hour nobody does any more.
_RETRIES = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0)
# An answer that got lost is waited for this long before the call is made again: Chatwoot tells us of our own words meanwhile.
_UNCERTAIN = 8.0
_log = structlog.get_logger(__name__)


class ChatwootWorker:
    """Start it once; close it. Several processes may work on one data folder."""

    def __init__(self, opened: OpenService, options: ChatwootOptions) -> None:
        self._opened = opened
        self._options = options
        self._inbound = opened.records.inbound
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for _ in range(THREADS):
            thread = threading.Thread(target=self._run, name="chatwoot", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self, timeout: float = 5.0) -> None:
        """Stop after the calls that are running."""
        self._stopped.set()
        until = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                message = self._inbound.claim(_LEASE)
                if message is None:
                    self._stopped.wait(POLL)
                else:
                    self._work(message)
            except Exception as error:  # noqa: BLE001 - the border of a thread: one odd message must not end it
                if not self._stopped.is_set():
                    _log.error("chatwoot.stopped_for_now", error=_told(error))
                self._stopped.wait(10 * POLL)

    def _work(self, message: InboundMessage) -> None:
        if message.interrupted:  # whoever made the call was killed before it was answered
            self._later(message, "interrupted", _UNCERTAIN)
            return
        try:
            steps = self._answer(message) if message.steps is None else [dict(step) for step in message.steps]
        except Exception as error:  # noqa: BLE001 - the border: a visitor waits for words, also for these
            _log.error("chatwoot.failed", error=_told(error))
            if not message.attempts:
                self._later(message, _told(error), 0.0)
                return
            steps = self._apologise(message)
        for number in range(message.done, len(steps)):
            if self._stopped.is_set():
                self._inbound.release(message.id)
                return
            if not self._call(message, steps, number):
                return

    def _answer(self, message: InboundMessage) -> list[dict[str, Any]]:
        """Decide what to say, once: a retry says the same."""
        heard = self._heard(message)
        stop, timer = None, None
        if self._opened.service.generator is not None:
            from kb.generator.endpoint import Stop  # only who has an endpoint waits for this import

            stop = Stop()
            timer = threading.Timer(EXTRACTIVE_AFTER, stop.set)
            timer.daemon = True
            timer.start()
        try:
            turned = converse(self._opened, heard, stop)
        finally:
            if timer is not None:
                timer.cancel()
        steps = steps_of(turned, message.conversation, self._note(turned, heard))
        self._inbound.answered(message.id, steps, choices_of(turned.buttons))
        return steps

    def _apologise(self, message: InboundMessage) -> list[dict[str, Any]]:
        heard = self._heard(message)
        turned = Turned(None, None, own_words(heard)["broken"], without="nobody")
        steps = steps_of(turned, message.conversation, "")
        self._inbound.answered(message.id, steps, {})
        return steps

    def _heard(self, message: InboundMessage) -> Heard:
        asked = message.asked
        choices = self._inbound.choices(message.conversation)
        person = person_in(asked, message.conversation, self._opened.seal)
        return Heard(
            PLATFORM, message.conversation, person, asked["text"], asked["base"], choices=choices, turn=message.id
        )

    def _note(self, turned: Turned, heard: Heard) -> str:
        """Everything that was asked and shown, for the agents who take over."""
        if turned.document is None or not handed_over(turned):
            return ""
        handoff = turned.handoff or call_person(self._opened, heard, turned.document, heard.turn)
        if handoff is None:
            return f"{heard.base}/a/{turned.document['id']}"
        from api.destinations.story import text_of
        from api.handoff_documents import packet_document

        packet = packet_document(
            handoff, None, heard.base, agent_url=self._opened.agent_links.url_of(handoff, heard.base)
        )
        told = {"handoff_id": handoff.id, **packet}
        return text_of(told, site_name=self._opened.settings.site_name, site_url=heard.base)[1]

    def _call(self, message: InboundMessage, steps: list[dict[str, Any]], number: int) -> bool:
        """Make one call; False when the message has to wait."""
        step = steps[number]
        words = words_hash(str(step["body"].get("content", "")))
        self._inbound.begin(message.id, words)
        try:
            status, wait = call(self._options, step, CALL_SECONDS)
        except ExchangeError as error:
            self._later(message, str(error), _UNCERTAIN if error.sent else 0.0)
            return False
        if 200 <= status < 300:
            self._inbound.step_done(message.id, number, last=number == len(steps) - 1)
            return True
        final = 400 <= status < 500 and status not in (401, 403, 408, 425, 429)
        self._later(
            message, f"status {status}", float(wait) if wait.isdecimal() and wait.isascii() else 0.0, final=final
        )
        return False

    def _later(self, message: InboundMessage, error: str, least: float, *, final: bool = False) -> None:
        over = final or message.attempts >= len(_RETRIES)
        delay = None if over else timedelta(seconds=max(least, _RETRIES[message.attempts] * (0.5 + random.random())))
        self._inbound.failed(message.id, error, delay)
        if delay is None:
            _log.warning("chatwoot.given_up", error=error)


def _told(error: BaseException) -> str:
    return f"{error.detail} {error.hint}" if isinstance(error, KbError) else repr(error)
