"""Answers that come slowly, not at all, or are not wanted any more."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from kb.settings import Settings
from tests.e2e.conftest import served
from tests.e2e.widget.conftest import Open, Service, Widget, eventually
from tests.e2e.widget.host_pages import document, script_tag
from tests.e2e.widget.host_site import HostSite
from tests.model_server import STREAM, ModelServer, Reply, event, model_server

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.conftest import Site

CARD = "How long does a refund to my credit card take?"
FIRST, SECOND = "A refund to a credit card takes 5 to 7 working days [1].", "A bank transfer takes 3 working days [1]."
NETWORK = ("net::ERR", "Failed to load resource")


@dataclass
class Gates:
    """Where the model waits: before its first word, and between its two sentences."""

    begin: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def reply(self) -> Reply:
        def pieces() -> Iterator[bytes]:
            self.begin.wait(30)
            # A sentence is complete when the next one begins.
            for text, gate in ((f"{FIRST} {SECOND[:6]}", self.go_on), (SECOND[6:], None)):
                for start in range(0, len(text), 6):
                    yield event(text[start : start + 6])
                if gate is not None:
                    # Whoever has left is noticed by a write only.
                    while not gate.wait(0.05):
                        yield event("")
            yield event("", "stop")

        return 200, STREAM, pieces()


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="module")
def worded(built_site: Site, model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose answers are worded by ``model``."""
    data = tmp_path_factory.mktemp("worded") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    settings = Settings(
        data=data,
        rate_limit_enabled=False,
        log_level="error",
        generator_url=model.url,
        generator_model="m",
        generator_timeout=60,
    )
    with served(settings) as url:
        yield Service(url, data)


@pytest.fixture
def gates(model: ModelServer) -> Iterator[Gates]:
    gates = Gates()
    model.answers = lambda _: gates.reply()
    model.broken_off.clear()
    yield gates
    gates.begin.set()
    gates.go_on.set()


@pytest.fixture
def slow(visit: Open, worded: Service, host: HostSite, gates: Gates) -> Widget:
    """A widget whose question waits at the first gate."""
    page = visit(host.put("/slow", document(script_tag(worded.script))), also=(worded.url,))
    widget = Widget(page)
    widget.open()
    widget.send(CARD)
    return widget


def test_sources_come_before_the_text_and_the_text_comes_in_pieces(slow: Widget, gates: Gates) -> None:
    slow.within("source").first.wait_for()
    assert "5 to 7" not in slow.part("turn").last.locator("[part~=answer]").all_inner_texts()
    assert slow.turn.get_attribute("data-outcome") in (None, "")
    gates.begin.set()
    slow.within("answer").get_by_text("5 to 7 working days").wait_for()
    assert slow.turn.get_attribute("data-outcome") in (None, "")  # not complete, and on the screen already
    assert "3 working days" not in slow.within("answer").inner_text()
    assert slow.part("stop").is_visible()
    gates.go_on.set()
    slow.page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()
    text = slow.within("answer").inner_text()
    assert text.index("5 to 7 working days") < text.index("3 working days")
    assert not slow.part("stop").is_visible()


def test_what_is_read_stays_where_it_is_while_text_comes(slow: Widget, gates: Gates) -> None:
    gates.begin.set()
    slow.within("answer").get_by_text("5 to 7 working days").wait_for()
    before = slow.within("answer").bounding_box()
    gates.go_on.set()
    slow.page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()
    after = slow.within("answer").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["x"] - after["x"]) <= 1


@pytest.mark.parametrize(
    "how",
    [
        lambda widget: widget.part("stop").click(),
        lambda widget: widget.page.evaluate("kbAsk('destroy')"),
        lambda widget: widget.page.goto("about:blank"),
    ],
    ids=["stop", "destroy", "leaving the page"],
)
def test_an_answer_that_is_not_wanted_any_more_is_cancelled_at_the_server(
    slow: Widget, gates: Gates, model: ModelServer, how: Callable[[Widget], object]
) -> None:
    gates.begin.set()
    slow.within("answer").get_by_text("5 to 7 working days").wait_for()
    how(slow)
    eventually(model.broken_off.is_set, "the service has hung up on the model")


