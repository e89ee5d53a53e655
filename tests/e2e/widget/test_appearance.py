"""How the widget looks where it is put: dark, from right to left, on a phone, without motion, in forced colours, to axe-core."""

from __future__ import annotations

import orjson
import pytest

from tests.e2e.accessibility import violations
from tests.e2e.widget.conftest import Open, Service, Widget
from tests.e2e.widget.host_pages import document, element, script_tag
from tests.e2e.widget.host_site import HostSite

REFUND = "When do I get my money back?"
BOX = "document.querySelector('kb-ask').shadowRoot.querySelector('[part~=box]')"
# What moved of the page: what lies in a shadow tree has no node here.
SHIFT = """() => { window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
    if (entry.sources.some(source => source.node)) window.shift += entry.value; })
    .observe({type: 'layout-shift', buffered: true}); }"""


def brightness(widget: Widget) -> int:
    """Sum of red, green and blue behind the open widget."""
    colour = widget.page.evaluate(f"""() => {{ const c = new OffscreenCanvas(1, 1).getContext('2d');
        c.fillStyle = getComputedStyle({BOX}).backgroundColor; c.fillRect(0, 0, 1, 1);
        return [...c.getImageData(0, 0, 1, 1).data]; }}""")
    assert colour[3] == 255
    return sum(colour[:3])


@pytest.mark.parametrize(
    ("html", "body", "system_dark", "expected"),
    [
        ('data-theme="dark"', "", False, True),
        ('class="dark"', "", False, True),
        ("", ' data-md-color-scheme="slate"', False, True),
        ('data-theme="light"', "", True, False),
        ("", ' data-md-color-scheme="default"', True, False),
        ("", "", False, False),
    ],
)
def test_light_and_dark_follow_the_page(
    visit: Open, service: Service, host: HostSite, html: str, body: str, system_dark: bool, expected: bool
) -> None:
    url = host.put("/theme", document(script_tag(service.script), html=f'lang="en" {html}', main=body))
    widget = Widget(visit(url, dark=system_dark))
    widget.open()
    assert (brightness(widget) < 200) is expected


def test_a_switch_of_the_page_switches_the_widget_and_an_order_goes_before(
    visit: Open, service: Service, host: HostSite
) -> None:
    widget = Widget(visit(host.put("/switch", document(script_tag(service.script)))))
    widget.open()
    assert brightness(widget) > 500
    widget.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    widget.page.wait_for_function(f"getComputedStyle({BOX}).colorScheme.includes('dark')")
    assert brightness(widget) < 200
    ordered = Widget(visit(host.put("/ordered", document(script_tag(service.script, theme="dark")))))
    ordered.open()
    assert brightness(ordered) < 200


def test_a_site_themes_by_variables_and_parts(visit: Open, service: Service, host: HostSite) -> None:
    host.put("/brand.css", "kb-ask { --kb-accent: rgb(180, 0, 90); } kb-ask::part(launcher) { border-radius: 3px; }")
    head = '<link rel="stylesheet" href="/brand.css">'
    widget = Widget(visit(host.put("/brand", document(script_tag(service.script), head=head))))
    launcher = widget.part("launcher")
    launcher.wait_for()
    assert launcher.evaluate("e => getComputedStyle(e).borderTopLeftRadius") == "3px"
    assert launcher.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(180, 0, 90)"


def test_styles_of_the_site_do_not_reach_in(visit: Open, service: Service, host: HostSite) -> None:
    host.put(
        "/wild.css", "* { color: lime !important; } button, input { display: none !important; } p { font-size: 60px; }"
    )
    head = '<link rel="stylesheet" href="/wild.css">'
    widget = Widget(visit(host.put("/wild", document(script_tag(service.script), head=head))))
    widget.open()
    widget.ask(REFUND)
    assert widget.within("answer").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") < 20


def test_from_right_to_left(visit: Open, service: Service, host: HostSite) -> None:
    widget = Widget(visit(host.put("/rtl", document(script_tag(service.script), html='lang="ar" dir="rtl"'))))
    launcher = widget.part("launcher")
    launcher.wait_for()
    box = launcher.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] / 2 < 640  # at the end of the line, which is on the left
    widget.open()
    widget.ask(REFUND)
    assert widget.part("box").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
    # An English answer is still read from the left.
    assert widget.within("answer").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert widget.page.evaluate(f"{BOX}.scrollWidth <= {BOX}.clientWidth")


