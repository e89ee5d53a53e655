"""`/v1/ui/chat` with the real `useChat` of the AI SDK in a browser, on a page of another origin."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from api.app import create_app
from kb.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import Site

CHROMIUM = Path("/usr/bin/chromium")
SOURCES = Path(__file__).parent / "page"
CACHE = Path.home() / ".cache" / "kb-recipes" / "use-chat-6"
pytestmark = [
    pytest.mark.recipes,
    pytest.mark.browser,
    pytest.mark.skipif(not os.environ.get("KB_RECIPES"), reason="builds a page with npm: KB_RECIPES=1 turns it on"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: install Node.js 20 or newer"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt install chromium fonts-noto-cjk"),
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Tests print what they need."""


def command(*words: str) -> None:
    done = subprocess.run(words, cwd=CACHE, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"


@pytest.fixture(scope="module")
def service(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("use-chat") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    app = create_app(Settings(data=data, rate_limit_enabled=False, log_level="error"), host="127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, name="use-chat-server")
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline, "the server did not start in a minute"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="module")
def page_address(service: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, bundled with the packages that its package.json pins; they are kept between runs."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "chat.jsx"):
        shutil.copy(SOURCES / name, CACHE / name)
    if not (CACHE / "node_modules" / "ai").exists():
        try:
            command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
        except AssertionError as error:
            pytest.skip(f"the packages could not be installed: {str(error)[-300:]}")
    site = tmp_path_factory.mktemp("page")
    bundle = ["node_modules/.bin/esbuild", "chat.jsx", "--bundle", "--jsx=automatic", f"--outfile={site / 'chat.js'}"]
    command(*bundle, '--define:process.env.NODE_ENV="production"')
    html = f'<!doctype html><title>Chat</title><div id=root></div><script>window.SERVICE="{service}"</script>'
    (site / "index.html").write_text(f'{html}<link rel=icon href="data:,"><script src=chat.js></script>')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(page_address: str) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        opened = browser.new_page()
        opened.set_default_timeout(20_000)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.goto(page_address)
        yield opened
        browser.close()
    assert complaints == []


def ask(page: Page, question: str, replies: int) -> Any:
    """The reply number ``replies``, complete."""
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    page.locator(f"main[data-status=ready][data-finished='{replies}']").wait_for()
    return page.locator("section.assistant").last


@pytest.mark.parametrize(
    ("question", "follow_up", "facts"),
    [
        ("退款到信用卡需要多久到账？", "银行转账呢？", ("5 至 7 个工作日", "3 个工作日")),
        (
            "How long does a refund to my credit card take?",
            "And by bank transfer?",
            ("5 to 7 working days", "3 working days"),
        ),
    ],
)
def test_a_conversation_in_a_page(page: Page, question: str, follow_up: str, facts: tuple[str, str]) -> None:
    reply = ask(page, question, 1)
    assert facts[0] in reply.locator(".text").inner_text()
    assert reply.locator(".text").get_attribute("data-state") == "done"
    assert reply.locator(".outcome").inner_text() == "answered"
    assert "/billing/refunds.html" in str(reply.locator(".source").first.get_attribute("href"))
    conversation = reply.locator(".outcome").get_attribute("data-conversation")
    reply = ask(page, follow_up, 2)
    assert facts[1] in reply.locator(".text").inner_text()
    assert reply.locator(".outcome").get_attribute("data-conversation") == conversation
    reply = ask(page, "转人工", 3)
    assert reply.locator(".outcome").inner_text() == "handoff"
    page.get_by_role("button", name="Again").click()
    page.locator("main[data-status=ready][data-finished='4']").wait_for()
    assert page.locator("section.assistant").count() == 3


def test_a_question_that_is_refused_is_shown_as_an_error(page: Page) -> None:
    page.get_by_label("Question").fill("x" * 1001)
    page.get_by_label("Question").press("Enter")
    assert "at most 1000 characters" in page.get_by_role("alert").inner_text()
