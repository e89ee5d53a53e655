"""Which bearer tokens are good secret keys: their requests are not counted by address."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import anyio.to_thread

from kb.errors import StorageError

_READ_AGAIN_SECONDS = 60.0  # a key that was revoked is counted by address again after this
_STEP_SECONDS = 0.1  # between two readings: unknown tokens cost a database query so often and no more


class KnownKeys:
    """Holds the hashes of the good secret keys and reads them again for a token that is none of them.

    A key works from its first request on, however many wrong ones came from its address: these share one reading in a tenth of a
    second and are counted by address. It only decides who is counted so; every request is still checked against the stored keys.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._read: Callable[[], frozenset[str]] | None = None
        self._hash: Callable[[str], str] = str
        self._hashes: frozenset[str] = frozenset()
        self._read_at = -_READ_AGAIN_SECONDS
        self._turn = anyio.Lock()

    def follow(self, read: Callable[[], frozenset[str]], hash_of: Callable[[str], str]) -> None:
        """``read``: the hashes of all good secret keys, in a thread; it may raise ``StorageError``. ``hash_of`` a token."""
        self._read, self._hash = read, hash_of

    async def knows(self, token: str) -> bool:
        """Whether ``token`` was a good secret key when this was asked, or within the last minute."""
        if self._read is None or not token.startswith("kb_sk_"):
            return False
        came, hashed = self._now(), self._hash(token)
        if hashed in self._hashes and came < self._read_at + _READ_AGAIN_SECONDS:
            return True
        async with self._turn:
            if self._read_at < came:  # else somebody has read since
                await anyio.sleep(max(0.0, self._read_at + _STEP_SECONDS - self._now()))
                await self._read_again(self._read)
        return hashed in self._hashes

    async def _read_again(self, read: Callable[[], frozenset[str]]) -> None:
        began = self._now()
        try:
            self._hashes = await anyio.to_thread.run_sync(read)
        except StorageError:
            self._hashes = frozenset()  # then all are counted by address; the call itself says what is wrong
        self._read_at = began
