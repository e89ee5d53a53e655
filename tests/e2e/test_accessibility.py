"""axe-core over every kind of page, in both languages and themes; what is painted without scripts; what moves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.e2e.accessibility import violations

if TYPE_CHECKING:
    from conftest import Visit
    from playwright.sync_api import Browser

QUESTIONS = {
    "en": {
        "answered": "When do I get my money back?",
        "clarify": "router",
        "no_answer": "Do penguins pay customs duty on submarines?",
        "handoff": "talk to a person",
        "overdue": "How do I download an invoice?",
    },
    "zh": {
        "answered": "信用卡退款要多久？",
        "clarify": "router",
        "no_answer": "企鹅要为潜水艇交关税吗？",
        "handoff": "我要找人工客服",
        "foreign": "路由器出现 E-203 是什么意思？",
    },
}
PLACES = {
    "en": [
        "/",
        "/articles/en/billing/refunds.html",
        "/articles/en/billing/invoices.html",
        "/search?q=refund",
        "/search?q=",
    ],
    "zh": [
        "/",
        "/articles/zh/billing/refunds.html",
        "/articles/zh/devices/two-step.html",
        "/search?q=退款",
        "/search?q=xyz",
    ],
}
OWNER = [
    "/owner",
    "/owner/report",
    "/owner/confidence",
    "/owner/articles",
    "/owner/sign-in",
    "/owner/handoffs",
    "/owner/deliveries",
]
SHIFT = """() => { window.shifted = []; new PerformanceObserver(list => { for (const entry of list.getEntries())
    if (!entry.hadRecentInput) shifted.push(entry.value); }).observe({type: 'layout-shift', buffered: true}); }"""


def pages(lang: str) -> list[str]:
    """Addresses of every kind of page: places, an answer of each outcome, a category, what is not there."""
    asked = [f"/ask?q={quote(question)}" for question in QUESTIONS[lang].values()]
    return [*PLACES[lang], "/c/billing", *asked]


def with_lang(path: str, lang: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={lang}"


# Languages differ in words and themes in colours: each of both is seen, not each with each.
@pytest.mark.parametrize(("lang", "dark"), [("en", False), ("zh", True)])
def test_axe_finds_nothing_on_any_page_of_the_help_centre(visit: Visit, lang: str, dark: bool) -> None:
    page = visit(with_lang("/", lang), width=360 if dark else 1280, dark=dark, reduced_motion="reduce")
    seen = []
    for path in pages(lang):
        page.goto(with_lang(path, lang))
        seen += [f"{path}: {complaint}" for complaint in violations(page)]
    assert seen == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_axe_finds_nothing_on_a_page_that_is_not_there(browser: Browser, address: str, lang: str) -> None:
    page = browser.new_page()  # not visit: a status of 404 is itself an error in the console
    page.goto(f"{address}/no/such/page?lang={lang}")
    found = violations(page)
    page.close()
    assert found == []


@pytest.mark.parametrize(("lang", "dark"), [("en", True), ("zh", False)])
def test_axe_finds_nothing_on_the_pages_of_owners(visit: Visit, lang: str, dark: bool) -> None:
    page = visit(f"/ask?q={quote(QUESTIONS[lang]['no_answer'])}", dark=dark, reduced_motion="reduce")
    seen = []
    for path in OWNER:
        page.goto(with_lang(path, lang))
        page.wait_for_function(
            "!document.querySelector('[name=again-in]')"
        )  # figures are counted behind the first look
        seen += [f"{path}: {complaint}" for complaint in violations(page)]
    page.goto(with_lang("/owner?view=all&status=all", lang))
    page.locator(".board tbody a").first.click()
    seen += [f"a gap: {complaint}" for complaint in violations(page)]
    assert seen == []


def test_axe_finds_nothing_while_suggestions_are_open(visit: Visit) -> None:
    page = visit("/?lang=en", reduced_motion="reduce")
    page.get_by_role("combobox").press_sequentially("refund")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert violations(page) == []


def test_axe_can_find_something(visit: Visit) -> None:
    page = visit("/?lang=en")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/favicon.ico\"><input>')")
    assert any(complaint.startswith("image-alt") for complaint in violations(page))
    assert any(complaint.startswith("label") for complaint in violations(page))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_answer_moves_while_it_loads(visit: Visit, lang: str, width: int) -> None:
    page = visit(with_lang("/", lang), width=width)
    for name, question in QUESTIONS[lang].items():
        page.goto(with_lang(f"/ask?q={quote(question)}", lang))
        page.evaluate(SHIFT)
        page.wait_for_load_state("networkidle")
        # A busy machine may draw an icon a frame late; .1 is still called good.
        assert sum(page.evaluate("shifted")) < 0.005, name


def test_pages_are_painted_without_scripts_and_without_waiting_for_them(visit: Visit) -> None:
    page = visit("/?lang=en", scripts=False)
    for path in ("/", f"/ask?q={quote(QUESTIONS['en']['answered'])}", "/articles/en/billing/refunds.html"):
        page.goto(path)
        assert page.locator("h1").is_visible()
        assert page.locator("script:not([defer]):not([type=module]):not([type='application/ld+json'])").count() <= 1
