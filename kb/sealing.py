"""Keeps a visitor's contact unreadable for whoever has the database alone (Fernet: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kb.errors import InvalidInputError
from kb.tokens import own_file

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class ContactSeal:
    """Encrypts and decrypts contacts with keys of 32 random bytes in URL-safe base64 (github.com/fernet/spec).

    ``keys``: separated by commas; the first one encrypts, any of them decrypts, so that a key can be replaced. Without one, the key
    at ``path`` is used, made when it is first needed. Methods raise ``InvalidInputError`` for a key that is none.
    """

    def __init__(self, path: Path, keys: str = "") -> None:
        self._path = path
        self._keys = keys

    @cached_property
    def _fernet(self) -> MultiFernet:
        # Here, not above: only a contact waits for the library.
        from cryptography.fernet import Fernet, MultiFernet

        given = self._keys.replace(",", " ").split() or [own_file(self._path, Fernet.generate_key).decode("latin-1")]
        try:
            return MultiFernet([Fernet(key) for key in given])
        except ValueError:
            raise InvalidInputError(
                f"{'KB_CONTACT_KEY' if self._keys else self._path} holds what is no key of 32 bytes in URL-safe base64.",
                "Put back the key that contacts were encrypted with, or leave the setting empty to have one made.",
            ) from None

    def check(self) -> None:
        """Raise ``InvalidInputError`` when the keys cannot be used."""
        assert self._fernet

    def seal(self, contact: Mapping[str, str]) -> bytes:
        return self._fernet.encrypt(orjson.dumps(contact))

    def open(self, sealed: bytes) -> dict[str, Any] | None:
        """The contact; None when no key fits: it was replaced, or the database came from elsewhere."""
        from cryptography.fernet import InvalidToken

        try:
            opened: dict[str, Any] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            return None
        return opened
