"""Starting to deliver while another process holds the database, as a backup does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from api.delivering import Deliverer
from kb.errors import StorageError


class Busy:
    """An outbox whose database is held for the first ``times`` attempts to write into it."""

    def __init__(self, times: int) -> None:
        self.left = times

    def configure(self, targets: Sequence[str]) -> None:
        if self.left:
            self.left -= 1
            raise StorageError("The database is locked.", "Wait.")

    def claim(self, target: str, lease: float) -> None:
        return None


def deliverer(times: int) -> Deliverer:
    senders: Any = {"a": lambda delivery, at: None}
    return Deliverer(cast(Any, Busy(times)), senders)


def test_a_database_that_is_held_for_a_while_is_waited_for() -> None:
    started = deliverer(2)
    started.start()
    started.close()


def test_one_that_stays_held_is_told() -> None:
    with pytest.raises(StorageError, match="locked"):
        deliverer(100).start()
