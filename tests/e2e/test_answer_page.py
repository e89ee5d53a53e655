"""The answer page and the searches in a real browser: what proves what, votes and requests for a person without leaving."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest

from tests.e2e.accessibility import violations

if TYPE_CHECKING:
    from conftest import Visit
    from playwright.sync_api import Browser, Page

ENGLISH = f"/ask?q={quote('When do I get my money back?')}&lang=en"
CHINESE = f"/ask?q={quote('信用卡退款要多久？')}&lang=zh"
STEPS = f"/ask?q={quote('How do I ask for a refund?')}&lang=en"
# From the top of the window to the middle of the words, in CSS pixels; None when they are not on the page.
HEIGHT_OF = """words => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at); range.setEnd(node, at + words.length);
    const box = range.getBoundingClientRect();
    return box.top + box.height / 2;
  }
  return null;
}"""


def lit(page: Page) -> list[str]:
    """What is highlighted: the ids of pieces and sources."""
    return sorted(page.evaluate("[...document.querySelectorAll('.lit')].map(e => e.id)"))


@pytest.mark.parametrize("path", [ENGLISH, CHINESE])
def test_a_piece_lights_up_with_its_source_and_the_reverse(visit: Visit, path: str) -> None:
    page = visit(path)
    places = page.evaluate("[...document.querySelectorAll('[data-n]')].map(e => e.getBoundingClientRect().top)")
    assert lit(page) == []
    page.locator("#piece-1").hover()
    assert lit(page) == ["piece-1", "source-1"]
    page.locator("h1").hover()
    assert lit(page) == []
    page.locator("#source-1 .source-place").hover()
    assert lit(page) == ["piece-1", "source-1"]
    page.locator("h1").hover()
    page.locator("#piece-1 .citation a").focus()
    assert lit(page) == ["piece-1", "source-1"]
    page.locator("#source-1 .open").focus()
    assert lit(page) == ["piece-1", "source-1"]
    page.locator("#q-follow").focus()
    assert lit(page) == []
    after = page.evaluate("[...document.querySelectorAll('[data-n]')].map(e => e.getBoundingClientRect().top)")
    assert places == after or page.evaluate("scrollY") > 0  # nothing moves but by scrolling to what has the focus


def test_numbers_lead_to_the_quote_and_back_without_scripts(visit: Visit) -> None:
    page = visit(ENGLISH, scripts=False, width=360)
    page.locator(".citation a").first.click()
    assert page.url.endswith("#source-1")
    assert page.locator("#source-1:target").is_visible()
    page.locator("#source-1 a.num").click()
    assert page.url.endswith("#piece-1")
    assert page.locator("#piece-1:target").is_visible()
    assert not page.get_by_role("button", name="Copy").is_visible()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (STEPS, "Follow these steps to ask for a refund"),
        (f"/ask?q={quote('Refund time for bank transfer')}&lang=en", ""),
        (CHINESE, ""),
    ],
)
def test_a_citation_lands_at_the_words_that_it_quotes(visit: Visit, path: str, words: str) -> None:
    page = visit(path, width=700, reduced_motion="reduce")
    page.set_viewport_size({"width": 700, "height": 220})
    link = page.locator(".source .open").first
    href = link.get_attribute("href") or ""
    marked = unquote(re.split(",-", href.partition(":~:text=")[2])[0])
    assert marked.startswith(words)
    link.click()
    page.wait_for_url("**/articles/**")
    assert "#" in page.url or page.evaluate("location.hash") == ""
    page.wait_for_function(
        f"words => {{ const y = ({HEIGHT_OF})(words); return y > 0 && y < innerHeight; }}", arg=marked
    )


def test_an_option_of_an_unclear_question_is_a_button_that_answers(visit: Visit) -> None:
    page = visit("/ask?q=router&lang=en")
    option = page.locator(".options").get_by_role("button").first
    label = option.inner_text()
    option.press("Enter")
    page.wait_for_url("**option=**")
    assert page.get_by_role("heading", level=1).inner_text() == label
    assert page.locator(".answer-text").is_visible()


def test_a_vote_its_reasons_its_change_and_its_withdrawal_stay_on_the_page(visit: Visit) -> None:
    page = visit(ENGLISH, width=360, dark=True)
    address, conversation = page.url, page.locator("#q-follow").evaluate("box => box.form.elements.conversation.value")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("heading", name="You said that this did not help").wait_for()
    assert page.evaluate("document.activeElement.id") == "feedback"
    assert page.get_by_role("button", name="No", exact=True).get_attribute("aria-pressed") == "true"
    page.get_by_label("Something is missing").check()
    page.get_by_label("Anything else?").fill("What about cheques?")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("heading", name="Thank you, your remarks").wait_for()
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("heading", name="You said that this helped").wait_for()
    page.get_by_role("button", name="Withdraw my vote").click()
    page.get_by_role("heading", name="Your vote has been withdrawn").wait_for()
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("heading", name="You said that this helped").wait_for()
    assert page.url == address
    assert page.locator("#q-follow").evaluate("box => box.form.elements.conversation.value") == conversation
    assert violations(page) == []


def test_a_vote_that_cannot_be_sent_says_so_and_can_be_tried_again(visit: Visit) -> None:
    page = visit(ENGLISH)
    page.evaluate("() => { window.fetched = fetch; window.fetch = () => Promise.reject(new TypeError('offline')); }")
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_text("This could not be sent.").wait_for()
    page.evaluate("() => { window.fetch = window.fetched; }")
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("heading", name="You said that this helped").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_is_asked_for_with_and_without_scripts(visit: Visit, scripts: bool) -> None:
    page = visit("/ask?q=talk to a person&lang=en", scripts=scripts, width=360)
    page.get_by_label("What should the person know?").fill("The parcel is wet.")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("You may keep this contact").check()
    page.get_by_role("button", name="Send to a person").click()
    page.get_by_role("heading", name="Your message has reached us").wait_for()
    assert ("/ask" in page.url) is scripts
    assert page.get_by_text("hnd_").is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_with_a_mistake_comes_back_as_it_was_filled_in(browser: Browser, address: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)  # not visit: status 422 is an error in the console
    page = context.new_page()
    page.goto(f"{address}/person?lang=en")
    page.get_by_label("What can we help you with?").fill("The parcel is wet.")
    page.get_by_label("You may keep this contact").check()
    page.get_by_role("button", name="Send to a person").click()
    page.get_by_text("Please give an e-mail address or a telephone number.").wait_for()
    assert page.get_by_label("What can we help you with?").input_value() == "The parcel is wet."
    assert page.get_by_label("You may keep this contact").is_checked()
    assert violations(page) == [] if scripts else True
    page.get_by_label("Telephone number").fill("+44 20 7946 0958")
    page.get_by_role("button", name="Send to a person").click()
    page.get_by_role("heading", name="Your message has reached us").wait_for()
    context.close()


def test_the_way_to_a_person_opens_from_the_tools(visit: Visit) -> None:
    page = visit(ENGLISH)
    assert not page.get_by_label("E-mail address").is_visible()
    page.locator(".tools").get_by_role("link", name="Talk to a person").click()
    assert page.get_by_label("E-mail address").is_visible()
    assert violations(page) == []


def test_an_unanswered_question_offers_other_words_and_a_person(visit: Visit) -> None:
    page = visit("/ask?q=Do penguins pay customs duty on submarines?&lang=en")
    box = page.get_by_role("combobox", name="Ask it in other words")
    assert box.input_value() == "Do penguins pay customs duty on submarines?"
    page.locator(".to-person a").click()
    assert page.get_by_label("E-mail address").is_visible()
    box.fill("When do I get my money back?")
    box.press("Enter")
    page.wait_for_url("**money**")
    assert page.locator(".answer-text").is_visible()


def test_copying_takes_the_answer_with_its_sources(visit: Visit) -> None:
    page = visit(ENGLISH, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("When do I get my money back?")
    assert "[1] How long refunds take" in text
    assert "/articles/en/billing/refunds.html" in text


def test_a_search_says_what_it_read_and_goes_on_where_it_found_nothing(visit: Visit) -> None:
    page = visit("/search?q=refnud&lang=en", width=360)
    assert "Showing results for refund (you typed “refnud”)" in page.locator(".read-as").inner_text()
    assert page.locator(".results mark").count()
    page.get_by_role("link", name="Chinese", exact=True).click()
    page.wait_for_url("**in=zh**")
    assert page.locator(".scopes [aria-current]").inner_text() == "Chinese"
    page.goto("/search?q=xyzzyq&lang=en")
    page.get_by_role("link", name="Get an answer to").click()
    page.wait_for_url("**/ask?**")


def test_paper_shows_question_answer_and_quotes(visit: Visit) -> None:
    page = visit(ENGLISH)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for shown in ("h1", ".answer-text", ".source .quote"):
        assert page.locator(shown).first.is_visible()
    for control in (".site-head", ".tools", ".feedback", ".person", ".follow"):
        assert not page.locator(control).is_visible()
