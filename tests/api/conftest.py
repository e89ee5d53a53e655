"""A running application over the fixture articles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site

BASE = "http://127.0.0.1:8000"
Serve = Callable[..., TestClient]


def application(data: Path, *, host: str = "127.0.0.1", **settings: Any) -> FastAPI:
    chosen = {"rate_limit_enabled": False, "log_level": "error", **settings}
    return create_app(Settings(data=data, **chosen), host=host)


@pytest.fixture(scope="session")
def client(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One application for all tests that do not mind what others asked: on loopback, no keys, no limits."""
    data = tmp_path_factory.mktemp("api") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    with TestClient(application(data), base_url=BASE) as opened:
        yield opened


@pytest.fixture
def serve(site: Site) -> Iterator[Serve]:
    """Start an application of its own: ``serve(host=..., any_setting=...)``. Stopped after the test."""
    with ExitStack() as stack:

        def start(data: Path | None = None, *, host: str = "127.0.0.1", **settings: Any) -> TestClient:
            app = application(data or site.data, host=host, **settings)
            return stack.enter_context(TestClient(app, base_url=BASE, raise_server_exceptions=False))

        yield start
