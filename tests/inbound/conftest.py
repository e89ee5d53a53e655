"""A running application whose visitors come from platforms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from chatwoot_double import SECRET, TOKEN, Chatwoot
from starlette.testclient import TestClient

from api.app import create_app
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site

BASE = "http://127.0.0.1:8000"
INBOUND = "the-secret-of-inbound-calls"


@pytest.fixture
def start(site: Site) -> Iterator[Callable[..., TestClient]]:
    """Start an application on the same data each time: ``start(any_setting=...)``. Stopped after the test."""
    with ExitStack() as stack:

        def begin(**settings: Any) -> TestClient:
            chosen = {
                "rate_limit_enabled": False,
                "log_level": "error",
                "site_url": "https://help.example.com",
                **settings,
            }
            app = create_app(Settings(data=site.data, inbound_secret=INBOUND, **chosen), host="127.0.0.1")
            return stack.enter_context(TestClient(app, base_url=BASE, raise_server_exceptions=False))

        yield begin


@pytest.fixture
def chatwoot(start: Callable[..., TestClient]) -> Iterator[Chatwoot]:
    """A Chatwoot whose bot is a running application."""
    clients: list[TestClient] = []

    def post(body: bytes, headers: dict[str, str]) -> int:
        return clients[-1].post("/v1/inbound/chatwoot", content=body, headers=headers).status_code

    double = Chatwoot(post)
    with double.listening() as url:
        clients.append(
            start(chatwoot_url=url, chatwoot_token=TOKEN, chatwoot_secret=SECRET, webhook_allow_private=True)
        )
        double.client = clients[-1]  # type: ignore[attr-defined]
        yield double
