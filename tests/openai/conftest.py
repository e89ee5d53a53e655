"""A real server process and the real clients of OpenAI's API, asked about the fixture articles."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from openai import OpenAI

from api.app import create_app
from kb.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.composition import OpenService
    from tests.conftest import Site

ENGLISH = "How long does a refund to my credit card take?"
CHINESE = "退款到信用卡需要多久到账？"
UNKNOWN = {"en": "Do you sell electric bicycles?", "zh": "你们卖电动自行车吗？"}


def alike(said: str | None) -> str:
    """What was said, without the id of the answer in the link to a person: every asking has its own."""
    return re.sub(r"(?<=/person\?answer=)ans_\w+", "", said or "")


@dataclass(frozen=True, slots=True)
class Desk:
    """A running server: its address, and what it holds."""

    url: str
    app: FastAPI

    @property
    def opened(self) -> OpenService:
        opened: OpenService = self.app.state.kb.opened
        return opened

    def client(self, key: str = "unused", **more: Any) -> OpenAI:
        """A client that shows its first failure. ``key``: every client has to send something."""
        return OpenAI(base_url=f"{self.url}/v1", api_key=key, **{"max_retries": 0, **more})


@contextmanager
def served(settings: Settings, host: str = "127.0.0.1") -> Iterator[Desk]:
    app = create_app(settings, host=host)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, name="openai-server")
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in a minute"
            time.sleep(0.02)
        yield Desk(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app)
    finally:
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="session")
def desk(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for all tests that do not mind what others asked: no keys, no limits."""
    data = tmp_path_factory.mktemp("openai") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    with served(Settings(data=data, rate_limit_enabled=False, log_level="error")) as running:
        yield running


@pytest.fixture
def client(desk: Desk) -> Iterator[OpenAI]:
    with desk.client() as opened:
        yield opened


@pytest.fixture
def serve(site: Site) -> Iterator[Callable[..., Desk]]:
    """Start a server of one's own: ``serve(any_setting=...)``. Stopped after the test."""
    with ExitStack() as stack:

        def start(data: Path | None = None, *, host: str = "127.0.0.1", **settings: Any) -> Desk:
            chosen = {"rate_limit_enabled": False, "log_level": "error", **settings}
            return stack.enter_context(served(Settings(data=data or site.data, **chosen), host))

        yield start
