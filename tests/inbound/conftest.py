"""A running application whose visitors come from platforms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
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

        def begin(data: Path | None = None, **settings: Any) -> TestClient:
            chosen = {
                "rate_limit_enabled": False,
                "log_level": "error",
                "site_url": "https://help.example.com",
                **settings,
            }
            app = create_app(Settings(data=data or site.data, inbound_secret=INBOUND, **chosen), host="127.0.0.1")
            return stack.enter_context(TestClient(app, base_url=BASE, raise_server_exceptions=False))

        yield begin


@pytest.fixture
def chatwoot(start: Callable[..., TestClient]) -> Iterator[Chatwoot]:
    """A Chatwoot whose bot is a running application."""
    with connected(start) as double:
        yield double


@pytest.fixture
def connect(start: Callable[..., TestClient]) -> Callable[[], AbstractContextManager[Chatwoot]]:
    """Connect a new Chatwoot to a new application on the same data: ``with connect() as chatwoot``."""
    return partial(connected, start)


@contextmanager
def connected(start: Callable[..., TestClient], data: Path | None = None) -> Iterator[Chatwoot]:
    clients: list[TestClient] = []

    def post(body: bytes, headers: dict[str, str]) -> int:
        return clients[-1].post("/v1/inbound/chatwoot", content=body, headers=headers).status_code

    double = Chatwoot(post)
    with double.listening() as url:
        clients.append(
            start(data, chatwoot_url=url, chatwoot_token=TOKEN, chatwoot_secret=SECRET, webhook_allow_private=True)
        )
        double.client = clients[-1]  # type: ignore[attr-defined]
        yield double


@pytest.fixture
def ambiguous(tmp_path: Path, index_into: Callable[[Path, Path], Any]) -> Path:
    """A data folder whose articles leave it open what "reset" is about."""
    texts = {
        "en": ("Reset the {0}", "To reset the {0}, hold the button on its back for ten seconds until it blinks."),
        "zh": ("重置{0}", "按住{0}背面的按钮十秒，直到指示灯闪烁，即可重置{0}。"),
    }
    things = {"en": ("router", "lamp", "camera"), "zh": ("路由器", "台灯", "摄像头")}
    for lang, (title, text) in texts.items():
        (tmp_path / "resets" / lang).mkdir(parents=True)
        for number, thing in enumerate(things[lang]):
            head = title.format(thing)
            content = f"---\ntitle: {head}\n---\n\n## {head}\n\n{text.format(thing)}\n"
            (tmp_path / "resets" / lang / f"{number}.md").write_text(content, encoding="utf-8")
    index_into(tmp_path / "resets", tmp_path / "resets-data")
    return tmp_path / "resets-data"


@pytest.fixture
def unsure(start: Callable[..., TestClient], ambiguous: Path) -> Iterator[Chatwoot]:
    """A Chatwoot whose bot has to ask back."""
    with connected(start, ambiguous) as double:
        yield double
