"""Whether a request for a person that is sent to this server reaches anybody, and where else a person is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kb.errors import StorageError

if TYPE_CHECKING:
    from kb.records import Records
    from kb.settings import Settings

_KNOWN_SECONDS = 10.0  # users and keys come and go rarely, and every answer says whether there is somebody
_SCHEMES = ("http", "https", "mailto", "tel")
_READING_SCOPES = {"handoffs", "admin"}


def is_told(settings: Settings) -> bool:
    """Whether somebody is told of requests for a person without looking at the desk."""
    return bool(settings.webhook_urls or settings.handoff_mail or settings.handoff_destinations)


class Reception:
    """Who gets requests for a person: receivers that are told of them, else whoever may read the desk. Thread-safe."""

    def __init__(self, records: Records, *, told: bool, now: Callable[[], float] = time.monotonic) -> None:
        """``told``: a webhook or a mailbox is configured."""
        self._records = records
        self._told = told
        self._now = now
        self._known: tuple[float, bool] | None = None
        self.open_desk = False  # set by a server on loopback: there the desk needs nobody to sign in at first

    def accepts(self) -> bool:
        """Whether somebody is told of a request, or may read it. Never raises: nobody is promised what is not sure."""
        if self._told:
            return True
        known, now = self._known, self._now()
        if known is None or known[0] <= now:
            try:
                known = (now + _KNOWN_SECONDS, self._readable())
            except StorageError:
                known = (now + _KNOWN_SECONDS, False)
            self._known = known
        return known[1]

    def _readable(self) -> bool:
        users, keys = self._records.users.everyone(), self._records.list_keys()
        if any(user.disabled_at is None for user in users):
            return True
        if any(k.kind == "secret" and k.revoked_at is None and _READING_SCOPES & set(k.scopes) for k in keys):
            return True
        return self.open_desk and not users and not keys


def contact_address(given: str) -> str:
    """``given`` if a visitor's browser may follow it (web, mail, telephone, or a page of this site), else ``""``.

    >>> contact_address("mailto:help@example.com"), contact_address("javascript:alert(1)")
    ('mailto:help@example.com', '')
    """
    scheme, colon, _ = given.strip().partition(":")
    relative = not colon or any(mark in scheme for mark in "/?#")
    return given.strip() if relative or scheme.lower() in _SCHEMES else ""
