"""Work in the background that only one process on a data folder may do at a time."""

from __future__ import annotations

from collections.abc import Callable

from kb.records.database import Database


class Leases:
    """Leases by name. One that is not renewed runs out, so a killed process keeps nobody waiting for long.

    ``now``: milliseconds since 1970-01-01 UTC. Every method raises ``StorageError``.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def take(self, name: str, holder: str, milliseconds: int) -> bool:
        """Take or renew the lease ``name`` for so long; False while another holder has it."""
        now = self._now()
        with self._db.writing() as connection:
            return (
                connection.execute(
                    "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)"
                    " ON CONFLICT (name) DO UPDATE SET holder = :holder, until = :until"
                    " WHERE holder = :holder OR until <= :now",
                    {"name": name, "holder": holder, "until": now + milliseconds, "now": now},
                ).rowcount
                == 1
            )

    def release(self, name: str, holder: str) -> None:
        """Let another holder have the lease at once."""
        with self._db.writing() as connection:
            connection.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))
