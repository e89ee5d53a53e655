"""The link in a letter or webhook with which an agent reads and answers one request without signing in, until it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kb.tokens import LinkSigner

if TYPE_CHECKING:
    from kb.records.handoffs import Handoff

PAGE = "/agent/handoffs"


class AgentLinks:
    """Makes and checks the links of an installation. ``hours``: how long one lasts from the request on."""

    def __init__(self, secret: bytes, hours: int, site_url: str) -> None:
        self._signer = LinkSigner(secret, "agent")
        self._lasts = timedelta(hours=hours)
        self._site_url = site_url.rstrip("/")

    def url_of(self, handoff: Handoff, site_url: str = "", *, since: datetime | None = None) -> str:
        """The whole address; the same every time for the same request and ``since``, when it was made if that is None.

        ``site_url``: what the address begins with where the settings name none.
        """
        until = (since or handoff.at) + self._lasts
        token = self._signer.sign(handoff.id, until)
        return f"{self._site_url or site_url}{PAGE}/{handoff.id}?link={token}"

    def check(self, token: str, handoff_id: str) -> datetime:
        """Until when the link is good. Raises ``NotAllowedError`` for one of another request, or an old one."""
        return self._signer.check(token, handoff_id, datetime.now(UTC))
