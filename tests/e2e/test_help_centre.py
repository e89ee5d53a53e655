"""The help centre in a real browser: without scripts, by keyboard, with an input method, on a phone, in the dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from conftest import Visit

REFUND = "When do I get my money back?"
PAGES = [
    "/",
    f"/ask?q={REFUND}",
    "/ask?q=信用卡退款要多久？",
    "/ask?q=talk to a person",
    "/c/billing",
    "/articles/en/billing/refunds.html",
    "/articles/en/billing/refunds.html?vote=down",
    "/articles/zh/devices/two-step.html",
    "/search?q=refund",
    "/owner",
    "/owner/report",
    "/owner/confidence",
    "/owner/sign-in",
]
# Figures that reach into the column beside them.
TOO_WIDE = (
    "[...document.querySelectorAll('.figures > div')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
)
# Contrast of every text against what lies behind it, as WCAG 2.2 counts it (1.4.3): 4.5, or 3 for large text.
CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!node.data.trim() || box.width < 2 || style.visibility === 'hidden') continue;
    const [light, dark] = [luminance(rgba(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push(`${node.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""


@pytest.mark.parametrize(("lang", "dark"), [("en", True), ("zh", False)])
def test_every_page_fits_a_phone_and_can_be_read(visit: Visit, lang: str, dark: bool) -> None:
    page = visit("/", width=360, dark=dark)
    for path in PAGES:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert page.evaluate(TOO_WIDE) == [], path
        assert page.evaluate(CONTRAST) == [], path
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 150) is dark


def test_a_visitor_without_scripts_asks_reads_votes_and_shares(visit: Visit) -> None:
    page = visit("/?lang=en", scripts=False, width=360)
    page.get_by_role("textbox", name="Your question").fill(REFUND)
    page.get_by_role("button", name="Ask").click()
    assert page.get_by_role("heading", level=1).inner_text() == REFUND
    assert page.locator(".source, .sources li").count() >= 1
    page.get_by_role("button", name="No", exact=True).click()
    assert "/vote?" in page.url
    page.get_by_label("Something is missing").check()
    page.get_by_label("Anything else?").fill("When I paid by cheque?")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you, your remarks").wait_for()
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("heading", name="You said that this helped").wait_for()
    page.get_by_role("button", name="Withdraw my vote").click()
    page.get_by_role("heading", name="Your vote has been withdrawn").wait_for()
    page.reload()
    page.get_by_role("heading", name="Your vote has been withdrawn").wait_for()


def test_a_citation_opens_the_article_at_the_paragraph(visit: Visit) -> None:
    page = visit("/ask?q=How do I reset the password of the router?&lang=en", scripts=False)
    link = page.get_by_role("link", name="Open the paragraph").first
    anchor = unquote((link.get_attribute("href") or "").partition("#")[2].partition(":~:")[0])
    link.click()
    page.wait_for_url("**/articles/**")
    place = page.locator(f"[id='{anchor}']")
    assert place.is_visible()
    top = place.bounding_box()
    assert top is not None
    assert 0 <= top["y"] < 800


def test_the_skip_link_comes_first_and_leads_to_the_content(visit: Visit) -> None:
    page = visit("/articles/en/billing/refunds.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_suggestions_come_while_typing_and_go_by_keyboard(visit: Visit) -> None:
    page = visit("/?lang=en")
    box = page.get_by_role("combobox", name="Your question")
    box.fill("refund")  # at once: on a slow machine, a list for fewer letters would be there first and be replaced
    options = page.get_by_role("option")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert not options.first.is_visible()
    assert box.input_value() == "refund"
    box.press_sequentially("s")
    options.first.wait_for()
    box.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**/articles/**")


def test_enter_without_a_chosen_suggestion_asks_what_was_typed(visit: Visit) -> None:
    page = visit("/?lang=en")
    box = page.get_by_role("combobox", name="Your question")
    box.press_sequentially("refund")
    page.get_by_role("option").first.wait_for()
    box.press("Enter")
    page.wait_for_url("**/ask?q=refund**")


def test_enter_of_an_input_method_does_not_send_the_question(visit: Visit) -> None:
    page = visit("/?lang=zh")
    box = page.get_by_role("combobox", name="您的问题")
    box.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "tuikuan", "selectionStart": 7, "selectionEnd": 7})
    composing = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Enter", "code": "Enter"}
    session.send("Input.dispatchKeyEvent", composing)
    # Safari ends the composition before it sends the key: the code is all that tells.
    page.evaluate(
        """box => box.dispatchEvent(new KeyboardEvent('keydown',
            {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))
            && box.form.requestSubmit()""",
        box.element_handle(),
    )
    session.send("Input.insertText", {"text": "退款"})
    page.wait_for_timeout(300)
    assert "/ask" not in page.url
    assert box.input_value() == "退款"
    box.press("Enter")
    page.wait_for_url("**/ask?q=**")


def test_offline_typing_goes_on_without_suggestions(visit: Visit) -> None:
    page = visit("/?lang=en")
    page.route("**/v1/search**", lambda route: route.fulfill(status=503, body="{}"))
    box = page.get_by_role("combobox", name="Your question")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    box.evaluate("box => { window.fetch = () => Promise.reject(new TypeError('offline')); }")
    box.press_sequentially("refund")
    page.wait_for_timeout(400)
    assert errors == []
    assert page.get_by_role("option").count() == 0
    box.press("Enter")
    page.wait_for_url("**/ask?q=refund**")


def test_an_owner_works_on_a_gap_without_scripts(visit: Visit) -> None:
    visit("/ask?q=Do penguins pay customs duty on submarines?", scripts=False)
    page = visit("/owner?lang=en&view=all&status=all", scripts=False)
    page.locator(".board tbody a").first.click()
    page.get_by_label("Owner", exact=True).fill("customs-docs")
    page.get_by_role("button", name="Assign").click()
    assert page.get_by_text("Saved: who works on it.").is_visible()
    page.get_by_label("Note").fill("Draft by Friday.")
    page.get_by_role("button", name="Keep the note").click()
    assert page.get_by_text("Saved in the history.").is_visible()
    assert "customs-docs" in page.locator(".history").inner_text()
    assert page.get_by_text("Draft by Friday.").count() == 1


def test_paper_shows_the_article_and_not_the_controls(visit: Visit) -> None:
    page = visit("/articles/en/billing/refunds.html")
    page.emulate_media(media="print")
    assert page.locator(".prose").is_visible()
    for control in (".site-head", ".contents", ".after", ".actions"):
        assert not page.locator(control).is_visible()
