"""Signed tokens: who read an answer may vote on it, who asked for a person may see what became of that, without a login."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from kb.errors import NotAllowedError


class TokenSigner:
    """Signs and checks the token of an answer with a secret of at least 32 bytes.

    ``purpose``: "feedback" or "handoff"; a token made for one is worth nothing for the other, and each ends some day.
    """

    def __init__(self, secret: bytes, purpose: str = "feedback") -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt=f"kb.{purpose}.v2")
        self._purpose = purpose

    @classmethod
    def from_file(cls, path: Path, purpose: str = "feedback") -> TokenSigner:
        """Read the secret at ``path``; make one, readable by the owner only, when there is none."""
        return cls(own_file(path, lambda: secrets.token_bytes(32)), purpose)

    def sign(self, name: str) -> str:
        return str(self._serializer.dumps(name))

    def check(self, token: str, name: str) -> None:
        """Raise ``NotAllowedError`` unless ``token`` was signed for ``name``, and not too long ago."""
        try:
            signed = self._serializer.loads(token, max_age=_DAYS[self._purpose] * 24 * 3600)
        except SignatureExpired:
            raise NotAllowedError(
                f"The token is more than {_DAYS[self._purpose]} days old.", "Ask again to get a new one."
            ) from None
        except BadSignature:
            signed = None
        if signed != name:
            raise NotAllowedError(*_WRONG[self._purpose])


class LinkSigner:
    """Signs links that open one thing until a moment (HMAC-SHA1 of a key derived from the secret and the purpose).

    The moment is signed, not the time of signing, so that the same link can be made again byte for byte.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt=f"kb.{purpose}.v1")

    def sign(self, name: str, until: datetime) -> str:
        return str(self._serializer.dumps([name, int(until.timestamp())]))

    def check(self, token: str, name: str, now: datetime) -> datetime:
        """Until when ``token`` opens ``name``. Raises ``NotAllowedError`` for a token of something else, or an old one."""
        try:
            signed, until = self._serializer.loads(token)
            ends = datetime.fromtimestamp(until, UTC)
        except (BadSignature, ValueError, TypeError, OverflowError):
            raise NotAllowedError(*_WRONG["link"]) from None
        if signed != name:
            raise NotAllowedError(*_WRONG["link"])
        if ends <= now:
            raise NotAllowedError(
                f"The link ended at {ends:%Y-%m-%d %H:%M} UTC.", "Sign in at the desk, or ask an owner for a new link."
            )
        return ends


# Who comes back to an answer after a month judges another time's articles; a person may take longer to answer.
_DAYS = {"feedback": 30, "handoff": 180}
_WRONG = {
    "link": ("The link does not belong to this hand-over.", "Open the link of the letter or webhook, unchanged."),
    "feedback": (
        "The feedback token does not belong to this answer.",
        "Send the feedback_token that came with the answer, unchanged.",
    ),
    "handoff": (
        "The token does not belong to this hand-over.",
        "Send the token that came with the hand-over, unchanged.",
    ),
}


def own_file(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """The bytes at ``path``; those of ``fresh`` are put there, readable by the owner only, when there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and linked into place: of two processes that start at once, one wins and both read the same.
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    beside.touch(mode=0o600)
    beside.write_bytes(fresh())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
    return path.read_bytes()