def test_after_a_stop_what_came_stays_and_the_next_question_works(
    slow: Widget, gates: Gates, model: ModelServer
) -> None:
    gates.begin.set()
    slow.within("answer").get_by_text("5 to 7 working days").wait_for()
    slow.part("stop").click()
    slow.part("stop").wait_for(state="hidden")
    assert "5 to 7 working days" in slow.turn.inner_text()
    assert slow.page.evaluate("document.querySelector('kb-ask').shadowRoot.activeElement !== null")
    model.answers = lambda _: (500, "text/plain", [])  # the quotes are served at once
    slow.ask(CARD)
    assert slow.part("turn").count() == 2


def test_an_answer_that_breaks_off_is_said_and_can_be_tried_again(
    visit: Open, service: Service, host: HostSite
) -> None:
    page = visit(host.put("/broken", document(script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    about = '{"id":"ans_1","conversation_id":"cnv_1","question":{"text":"x","lang":"en"},"lang":"en"}'
    half = f"event: answer.created\ndata: {about}\n\n"
    half += 'event: answer.delta\ndata: {"text":"A refund "}\n\n'
    page.route(
        "**/v1/ask/stream",
        lambda route: route.fulfill(
            status=200,
            body=half,
            headers={"content-type": "text/event-stream", "access-control-allow-origin": "*"},
        ),
        times=1,
    )
    widget.send(CARD)
    # Either it is said, with a way to try again, or the plain call has brought the whole answer.
    settled = page.locator("kb-ask [part~=retry], kb-ask [part~=turn][data-outcome=answered]").first
    settled.wait_for()
    if widget.part("retry").count():
        widget.part("retry").click()
    page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()
    assert "5 to 7 working days" in widget.within("answer").inner_text()


def test_offline_is_said_and_trying_again_answers(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/offline", document(script_tag(service.script))), tolerated=NETWORK)
    widget = Widget(page)
    widget.open()
    page.context.set_offline(True)
    widget.send(CARD)
    widget.part("error").wait_for()
    assert CARD in widget.turn.inner_text()  # nothing that was typed is lost
    widget.part("retry").click()
    page.wait_for_timeout(200)
    widget.part("retry").wait_for()
    page.context.set_offline(False)
    retry = widget.part("retry")
    if retry.is_visible():
        retry.click()
    page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()
    assert widget.part("error").count() == 0
    assert widget.part("turn").count() == 1


def test_the_widget_can_be_opened_later_when_it_could_not_be_loaded(
    visit: Open, service: Service, host: HostSite
) -> None:
    page = visit(host.put("/before", document("")), tolerated=(*NETWORK, "could not be loaded"))
    page.route("**/kb-ask-en.js*", lambda route: route.abort())
    page.goto(host.put("/late", document(script_tag(service.script, mode="modal"))))
    page.wait_for_function("typeof kbAsk === 'function'")
    assert page.evaluate("kbAsk('open').then(() => 'opened', () => 'failed')") == "failed"
    page.unroute("**/kb-ask-en.js*")
    # What was on its way when the line came back may still fail.
    page.wait_for_function("kbAsk('open').then(() => true, () => false)")
    Widget(page).input.wait_for()


def test_a_slow_line_shows_that_work_goes_on(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/2g", document(script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 800, "downloadThroughput": 6_000, "uploadThroughput": 6_000},
    )
    widget.send(CARD)
    widget.part("turn").first.wait_for()  # the question is on the screen at once
    assert widget.part("stop").is_visible()
    assert widget.turn.get_attribute("data-outcome") in (None, "")
    page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()


def refusing(status: int, problem: str) -> Callable[[Route], None]:
    """What answers a call with this problem, as our service does to pages of other origins."""
    headers = {
        "content-type": "application/problem+json",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Retry-After",
        "retry-after": "1",
    }

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=problem, headers=headers)

    return answer


def test_a_full_service_is_said_with_its_reason(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/full", document(script_tag(service.script))), tolerated=("429", "503"))
    widget = Widget(page)
    widget.open()
    for status, code in ((429, "rate_limited"), (503, "overloaded")):
        problem = f'{{"type":"about:blank","title":"x","status":{status},"detail":"x","code":"{code}"}}'
        page.route("**/v1/ask/stream", refusing(status, problem))
        widget.send(CARD)
        widget.within("error").wait_for()
        assert widget.within("retry").is_visible()
        page.unroute("**/v1/ask/stream")
        widget.within("retry").click()
        widget.turn.locator("[part~=answer]").get_by_text("5 to 7 working days").wait_for()
