"""Reading in a real browser: themes, the section that is read, links and code to copy, votes, and nothing that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Visit

REFUNDS = "/articles/en/billing/refunds.html?lang=en"
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(251, 252, 251)", "rgb(17, 22, 20)"
# The sum of all unexpected layout shifts (Layout Instability API), once everything has been loaded.
SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => (sum += e.value)))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => resolve(sum), 400);
})"""


def test_the_theme_follows_the_system_until_somebody_chooses(visit: Visit) -> None:
    page = visit("/?lang=en", dark=True)
    switch = page.locator("[data-theme-switch]")
    assert page.evaluate(BACKGROUND) == DARK
    for expected, name in ((LIGHT, "light"), (DARK, "dark")):
        switch.click()
        assert page.evaluate(BACKGROUND) == expected
        assert name in (switch.get_attribute("aria-label") or "")
    page.emulate_media(color_scheme="light")
    page.goto(REFUNDS)
    assert page.evaluate(BACKGROUND) == DARK  # chosen, and kept on other pages
    page.locator("[data-theme-switch]").click()
    assert page.evaluate(BACKGROUND) == LIGHT
    assert page.evaluate("localStorage.getItem('kb-theme')") is None


def test_a_chosen_theme_is_there_before_anything_is_painted(visit: Visit) -> None:
    page = visit("/?lang=en")
    page.locator("[data-theme-switch]").click()
    page.locator("[data-theme-switch]").click()
    page.add_init_script(
        "new MutationObserver(() => { if (document.body) window.early ??= document.documentElement.dataset.theme; })"
        ".observe(document, {childList: true, subtree: true});"
    )
    page.reload()
    assert page.evaluate("window.early") == "dark"


def test_without_scripts_there_is_no_switch_that_does_nothing(visit: Visit) -> None:
    page = visit("/?lang=en", scripts=False)
    assert not page.locator("[data-theme-switch]").is_visible()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/?lang=en", "/c/billing?lang=en", REFUNDS, "/articles/zh/devices/two-step.html"])
def test_nothing_moves_while_a_page_loads(visit: Visit, path: str, width: int) -> None:
    page = visit(path, width=width)
    assert page.evaluate(SHIFTS) < 0.005  # a busy machine may draw an icon a frame late; 0.1 is still called good


def test_the_section_that_is_read_is_marked_in_the_contents(visit: Visit) -> None:
    page = visit(REFUNDS)
    page.set_viewport_size({"width": 1280, "height": 400})
    current = page.locator(".contents [aria-current]")
    links = page.locator(".contents a")
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'; scrollTo(0, 0)")
    page.wait_for_function("!document.querySelector('.contents [aria-current]')")
    for index in range(links.count()):
        target = (links.nth(index).get_attribute("href") or "")[1:]
        page.evaluate("id => document.getElementById(decodeURIComponent(id)).scrollIntoView()", target)
        page.wait_for_function(
            "i => document.querySelectorAll('.contents a')[i].getAttribute('aria-current') === 'location'", arg=index
        )
        assert current.count() == 1


def test_links_to_headings_show_by_keyboard_and_are_copied(visit: Visit) -> None:
    page = visit(REFUNDS, permissions=["clipboard-read", "clipboard-write"])
    anchor = page.locator(".anchor").first
    assert page.get_by_role("heading", name="Times by payment method", exact=True).count() == 1
    assert anchor.evaluate("e => getComputedStyle(e).opacity") == "0"
    anchor.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert anchor.evaluate("e => getComputedStyle(e).opacity") == "1"
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith("#times-by-payment-method")
    assert page.url.endswith("#times-by-payment-method")


def test_words_of_the_search_are_marked_without_touching_the_text(visit: Visit) -> None:
    plain = visit(REFUNDS).locator(".prose").inner_html()
    page = visit(f"{REFUNDS}&q=credit+<b>card</b>")
    assert page.evaluate("CSS.highlights.get('asked').size") >= 2
    assert page.evaluate("[...CSS.highlights.get('asked')].map(r => r.toString().toLowerCase())[0]") in (
        "credit",
        "card",
    )
    assert page.locator(".prose").inner_html() == plain
    chinese = visit("/articles/zh/devices/two-step.html?q=备用码")
    assert chinese.evaluate("CSS.highlights.get('asked').size") >= 2
    assert visit(REFUNDS).evaluate("CSS.highlights.size") == 0


