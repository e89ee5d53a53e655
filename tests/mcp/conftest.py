"""One server with keys, one folder for `kb mcp`, and a conversation over every transport."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hearing import Heard, Server, everything
from running import over_http, over_stdio, serving

from kb.records import Records

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture(scope="session")
def server(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("mcp")
    shutil.copytree(built_site.data, root / "data", symlinks=True)
    with Records.open(root / "data") as records:
        key, reader, searcher = (
            records.create_key(scope, kind="secret", scopes=(scope,))[1] for scope in ("admin", "gaps:read", "search")
        )
        page = records.create_key("page", kind="public", scopes=("ask",), origins=("https://shop.example",))[1]
    with serving(root / "data", root / "log", rate_limit_enabled="false") as url:
        yield Server(url, key, reader, searcher, page, root / "log")


@pytest.fixture(scope="session")
def data(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for `kb mcp`."""
    folder = tmp_path_factory.mktemp("stdio") / "data"
    shutil.copytree(built_site.data, folder, symlinks=True)
    return folder


@pytest.fixture(scope="session", params=["http", "http-2025", "stdio", "stdio-2025"])
def heard(request: pytest.FixtureRequest, server: Server, data: Path) -> Heard:
    """By the newest protocol and by the one of 2025, over both transports, with all rights."""
    mode = "legacy" if request.param.endswith("2025") else "auto"
    if request.param.startswith("http"):
        return Heard(False, over_http(server.url, everything, mode=mode, Authorization=f"Bearer {server.key}"))
    return Heard(True, over_stdio(data, everything, mode=mode))
