"""The widget without a mouse, and with an input method."""

from __future__ import annotations

import pytest

from tests.e2e.widget.conftest import Open, Service, Widget
from tests.e2e.widget.host_pages import document, script_tag
from tests.e2e.widget.host_site import HostSite

REFUND = "When do I get my money back?"
ACTIVE = """() => { let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at?.getAttribute('part') || at?.id || at?.localName; }"""
# Whatever has the focus shows it, by itself or by the card or bar around it.
FOCUS_RING = """() => { let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    const shown = (e) => { const s = getComputedStyle(e);
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== 'none'; };
    return at.matches('[part~=input]') || shown(at) || shown(at.closest('[part~=source]') ?? at); }"""


@pytest.fixture
def widget(visit: Open, service: Service, host: HostSite) -> Widget:
    """A page with a launcher and a button of its own before it."""
    body = '<button id="own">Own</button>' + script_tag(service.script)
    widget = Widget(visit(host.put("/keyboard", document(body))))
    widget.part("launcher").wait_for()
    return widget


def test_everything_by_keyboard(widget: Widget) -> None:
    page = widget.page
    page.locator("#own").focus()
    page.keyboard.press("Control+k")
    widget.input.wait_for()
    assert page.evaluate(ACTIVE) == "input"
    page.keyboard.type(REFUND)
    page.keyboard.press("Enter")
    widget.page.locator("kb-ask [part~=turn][data-outcome=answered]").wait_for()
    assert page.evaluate(ACTIVE) == "input"  # an answer takes the focus from nobody
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(ACTIVE))
        assert page.evaluate(FOCUS_RING), reached[-1]
        if "person" in reached:
            break
    wanted = {"source", "action", "vote-up", "vote-down", "copy", "permalink", "person"}
    found = {name for name in wanted for part in reached if name in part.split()}
    links = [part for part in reached if part in ("a", "source-link", "link")]
    assert found | ({"source"} if links else set()) == wanted, reached
    page.keyboard.press("Escape")
    widget.part("dialog").wait_for(state="hidden")
    assert page.evaluate(ACTIVE) == "own"  # back where it was opened from


def test_the_focus_stays_in_the_open_dialog(widget: Widget) -> None:
    widget.open()
    outside = set()
    for _ in range(30):
        widget.page.keyboard.press("Tab")
        outside.add(widget.page.evaluate("document.activeElement?.localName"))
    assert outside <= {"kb-ask", "body"}  # body: the browser's own bar comes between the last and the first


def test_the_focus_returns_to_the_launcher(widget: Widget) -> None:
    widget.part("launcher").focus()
    widget.page.keyboard.press("Enter")
    widget.input.wait_for()
    widget.part("close").focus()
    widget.page.keyboard.press("Enter")
    widget.part("dialog").wait_for(state="hidden")
    assert widget.page.evaluate(ACTIVE) == "launcher"


def test_suggestions_go_by_arrows_and_leave_what_was_typed(widget: Widget) -> None:
    widget.open()
    box, options = widget.input, widget.part("suggestions").locator("[role=option]")
    box.fill("refund")  # at once: on a slow machine, a list for fewer letters would be there first and be replaced
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert widget.page.locator(f"kb-ask #{active}").get_attribute("aria-selected") == "true"
    assert widget.page.evaluate(ACTIVE) == "input"  # the field keeps the focus (WAI-ARIA combobox)
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.get_attribute("aria-activedescendant") in (None, "")
    assert box.input_value() == "refund"
    assert widget.part("dialog").is_visible()  # the first Escape closes the list only
    box.press_sequentially("s")
    options.first.wait_for()
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    box.press("Escape")
    box.press("Enter")
    widget.part("turn").first.wait_for()
    assert "refunds" in widget.turn.inner_text()


def test_the_status_says_how_many_suggestions_there_are_and_never_the_answer(widget: Widget) -> None:
    widget.open()
    status = widget.page.locator("kb-ask [role=status]")
    widget.input.press_sequentially("refund")
    widget.page.wait_for_function(
        "/\\d/.test(document.querySelector('kb-ask').shadowRoot.querySelector('[role=status]').textContent)"
    )
    widget.page.evaluate("""() => { window.said = [];
        const status = document.querySelector('kb-ask').shadowRoot.querySelector('[role=status]');
        new MutationObserver(() => said.push(status.textContent))
            .observe(status, {childList: true, characterData: true, subtree: true}); }""")
    widget.ask(REFUND)
    widget.page.wait_for_function("said.some(text => text.trim())")
    said = widget.page.evaluate("said")
    assert not [text for text in said if "5 to 7 working days" in text and len(text) > 400]
    assert status.count() == 1
    assert widget.part("conversation").get_attribute("aria-live") == "off"


@pytest.mark.parametrize("word", ["退款", "退貨"])
def test_enter_of_an_input_method_does_not_send(widget: Widget, word: str) -> None:
    widget.open()
    page = widget.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/ask" in request.url else None)
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "tuikuan", "selectionStart": 7, "selectionEnd": 7})
    key = {"windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"}
    for kind in ("rawKeyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, **key})
    # While words are composed, arrows and Escape are the input method's too.
    for name in ("ArrowDown", "Escape"):
        session.send(
            "Input.dispatchKeyEvent", {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": name, "code": name}
        )
    assert widget.part("dialog").is_visible()
    session.send("Input.insertText", {"text": word})
    # Safari ends the composition before it sends the key: its code, 229, is all that tells.
    widget.input.evaluate(
        """box => box.dispatchEvent(new KeyboardEvent('keydown',
            {key: 'Enter', keyCode: 229, bubbles: true, composed: true, cancelable: true}))"""
    )
    page.wait_for_timeout(300)
    assert asked == []
    assert widget.part("turn").count() == 0
    assert widget.input.input_value() == word
    widget.input.press("Enter")
    widget.page.locator("kb-ask [part~=turn][data-outcome]").first.wait_for()


def test_suggestions_wait_for_the_end_of_a_composition(widget: Widget) -> None:
    widget.open()
    page = widget.page
    searched: list[str] = []
    page.on("request", lambda request: searched.append(request.url) if "/v1/search" in request.url else None)
    session = page.context.new_cdp_session(page)
    for typed in ("t", "tu", "tui", "tuik"):
        session.send(
            "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
        )
    page.wait_for_timeout(400)
    assert not [url for url in searched if "tui" in url]  # letters of an unfinished word are nobody's question
    session.send("Input.insertText", {"text": "退款"})
    widget.part("suggestions").locator("[role=option]").first.wait_for()
    assert any("%E9%80%80%E6%AC%BE" in url for url in searched)
