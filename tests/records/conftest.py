from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answer_samples import Clock

from kb.records import Records


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[Records]:
    with Records.open(tmp_path, clock=clock) as opened:
        yield opened
