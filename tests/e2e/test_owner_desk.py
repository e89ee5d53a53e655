"""The owner desk in a real browser: filters without a page load, "back", a draft tried in place, and all of it readable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from test_help_centre import CONTRAST, TOO_WIDE

if TYPE_CHECKING:
    from conftest import Visit
    from playwright.sync_api import Page

QUESTION = "Do walruses need a parking permit on Mars?"
DRAFT = f"""---
title: Parking permits for walruses on Mars
lang: en
questions: ["{QUESTION}"]
---

# Parking permits for walruses on Mars

Yes, every walrus needs a parking permit on Mars. The permit costs 12 euros and is valid for one year.
"""


def opened_gap(visit: Visit, **options: object) -> Page:
    """Ask what nobody has written, and open the gap's page."""
    visit(f"/ask?q={quote(QUESTION)}", scripts=False)
    page = visit("/owner?lang=en&view=all&status=all&q=walruses", **options)
    page.locator(".board .need a").first.click()
    page.get_by_role("heading", name="Try a draft").wait_for()
    return page


def test_filters_change_the_rows_without_loading_the_page_and_back_works(visit: Visit) -> None:
    visit(f"/ask?q={quote(QUESTION)}", scripts=False)
    page = visit("/owner?lang=en&view=all")
    page.evaluate("window.stayed = true")
    rows = page.locator(".board tbody tr")
    before = rows.count()
    assert before >= 1
    page.get_by_label("Cause").select_option("conflict")
    page.get_by_role("heading", name="No gap matches these filters").wait_for()
    assert "cause=conflict" in page.url
    page.get_by_label("Cause").select_option("")
    page.get_by_label("Search").fill("walruses")
    page.wait_for_url("**q=walruses**")
    rows.first.wait_for()
    assert "walruses" in rows.first.inner_text()
    page.go_back()
    page.wait_for_function("!location.search.includes('walruses')")
    page.wait_for_function("document.querySelector('[name=q]').value === ''")
    page.get_by_role("link", name=re.compile("^Ours: not found")).click()
    page.wait_for_url("**view=ours**")
    assert page.evaluate("window.stayed") is True
    page.reload()
    assert page.locator(".views [aria-current]").inner_text().startswith("Ours")


def test_rows_are_chosen_by_keyboard_and_assigned_together(visit: Visit) -> None:
    visit(f"/ask?q={quote(QUESTION)}", scripts=False)
    page = visit("/owner?lang=en&view=all&status=all")
    links = page.locator(".board .need a")
    links.first.focus()
    page.keyboard.press("x")
    assert page.locator("[data-picked]").inner_text() == "1 chosen"
    page.keyboard.press("ArrowDown")
    if links.count() > 1:
        assert links.nth(1).evaluate("e => e === document.activeElement")
    page.get_by_label("Writes").fill("walrus-writer")
    page.get_by_role("button", name="Assign").click()
    page.get_by_text("Assigned: 1.").wait_for()
    assert page.locator("#done, [role=status]").first.is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_draft_is_tried_with_and_without_scripts(visit: Visit, scripts: bool) -> None:
    page = opened_gap(visit, scripts=scripts)
    if scripts:
        page.evaluate("window.stayed = true")
    page.get_by_label("Draft in Markdown").fill(DRAFT)
    page.get_by_label("Article id").fill("en/walruses")
    page.get_by_role("button", name="Try it").click()
    page.locator(".verdict").wait_for()
    assert "now answered from the draft" in page.locator(".replay-group").first.inner_text()
    assert "every walrus needs a parking permit" in page.locator("#replay").inner_text()
    assert page.get_by_label("Draft in Markdown").input_value() == DRAFT
    if scripts:
        assert page.evaluate("window.stayed") is True
        assert page.locator(".verdict").evaluate("e => e === document.activeElement")
    else:
        page.get_by_role("link", name="中文").click()  # the address of the form leads back to the gap
        page.get_by_role("heading", name="试用草稿").wait_for()


def test_a_draft_that_cannot_be_read_is_said_in_place(visit: Visit) -> None:
    page = opened_gap(visit)
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("Paste a draft or choose a file first.").wait_for()


@pytest.mark.parametrize(
    ("width", "lang", "dark"), [(360, "en", True), (360, "zh", False), (768, "en", False), (1280, "zh", True)]
)
def test_the_desk_fits_and_can_be_read(visit: Visit, width: int, lang: str, dark: bool) -> None:
    page = opened_gap(visit, width=width, dark=dark)
    path = page.url.partition("?")[0]
    for address in ("/owner?view=all&status=all", "/owner?cause=conflict", path, f"{path}/merge"):
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(TOO_WIDE) == [], address
        assert page.evaluate(CONTRAST) == [], address


def test_the_open_tab_is_in_sight_on_a_phone(visit: Visit) -> None:
    page = visit("/owner/report?lang=en", width=360)
    box = page.locator(".owner-nav [aria-current]").bounding_box()
    frame = page.locator(".owner-nav").bounding_box()
    assert box is not None
    assert frame is not None
    assert frame["x"] <= box["x"]
    assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
