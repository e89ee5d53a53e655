"""A snapshot of the fixture articles without any model."""

from __future__ import annotations

import pytest
from snapshots import fixture_snapshot

from kb.index.snapshot import Snapshot


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    return fixture_snapshot()