def test_a_vote_stays_on_the_page_and_can_be_changed(visit: Visit) -> None:
    page = visit(REFUNDS)
    box = page.locator("#helpful")
    box.get_by_role("button", name="No", exact=True).click()
    box.get_by_role("heading", name="Sorry that it did not help").wait_for()
    assert page.url.endswith(REFUNDS)
    assert page.evaluate("document.activeElement.id") == "helpful"
    box.get_by_label("Something is missing").check()
    box.get_by_label("What were you looking for?").fill("Cheques")
    box.get_by_role("button", name="Send").click()
    box.get_by_role("heading", name="your remarks go to the owner").wait_for()
    box.get_by_role("button", name="Yes", exact=True).click()
    box.get_by_role("heading", name="good to know").wait_for()
    box.get_by_role("button", name="Withdraw my vote").click()
    box.get_by_role("heading", name="has been withdrawn").wait_for()


def test_a_vote_that_cannot_be_sent_says_so_and_can_be_sent_again(visit: Visit) -> None:
    page = visit(REFUNDS)
    page.evaluate("() => { window.real = fetch; window.fetch = () => Promise.reject(new TypeError('offline')); }")
    yes = page.locator("#helpful").get_by_role("button", name="Yes", exact=True)
    yes.click()
    page.get_by_role("status").get_by_text("Please try again").wait_for()
    page.evaluate("() => { window.fetch = window.real; }")
    yes.click()
    page.get_by_role("heading", name="good to know").wait_for()


def test_a_reader_without_scripts_votes_on_an_article(visit: Visit) -> None:
    page = visit(REFUNDS, scripts=False, width=360)
    page.locator("#helpful").get_by_role("button", name="No", exact=True).click()
    assert page.url.endswith("vote=down&lang=en#helpful")
    page.get_by_label("It is out of date").check()
    page.get_by_role("button", name="Send").click()
    assert page.get_by_role("heading", name="your remarks go to the owner").is_visible()


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_a_key_leads_to_the_question_box(visit: Visit, key: str) -> None:
    page = visit(REFUNDS)
    page.keyboard.press(key)
    focused = "document.activeElement.name"
    assert page.evaluate(focused) == "q"
    page.keyboard.type("a/b")
    assert page.evaluate("document.activeElement.value") == "a/b"


def test_suggestions_mark_what_matches_and_make_nothing_else(visit: Visit) -> None:
    page = visit("/?lang=en")
    found = {
        "title": "A <b>title</b>",
        "title_html": "A <mark>ti</mark> &amp; &#x27;<img src=x onerror=alert(1)><b>tle</b>",
        "url": "/articles/en/billing/refunds.html",
        "headings": [{"text": "h", "html": "<script>alert(1)</script><mark>h</mark>", "anchor": "a", "url": "/#a"}],
    }
    page.route("**/v1/search**", lambda route: route.fulfill(json={"data": [found]}))
    page.get_by_role("combobox", name="Your question").press_sequentially("ti")
    option = page.get_by_role("option")
    option.wait_for()
    assert option.locator("mark").all_inner_texts() == ["ti", "h"]
    assert option.locator("img, b, script").count() == 0
    assert option.inner_text().startswith("A ti & '<img")


def test_a_card_is_one_target_and_its_articles_are_others(visit: Visit) -> None:
    page = visit("/?lang=en")
    card = page.locator(".topic").filter(has_text="Billing")
    box = card.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 8)
    page.wait_for_url("**/c/billing?lang=en")
    page.go_back()
    page.locator(".topic").get_by_role("link", name="How long refunds take").click()
    page.wait_for_url("**/articles/en/billing/refunds.html")
