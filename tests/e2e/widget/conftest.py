"""A service, the site of another origin that embeds its widget, and a visitor whose browser complains of nothing."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kb.settings import Settings
from tests.e2e.conftest import served
from tests.e2e.widget.host_pages import STYLE
from tests.e2e.widget.host_site import HostSite, host_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request

    from tests.conftest import Site

CONTACT = "mailto:help@example.com"
PATIENCE = 30  # seconds until something that must come has not come


@dataclass(frozen=True)
class Service:
    """A running answer service: its origin and its data folder."""

    url: str
    data: Path

    @property
    def script(self) -> str:
        return f"{self.url}/widget/v1/kb-ask.js"

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """What the database says, read beside the server."""
        with closing(sqlite3.connect(f"file:{self.data / 'records.db'}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()


@dataclass(frozen=True)
class Widget:
    """The one widget of a page, by the names of its parts. Locators of playwright see through open shadow roots."""

    page: Page

    def part(self, name: str) -> Locator:
        return self.page.locator(f"kb-ask [part~='{name}']")

    @property
    def input(self) -> Locator:
        return self.part("input")

    @property
    def turn(self) -> Locator:
        """The last turn of the conversation."""
        return self.part("turn").last

    def within(self, name: str) -> Locator:
        """A part of the last turn."""
        return self.turn.locator(f"[part~='{name}']")

    def open(self) -> None:
        self.part("launcher").click()
        self.input.wait_for()

    def send(self, question: str) -> None:
        """Type a question and press Enter."""
        self.input.fill(question)
        self.input.press("Enter")

    def ask(self, question: str, outcome: str = "answered") -> Locator:
        """Ask, and wait until the last turn has ``outcome``."""
        count = self.part("turn").count()
        self.send(question)
        found = self.part("turn").nth(count)
        self.page.wait_for_function(
            "([at, outcome]) => document.querySelector('kb-ask').shadowRoot"
            ".querySelectorAll('[part~=turn]')[at]?.dataset.outcome === outcome",
            arg=[count, outcome],
        )
        return found


@pytest.fixture(scope="session")
def service(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over the fixture articles that everybody may ask."""
    data = tmp_path_factory.mktemp("widget") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    settings = Settings(data=data, rate_limit_enabled=False, log_level="error", handoff_contact=CONTACT)
    with served(settings) as url:
        yield Service(url, data)


@dataclass(frozen=True)
class Locked:
    """A service that asks for keys; a public key for pages of the site, and one for another site.

    Nobody reads its requests for a person: it has neither a user nor a secret key.
    """

    service: Service
    key: str
    foreign_key: str


@pytest.fixture(scope="session")
def locked(built_site: Site, host: HostSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    from kb.records import Records
    from kb.records.keys import PUBLIC_SCOPES

    data = tmp_path_factory.mktemp("locked") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    with Records.open(data) as records:
        _, key = records.create_key("shop", "public", PUBLIC_SCOPES, [host.origin])
        _, foreign = records.create_key("elsewhere", "public", PUBLIC_SCOPES, ["https://shop.example.com"])
    settings = Settings(
        data=data, rate_limit_enabled=False, log_level="error", require_key=True, handoff_contact=CONTACT
    )
    with served(settings) as url:
        yield Locked(Service(url, data), key, foreign)


@pytest.fixture(scope="session")
def host() -> Iterator[HostSite]:
    """The site that embeds the widget."""
    with host_site() as site:
        site.put("/site.css", STYLE)
        yield site


Open = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser, service: Service, host: HostSite) -> Iterator[Open]:
    """Open an address: ``visit(url, width=360, scripts=False, dark=True, tolerated=("net::ERR",), also=(origin,))``.

    At the end no page may have reported an error (but those that ``tolerated`` matches), called an origin that is neither
    the site's nor the service's (nor in ``also``), or set a cookie.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def go(
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        scripts: bool = True,
        dark: bool = False,
        tolerated: tuple[str, ...] = (),
        also: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        def complain(text: str) -> None:
            if not any(re.search(pattern, text) for pattern in tolerated):
                complaints.append(text)

        def watch(request: Request) -> None:
            if not request.url.startswith((service.url, host.origin, *also, "data:", "blob:")):
                complaints.append(f"called {request.url}")

        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        context.on("request", watch)
        context.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complain(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(url)
        return page

    yield go
    for context in contexts:
        complaints += [f"cookie {cookie.get('name')}" for cookie in context.cookies()]
        context.close()
    assert complaints == []


def eventually(found: Callable[[], bool], what: str) -> None:
    """Look again and again until ``found``."""
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
