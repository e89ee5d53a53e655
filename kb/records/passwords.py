"""Passwords as hashes: Argon2id (RFC 9106) with the smallest cost that OWASP recommends, so that a laptop can serve it.

One check takes some tens of milliseconds and 19 MiB on purpose: call it from a thread, never from an event loop.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# NIST SP 800-63B asks for at least 8, OWASP ASVS for 12; the upper limit only keeps a request small.
MIN_PASSWORD, MAX_PASSWORD = 12, 256  # code points
# A crowd at the door must not take the memory of the whole process.
_AT_ONCE = threading.BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """The PHC string to store. Raises ``InvalidInputError`` for a password that is too short or too long."""
    if not MIN_PASSWORD <= len(_prepared(password)) <= MAX_PASSWORD:
        raise InvalidInputError(
            f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters.", "Take several words.", "/password"
        )
    with _AT_ONCE:
        return _hasher().hash(_prepared(password))


def is_password(password: str, stored: str | None) -> bool:
    """Whether ``password`` belongs to the hash ``stored``; None stands for nobody and takes as long as a wrong one."""
    if len(password) > MAX_PASSWORD:
        return False
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            _hasher().verify(_nobody() if stored is None else stored, _prepared(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def prepare() -> None:
    """Work out once what ``is_password`` needs for unknown names, so that the first of them takes no longer."""
    _nobody()


@cache
def _nobody() -> str:
    return _hasher().hash("the password of nobody")


@cache
def _hasher() -> PasswordHasher:
    # Here, not above: importing the application should not cost what only signing in needs.
    from argon2 import PasswordHasher

    # OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _prepared(password: str) -> str:
    # The same characters typed on another system can be other code points (NIST SP 800-63B: normalise before hashing).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
