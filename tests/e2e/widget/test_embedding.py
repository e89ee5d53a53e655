"""The widget on pages of another origin: strict ones, without scripts, with a key, that swap their body, with keys of their own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.widget.conftest import Locked, Open, Service, Widget, eventually
from tests.e2e.widget.host_pages import document, element, light_form, script_tag, strict_policy
from tests.e2e.widget.host_site import HostSite

BUILT = Path(__file__).parents[3] / "api" / "widget" / "dist"
REFUND = "When do I get my money back?"
CARD = "信用卡退款要多久？"


def test_one_tag_is_enough(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/plain", document(script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    widget.ask(REFUND)
    assert "5 to 7 working days" in widget.within("answer").inner_text()
    assert page.evaluate("document.querySelectorAll('kb-ask').length") == 1
    # Nothing of the page is touched but the one element and the scripts in its head.
    assert page.evaluate("document.body.getAttribute('style')") is None
    assert page.evaluate("document.querySelectorAll('style, iframe, body > :not(header, main, kb-ask)').length") == 0
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    assert page.evaluate("document.fonts.size") == 0


@pytest.mark.parametrize("scripts", ["own", "service"])
def test_a_strict_page_of_another_origin(visit: Open, service: Service, host: HostSite, scripts: str) -> None:
    if scripts == "own":
        host.put_folder("/kb", BUILT)
        tag = script_tag("/kb/kb-ask.js", server=service.url)
        policy = strict_policy(service.url)
    else:
        tag = script_tag(service.script)
        policy = strict_policy(service.url, scripts=service.url)
    url = host.put(f"/strict-{scripts}", document(tag, html='lang="zh-Hans"'), headers=policy)
    before = len(host.requests)
    page = visit(url)
    widget = Widget(page)
    widget.open()
    widget.ask(CARD)
    assert "5 至 7 个工作日" in widget.within("answer").inner_text()
    widget.within("vote-up").click()
    # Style sheets were adopted: what is unstyled would be transparent.
    assert widget.part("box").first.evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"
    own = [path for path in host.requests[before:] if path.startswith("/kb/")]
    assert ("/kb/kb-ask.js" in own) is (scripts == "own")


def test_a_page_that_lists_other_trusted_types_policies(visit: Open, service: Service, host: HostSite) -> None:
    policy = {"Content-Security-Policy": f"script-src {service.url}; trusted-types other"}
    url = host.put("/other-policies", document(script_tag(service.script)), headers=policy)
    widget = Widget(visit(url, tolerated=("trusted-types", "TrustedTypePolicy", "Trusted")))
    widget.open()
    widget.ask(REFUND)
    assert "5 to 7 working days" in widget.within("answer").inner_text()


@pytest.mark.parametrize("kind", ["json", "file", "broken"])
def test_texts_of_the_site(visit: Open, service: Service, host: HostSite, kind: str) -> None:
    texts = '{"de": {"open": "Frage stellen", "sources": "Quellen"}}'
    host.put("/texts.json", texts)
    strings = {"json": texts, "file": "/texts.json", "broken": "{"}[kind]
    tag = script_tag(service.script, strings=strings, lang="de")
    widget = Widget(visit(host.put(f"/texts-{kind}", document(tag)), tolerated=("no texts in",)))
    launcher = widget.part("launcher")
    launcher.wait_for()
    assert launcher.inner_text().strip() == ("Ask a question" if kind == "broken" else "Frage stellen")
    widget.open()
    widget.ask(REFUND)
    assert widget.within("sources").get_attribute("aria-label") == ("Sources" if kind == "broken" else "Quellen")
    assert widget.part("root").get_attribute("lang") == "de"


def test_without_scripts_the_form_inside_asks(visit: Open, service: Service, host: HostSite) -> None:
    body = element(light_form(service.url), mode="inline") + script_tag(service.script)
    page = visit(host.put("/no-script", document(body)), scripts=False, width=360)
    page.get_by_label("Your question").fill(REFUND)
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url(f"{service.url}/ask?q=*")
    assert "5 to 7 working days" in page.locator("main").inner_text()
    page.context.clear_cookies()  # our own pages remember the language; the site's page set none


def test_with_scripts_the_form_gives_way_and_keeps_what_was_typed(
    visit: Open, service: Service, host: HostSite
) -> None:
    body = element(light_form(service.url), mode="inline") + script_tag(service.script)
    page = visit(host.put("/with-form", document(body)))
    widget = Widget(page)
    widget.input.wait_for()
    assert not page.locator("#plain-question").is_visible()
    widget.ask(REFUND)


def test_a_public_key_of_this_origin_opens_a_locked_service(visit: Open, host: HostSite, locked: Locked) -> None:
    service = locked.service
    url = host.put(
        "/keyed", document(script_tag(service.script, key=locked.key)), headers=strict_policy(service.url, service.url)
    )
    widget = Widget(visit(url, also=(service.url,)))
    widget.open()
    widget.input.press_sequentially("refund")
    widget.part("suggestions").locator("[role=option]").first.wait_for()
    widget.ask(REFUND)
    widget.within("vote-up").click()
    eventually(lambda: len(service.rows("SELECT * FROM votes")) == 1, "the vote has arrived")


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_key_is_said_plainly_and_leads_to_the_pages(
    visit: Open, host: HostSite, locked: Locked, known: bool
) -> None:
    service = locked.service
    tag = script_tag(service.script, key=locked.foreign_key if known else "kb_pk_unknown")
    widget = Widget(visit(host.put(f"/foreign-{known}", document(tag)), also=(service.url,), tolerated=("40[13]",)))
    widget.open()
    widget.send(REFUND)
    widget.within("error").wait_for()
    assert widget.within("error").inner_text().strip()


def test_calls_before_the_widget_is_there_are_kept_in_order(visit: Open, service: Service, host: HostSite) -> None:
    early = """<script>
      window.kbAsk = window.kbAsk || function () { (kbAsk.q = kbAsk.q || []).push(arguments); };
      window.heard = [];
      kbAsk('on', 'answer', (detail) => heard.push(detail));
      kbAsk('ask', 'When do I get my money back?');
    </script>"""
    page = visit(host.put("/queue", document(early + script_tag(service.script))))
    widget = Widget(page)
    widget.within("source").first.wait_for()
    page.wait_for_function("heard.length === 1")
    assert widget.input.is_visible()
    assert REFUND in widget.turn.inner_text()
    page.evaluate("kbAsk('close')")
    widget.part("dialog").wait_for(state="hidden")
    page.evaluate("kbAsk('open')")
    widget.part("dialog").wait_for()
    page.evaluate("kbAsk('destroy')")
    page.wait_for_function("!document.querySelector('kb-ask')")


def test_a_page_may_remove_and_reinsert_the_element(visit: Open, service: Service, host: HostSite) -> None:
    body = '<div id="app">' + element(mode="inline") + "</div>" + script_tag(service.script, mode="none")
    page = visit(host.put("/spa", document(body)))
    widget = Widget(page)
    widget.ask(REFUND)
    page.evaluate("""() => { const ask = document.querySelector('kb-ask'); ask.remove();
        return new Promise(done => setTimeout(() => { document.querySelector('#app').append(ask); done(); }, 50)); }""")
    widget.input.wait_for()
    widget.ask("How do I reset the password of the router?")
    # A body that is made anew, as by a router of a site, with an element of its own.
    page.evaluate("""() => { document.querySelector('#app').innerHTML = '<kb-ask mode="inline"></kb-ask>'; }""")
    widget.ask(REFUND)
    assert widget.part("turn").count() == 1
    assert page.evaluate("document.querySelectorAll('kb-ask').length") == 1


def test_the_launcher_survives_a_page_that_swaps_its_body(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/swap", document(script_tag(service.script))))
    widget = Widget(page)
    widget.part("launcher").wait_for()
    page.evaluate("""() => { const body = document.createElement('body'); body.innerHTML = '<main><h1>Next</h1></main>';
        document.documentElement.replaceChild(body, document.body); }""")
    widget.open()
    widget.ask(REFUND)
    assert page.evaluate("document.querySelectorAll('kb-ask').length") == 1


def test_keys_of_the_site_stay_its_own(visit: Open, service: Service, host: HostSite) -> None:
    body = """<label>Name <input id="name"></label> <textarea id="note" aria-label="Note"></textarea>
      <div id="rich" contenteditable role="textbox" aria-label="Rich">x</div>
      <script>window.keys = []; addEventListener('keydown', e => keys.push(e.key));</script>"""
    page = visit(host.put("/hotkeys", document(body + script_tag(service.script))))
    widget = Widget(page)
    widget.part("launcher").wait_for()
    for field in ("#name", "#note", "#rich"):
        page.locator(field).press("End")
        page.keyboard.type("a/b")
        page.keyboard.press("Control+k")
        assert widget.part("dialog").is_hidden()
    assert page.locator("#name").input_value() == "a/b"
    page.locator("h1").click()
    page.keyboard.press("/")
    widget.input.wait_for()
    heard = page.evaluate("keys.length")
    page.keyboard.type("gone/?")
    assert widget.input.input_value() == "gone/?"  # the slash that opened it is not typed
    # What is typed into the widget's field is not taken for a key of the site by listeners that skip fields.
    assert page.evaluate("keys.length") - heard in (0, len("gone/?"))


def test_a_hotkey_that_the_site_uses_is_left_to_it(visit: Open, service: Service, host: HostSite) -> None:
    body = """<script>document.addEventListener('keydown', e => {
        if (e.key === 'k' && e.ctrlKey) { e.preventDefault(); document.title = 'site search'; } });</script>"""
    page = visit(host.put("/taken", document(body + script_tag(service.script))))
    widget = Widget(page)
    widget.part("launcher").wait_for()
    page.keyboard.press("Control+k")
    page.wait_for_function("document.title === 'site search'")
    assert widget.part("dialog").is_hidden()


@pytest.mark.parametrize("mode", ["button", "modal", "panel"])
def test_modes_that_open(visit: Open, service: Service, host: HostSite, mode: str) -> None:
    page = visit(host.put(f"/mode-{mode}", document(script_tag(service.script, mode=mode))))
    widget = Widget(page)
    page.wait_for_function("typeof kbAsk === 'function'")
    page.evaluate("kbAsk('open')")
    widget.input.wait_for()
    widget.ask(REFUND)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    widget.part("dialog").wait_for(state="hidden")
    page.evaluate("kbAsk('open')")
    assert "5 to 7 working days" in widget.within("answer").inner_text()  # the conversation is still there


def test_search_mode_finds_articles_and_asks_on_the_answer_page(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/search-mode", document(element(mode="search") + script_tag(service.script))))
    widget = Widget(page)
    widget.input.press_sequentially("refund")
    widget.part("suggestions").get_by_role("option", name="How long refunds take").first.wait_for()
    widget.input.press("Enter")
    page.wait_for_url(f"{service.url}/ask?q=refund*")
    page.context.clear_cookies()


def test_events_bubble_and_a_site_may_take_over(visit: Open, service: Service, host: HostSite) -> None:
    listener = """<script>
      window.seen = [];
      for (const name of ['ask', 'answer', 'citation', 'feedback', 'handoff'])
        document.addEventListener('kb:' + name, (event) => {
          seen.push([name, event.target.localName, event.cancelable, event.composed]);
          if (name === 'handoff') { event.preventDefault(); window.packet = event.detail; }
          if (name === 'citation') event.preventDefault();
        });
    </script>"""
    page = visit(host.put("/events", document(listener + script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    widget.ask(REFUND)
    widget.within("source").locator("a").first.click()
    widget.within("vote-up").click()
    widget.part("person").last.click()
    page.wait_for_function("seen.length >= 5")
    assert page.evaluate("seen") == [
        [name, "kb-ask", True, True] for name in ("ask", "answer", "citation", "feedback", "handoff")
    ]
    assert page.url == f"{host.origin}/events"  # a cancelled citation opens nothing
    assert len(page.context.pages) == 1
    assert REFUND in page.evaluate("JSON.stringify(packet)")  # the transcript travels
    assert service.rows("SELECT * FROM handoffs WHERE page_url = ?", page.url) == []


def test_a_cancelled_question_is_not_sent(visit: Open, service: Service, host: HostSite) -> None:
    listener = "<script>document.addEventListener('kb:ask', (event) => event.preventDefault());</script>"
    page = visit(host.put("/cancelled", document(listener + script_tag(service.script))))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/ask" in request.url else None)
    widget = Widget(page)
    widget.open()
    widget.send(f"{REFUND} cancelled")
    page.wait_for_timeout(300)
    assert asked == []


def test_a_browser_follows_the_answer_page_from_an_address(visit: Open, service: Service) -> None:
    page = visit(f"{service.url}/ask?q={quote(REFUND)}", scripts=False)
    assert "5 to 7 working days" in page.locator("main").inner_text()
    page.context.clear_cookies()
