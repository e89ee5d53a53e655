"""A server with a key over six articles that the dialogues are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.build import BuildReport
from kb.records import Records
from tests.mcp.running import serving

ARTICLES = Path(__file__).parent / "articles"


@dataclass(frozen=True)
class Desk:
    """``url``: of the server. ``key``: a secret key that may do everything."""

    url: str
    key: str


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, index_into: Callable[[Path, Path], BuildReport]) -> Iterator[Desk]:
    root = tmp_path_factory.mktemp("dialogues")
    index_into(ARTICLES, root / "data")
    with Records.open(root / "data") as records:
        key = records.create_key("bots", kind="secret", scopes=("admin",))[1]
    with serving(root / "data", root / "log", rate_limit_enabled="false") as url:
        yield Desk(url, key)