def test_a_sheet_over_the_whole_phone(visit: Open, service: Service, host: HostSite) -> None:
    url = host.put("/phone", document(script_tag(service.script)))
    widget = Widget(visit(url, width=360, height=640, has_touch=True, is_mobile=True))
    widget.part("launcher").tap()
    widget.input.wait_for()
    widget.page.wait_for_timeout(400)  # the sheet slides in
    widget.ask(REFUND)
    box = widget.part("dialog").bounding_box()
    assert box is not None
    assert (round(box["x"]), round(box["width"])) == (0, 360)
    assert box["height"] >= 632
    assert widget.page.evaluate("document.documentElement.scrollWidth") <= 360
    wide = f"""() => [...{BOX}.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1
        && !['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX) && e.clientWidth > 40
        && !e.querySelector('[part~=sources]') // a strip to the edges of the sheet
        && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML.slice(0, 80))"""
    assert widget.page.evaluate(wide) == []
    # Fields of 16 px are not zoomed into by iOS; what is tapped is at least 24 px high (WCAG 2.2, 2.5.8).
    assert widget.input.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    small = f"""() => [...{BOX}.querySelectorAll('button, [part~=action], summary')].filter(e => e.offsetParent)
        .map(e => [e.getAttribute('part'), e.getBoundingClientRect()])
        .filter(([, r]) => r.width > 0 && (r.height < 24 || r.width < 24)).map(([part]) => part)"""
    assert [part for part in widget.page.evaluate(small) if part != "number"] == []
    widget.part("close").tap()
    widget.part("dialog").wait_for(state="hidden")


def test_without_motion_nothing_moves(visit: Open, service: Service, host: HostSite) -> None:
    url = host.put("/still", document(script_tag(service.script)))
    widget = Widget(visit(url, reduced_motion="reduce"))
    widget.open()
    widget.ask(REFUND)
    moving = """() => document.querySelector('kb-ask').shadowRoot.getAnimations().filter(a =>
        a.playState === 'running' && (a.effect.getComputedTiming().duration > 10)).length"""
    assert widget.page.evaluate(moving) == 0
    slow = f"""() => [...{BOX}.querySelectorAll('*')].filter(e => {{ const s = getComputedStyle(e);
        return [s.transitionDuration, s.animationDuration].some(d => d.split(',').some(v => parseFloat(v) > 0.01)); }})
        .map(e => e.outerHTML.slice(0, 60))"""
    assert widget.page.evaluate(slow) == []


def test_forced_colours_keep_edges_and_states(visit: Open, service: Service, host: HostSite) -> None:
    url = host.put("/forced", document(script_tag(service.script)))
    widget = Widget(visit(url, forced_colors="active"))
    launcher = widget.part("launcher")
    launcher.wait_for()
    edge = "e => parseFloat(getComputedStyle(e).borderTopWidth) >= 1 || getComputedStyle(e).outlineStyle !== 'none'"
    assert launcher.evaluate(edge)
    widget.open()
    assert widget.part("dialog").evaluate(edge) or widget.part("box").first.evaluate(edge)
    widget.ask(REFUND)
    up = widget.within("vote-up")
    look = """e => { const s = getComputedStyle(e);
        return JSON.stringify([s.backgroundColor, s.borderTopColor, s.color, s.borderTopWidth]); }"""
    before = up.evaluate(look)
    up.click()
    widget.page.mouse.move(1, 1)
    widget.page.wait_for_function(
        f"([before]) => ({look})(document.querySelector('kb-ask').shadowRoot.querySelector('[part~=vote-up]')) !== before",
        arg=[before],
    )


