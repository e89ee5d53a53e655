"""Signed feedback tokens: they let the reader of one answer vote on it without a login."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer

from kb.errors import NotAllowedError


class TokenSigner:
    """Signs and checks the token of an answer with a secret of at least 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeSerializer(secret, salt="kb.feedback.v1")

    @classmethod
    def from_file(cls, path: Path) -> TokenSigner:
        """Read the secret at ``path``; make one, readable by the owner only, when there is none."""
        try:
            return cls(path.read_bytes())
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and linked into place: of two processes that start at once, one wins and both read the same.
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return cls(path.read_bytes())

    def sign(self, answer_id: str) -> str:
        return str(self._serializer.dumps(answer_id))

    def check(self, token: str, answer_id: str) -> None:
        """Raise ``NotAllowedError`` unless ``token`` was signed for ``answer_id``."""
        try:
            signed = self._serializer.loads(token)
        except BadSignature:
            signed = None
        if signed != answer_id:
            raise NotAllowedError(
                "The feedback token does not belong to this answer.",
                "Send the feedback_token that came with the answer, unchanged.",
            )
