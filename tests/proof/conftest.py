"""Small collections of articles, indexed once for a file of tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from indexer.build import BuildReport
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot

# From articles by id (title, a blank line, text) to the snapshot that says them.
Collect = Callable[[Mapping[str, str]], Snapshot]


@pytest.fixture(scope="module")
def collect(tmp_path_factory: pytest.TempPathFactory, index_into: Callable[[Path, Path], BuildReport]) -> Collect:
    """A function that indexes articles."""

    def run(articles: Mapping[str, str]) -> Snapshot:
        folder = tmp_path_factory.mktemp("collection")
        for name, text in articles.items():
            path = folder / "articles" / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# {text}\n", encoding="utf-8")
        index_into(folder / "articles", folder / "data")
        return load_snapshot(folder / "data")

    return run