def test_the_page_is_painted_and_does_not_move(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/shift", document(script_tag(service.script) + "<p>End</p>")))
    page.evaluate(SHIFT)
    widget = Widget(page)
    widget.open()
    widget.ask(REFUND)
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert page.evaluate("window.shift") == 0
    assert page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1


def clean(widget: Widget, what: str) -> None:
    """No violation of axe-core in what is shown now."""
    assert [f"{what}: {complaint}" for complaint in violations(widget.page)] == []


@pytest.mark.parametrize(("lang", "dark"), [("en", False), ("zh-Hans", True), ("zh-Hant", False), ("en", True)])
def test_axe_finds_nothing_in_any_state(visit: Open, service: Service, host: HostSite, lang: str, dark: bool) -> None:
    url = host.put(f"/axe-{lang}", document(script_tag(service.script), html=f'lang="{lang}"'))
    widget = Widget(
        visit(url, dark=dark, tolerated=("net::ERR",), reduced_motion="reduce", width=360 if dark else 1280)
    )
    chinese = lang != "en"
    widget.part("launcher").wait_for()
    clean(widget, "closed")
    widget.open()
    clean(widget, "opened")
    widget.input.press_sequentially("退款" if chinese else "refund")
    widget.part("suggestions").locator("[role=option]").first.wait_for()
    clean(widget, "suggestions")
    widget.input.press("ArrowDown")
    clean(widget, "suggestions, one chosen")
    widget.input.press("Escape")
    widget.ask("信用卡退款要多久？" if chinese else REFUND)
    clean(widget, "answered")
    widget.within("vote-down").click()
    widget.within("comment").wait_for()
    clean(widget, "voting")
    widget.ask("router", "clarify")
    widget.ask("How do I download an invoice?")
    widget.ask("企鹅要为潜水艇交关税吗？" if chinese else "Do penguins pay customs duty on submarines?", "no_answer")
    clean(widget, "clarify, overdue, no answer")
    widget.part("person").last.click()
    clean(widget, "person")
    widget.page.context.set_offline(True)
    widget.send(REFUND)
    widget.part("error").first.wait_for()
    clean(widget, "offline")


def test_marked_words_can_be_read_wherever_they_stand(visit: Open, service: Service, host: HostSite) -> None:
    widget = Widget(visit(host.put("/marks", document(script_tag(service.script), html='lang="en"')), dark=True))
    widget.open()
    widget.input.press_sequentially("refund")
    marks = widget.part("suggestions").locator("mark")
    marks.first.wait_for()
    assert marks.evaluate_all("all => new Set(all.map(mark => getComputedStyle(mark).color)).size") == 1
    ink = widget.input.evaluate("input => getComputedStyle(input).color")
    assert marks.first.evaluate("mark => getComputedStyle(mark).color") == ink


def test_in_a_page_a_conversation_covers_nothing_else(visit: Open, service: Service, host: HostSite) -> None:
    body = element(mode="inline") + script_tag(service.script, mode="none") + '<p><a id="below" href="#x">below</a></p>'
    page = visit(host.put("/turns", document(body, html='lang="en"')))
    widget = Widget(page)
    for question in (REFUND, "How do I download an invoice?", REFUND):
        widget.ask(question)
    last, box = widget.turn.bounding_box(), page.locator("kb-ask").bounding_box()
    assert last
    assert box
    assert last["y"] + last["height"] <= box["y"] + box["height"]
    page.locator("#below").click(timeout=5_000)
    assert page.url.endswith("#x")


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_axe_finds_nothing_in_a_suggestion_with_words_before_it(
    visit: Open, service: Service, host: HostSite, lang: str
) -> None:
    page = visit(host.put(f"/axe-suggested-{lang}", document(script_tag(service.script), html=f'lang="{lang}"')))
    widget = Widget(page)
    widget.open()

    def unsure(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        answer = orjson.loads(response.text().strip().rpartition("data: ")[2])
        answer |= {"outcome": "suggested", "answer": None, "suggestions": answer["citations"], "citations": []}
        answer["preface"] = "We are sorry about the trouble."
        route.fulfill(response=response, body=f"event: answer.completed\ndata: {orjson.dumps(answer).decode()}\n\n")  # type: ignore[attr-defined]

    page.route("**/v1/ask/stream", unsure)
    widget.ask(REFUND, "suggested")
    assert widget.within("preface").inner_text() == "We are sorry about the trouble."
    assert widget.within("source").count() >= 1
    clean(widget, "suggested")


@pytest.mark.parametrize("mode", ["inline", "search", "panel"])
def test_axe_finds_nothing_in_other_modes(visit: Open, service: Service, host: HostSite, mode: str) -> None:
    body = element(mode=mode) + script_tag(service.script)
    widget = Widget(visit(host.put(f"/axe-mode-{mode}", document(body)), reduced_motion="reduce"))
    if mode == "panel":
        widget.open()
    widget.input.press_sequentially("refund")
    widget.part("suggestions").locator("[role=option]").first.wait_for()
    clean(widget, mode)
    if mode != "search":
        widget.input.press("Escape")
        widget.ask(REFUND)
        clean(widget, f"{mode} answered")


def test_the_check_of_accessibility_can_fail(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/unclean", document('<img src="/site.css"><input>')))
    with pytest.raises(AssertionError, match="image-alt"):
        clean(Widget(page), "unclean")
