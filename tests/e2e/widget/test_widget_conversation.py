"""What a visitor sees of each kind of answer, and what of it reaches the database."""

from __future__ import annotations

import re
from urllib.parse import unquote

import orjson
import pytest

from tests.e2e.widget.conftest import CONTACT, Locked, Open, Service, Widget, eventually
from tests.e2e.widget.host_pages import document, script_tag
from tests.e2e.widget.host_site import HostSite

REFUND = "When do I get my money back?"
UNKNOWN = "Do penguins pay customs duty on submarines?"


@pytest.fixture
def widget(visit: Open, service: Service, host: HostSite) -> Widget:
    """An open widget in English."""
    widget = Widget(visit(host.put("/conversation", document(script_tag(service.script)))))
    widget.open()
    return widget


@pytest.fixture
def chinese(visit: Open, service: Service, host: HostSite) -> Widget:
    """An open widget in simplified Chinese."""
    page = visit(host.put("/conversation-zh", document(script_tag(service.script), html='lang="zh-CN"')))
    widget = Widget(page)
    widget.open()
    return widget


def answer_id(widget: Widget) -> str:
    """The id of the last answer, as its permalink names it."""
    return (widget.within("permalink").get_attribute("href") or "").rpartition("/")[2]


def test_an_answer_shows_its_places_and_a_piece_shows_its_quote(widget: Widget) -> None:
    widget.ask(REFUND)
    pieces = widget.within("answer").locator("[data-n]")
    source = widget.within("source").first
    assert pieces.count() >= 1
    quiet = source.evaluate(
        "e => getComputedStyle(e).backgroundColor + getComputedStyle(e).outline + getComputedStyle(e).boxShadow"
    )
    pieces.first.hover()
    widget.page.wait_for_function(
        """([quiet]) => { const e = document.querySelector('kb-ask').shadowRoot.querySelector('[part~=source]');
            const s = getComputedStyle(e); return s.backgroundColor + s.outline + s.boxShadow !== quiet; }""",
        arg=[quiet],
    )
    # Back: the place shows its pieces.
    source.hover()
    widget.page.wait_for_function(
        "document.querySelector('kb-ask').shadowRoot.querySelector('[part~=answer] [data-n]').hasAttribute('data-active')"
    )


def test_the_quoted_text_is_what_the_pieces_say(widget: Widget) -> None:
    widget.ask("Can I return opened software?")
    text = re.sub(r"\s+", " ", widget.within("answer").inner_text())
    assert "Opened software cannot be returned." in text
    quote = re.sub(r"\s+", " ", widget.within("source").first.inner_text())
    assert "Opened software cannot be returned." in quote


def test_a_citation_opens_the_article_at_the_paragraph(widget: Widget) -> None:
    widget.ask("How do I reset the password of the router?")
    link = widget.within("source").locator("a").first
    href = unquote(link.get_attribute("href") or "")
    assert "#reset-the-password:~:text=" in href
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")
    with widget.page.context.expect_page() as opened:
        link.click()
    article = opened.value
    article.wait_for_url("**/articles/**")
    box = article.locator("#reset-the-password").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 800
    article.close()
    widget.page.context.clear_cookies()


def test_badges_of_overdue_and_foreign_places(widget: Widget, chinese: Widget) -> None:
    widget.ask("How do I download an invoice?")
    source = widget.within("source").first.inner_text()
    assert "overdue" in source.lower()
    assert "2024" in source
    chinese.ask("路由器出现 E-203 是什么意思？")
    assert chinese.within("badge").count() >= 1
    assert "英" in chinese.within("source").first.inner_text()


def test_an_article_s_action_is_a_link_to_the_service(widget: Widget) -> None:
    widget.ask(REFUND)
    action = widget.within("action").first
    assert action.inner_text().startswith("Request a refund")
    assert (action.get_attribute("href") or "").endswith("/refund/new")


def test_options_of_a_clarify_are_buttons_and_answer_at_once(widget: Widget) -> None:
    widget.ask("router", "clarify")
    options = widget.within("option")
    assert options.count() >= 2
    chosen = options.filter(has_text="Reset the password")
    count = widget.part("turn").count()
    chosen.click()
    widget.page.locator("kb-ask [part~=turn][data-outcome=answered]").last.wait_for()
    assert widget.part("turn").count() == count + 1
    assert "ten seconds" in widget.within("answer").inner_text()


def test_what_is_not_known_is_said_and_recorded_and_leads_on(widget: Widget, service: Service) -> None:
    widget.ask(UNKNOWN, "no_answer")
    text = widget.turn.inner_text()
    assert "recorded" in text or "noted" in text or "passed on" in text or "told" in text
    assert widget.part("person").is_visible()
    eventually(
        lambda: len(service.rows("SELECT * FROM questions WHERE question = ? AND outcome = 'no_answer'", UNKNOWN)) > 0,
        "the question is recorded",
    )
    widget.within("reword").click()
    assert widget.input.input_value() == UNKNOWN
    assert widget.page.evaluate("document.querySelector('kb-ask').shadowRoot.activeElement?.part.contains('input')")


def test_a_follow_up_stays_in_the_conversation(widget: Widget, service: Service) -> None:
    widget.ask(REFUND)
    widget.ask("and by bank transfer?")
    eventually(lambda: len(conversation(service, "and by bank transfer?")) == 1, "the follow-up is recorded")
    assert conversation(service, "and by bank transfer?") <= conversation(service, REFUND)


def conversation(service: Service, question: str) -> set[str]:
    return {row["conversation_id"] for row in service.rows("SELECT * FROM questions WHERE question = ?", question)}


def test_a_vote_its_change_its_reasons_and_its_withdrawal_reach_the_database(widget: Widget, service: Service) -> None:
    def vote() -> tuple[str, list[str], str] | None:
        rows = service.rows("SELECT rating, reasons, comment FROM votes WHERE answer_id = ?", answer_id(widget))
        return (rows[0]["rating"], orjson.loads(rows[0]["reasons"]), rows[0]["comment"]) if rows else None

    widget.ask(REFUND)
    up, down = widget.within("vote-up"), widget.within("vote-down")
    up.click()
    eventually(lambda: vote() == ("up", [], ""), "a vote")
    assert up.get_attribute("aria-pressed") == "true"
    down.click()
    eventually(lambda: vote() == ("down", [], ""), "its change")
    assert (up.get_attribute("aria-pressed"), down.get_attribute("aria-pressed")) == ("false", "true")
    widget.turn.locator("[part~=reason][value=incomplete]").check()
    widget.turn.locator("[part~=reason][value=outdated]").check()
    eventually(lambda: (vote() or ("", [], ""))[1] == ["outdated", "incomplete"], "its reasons")
    widget.within("comment").fill("What about cheques? <b>x</b>")
    widget.within("comment").press("Tab")
    widget.page.keyboard.press("Enter")
    eventually(lambda: (vote() or ("", [], ""))[2] == "What about cheques? <b>x</b>", "its comment")
    assert vote() == ("down", ["outdated", "incomplete"], "What about cheques? <b>x</b>")
    down.click()
    eventually(lambda: vote() is None, "its withdrawal")
    assert down.get_attribute("aria-pressed") == "false"
    events = service.rows("SELECT rating FROM vote_events WHERE answer_id = ? ORDER BY id", answer_id(widget))
    assert [row["rating"] for row in events][-1] is None
    assert widget.page.url.endswith("/conversation")  # without leaving


def test_a_vote_that_did_not_arrive_is_said_and_not_lost(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/vote-offline", document(script_tag(service.script))), tolerated=("net::ERR", "Failed to"))
    widget = Widget(page)
    widget.open()
    widget.ask(REFUND)
    page.context.set_offline(True)
    widget.within("vote-up").click()
    retry = widget.within("vote-retry")
    retry.wait_for()
    page.context.set_offline(False)
    retry.click()
    eventually(
        lambda: len(service.rows("SELECT * FROM votes WHERE answer_id = ?", answer_id(widget))) == 1, "the vote arrived"
    )


def test_copying_takes_the_answer_with_its_places(visit: Open, service: Service, host: HostSite) -> None:
    url = host.put("/copy", document(script_tag(service.script)))
    widget = Widget(visit(url, permissions=["clipboard-read", "clipboard-write"]))
    widget.open()
    widget.ask(REFUND)
    widget.within("copy").click()
    widget.page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('working days'))")
    copied = widget.page.evaluate("navigator.clipboard.readText()")
    assert f"{service.url}/articles/en/billing/refunds.html" in copied


def test_the_permalink_shows_what_was_answered(widget: Widget) -> None:
    widget.ask(REFUND)
    with widget.page.context.expect_page() as opened:
        widget.within("permalink").click()
    page = opened.value
    page.wait_for_url("**/a/ans_*")
    assert "5 to 7 working days" in page.locator("main").inner_text()
    page.close()
    widget.page.context.clear_cookies()


def test_articles_are_text_and_never_markup_of_the_page(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/hostile", document(script_tag(service.script))), tolerated=("net::ERR",))
    widget = Widget(page)
    widget.open()
    hostile = '<img src=x onerror="window.hit=1"><a href="javascript:window.hit=1">go</a><script>window.hit=1</script><p>fine</p>'

    def answer(route: object) -> None:
        response = route.fetch()  # type: ignore[attr-defined]
        blocks = response.text().strip().split("\n\n")
        last = orjson.loads(blocks[-1].partition("data: ")[2])
        last["answer"]["html"] = hostile
        last["actions"] = [{"label": "<b>bad</b>", "url": "javascript:window.hit=1"}]
        blocks[-1] = f"event: answer.completed\ndata: {orjson.dumps(last).decode()}"
        route.fulfill(response=response, body="\n\n".join(blocks) + "\n\n")  # type: ignore[attr-defined]

    page.route("**/v1/ask/stream", answer)
    widget.ask(REFUND)
    assert "fine" in widget.within("answer").inner_text()
    for link in widget.turn.locator("a").all():
        assert not (link.get_attribute("href") or "").startswith("javascript")
    assert widget.turn.locator("img, script").count() == 0
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("asked", [True, False], ids=["after an answer", "before any"])
def test_asking_for_a_person_where_nobody_reads_it_gives_the_address(
    visit: Open, locked: Locked, host: HostSite, asked: bool
) -> None:
    url = host.put("/nobody", document(script_tag(locked.service.script, key=locked.key)))
    widget = Widget(visit(url, also=(locked.service.url,)))
    widget.open()
    if asked:
        widget.ask(REFUND)
    widget.part("person").last.click()
    contact = widget.part("contact").first
    contact.wait_for()
    assert contact.get_attribute("href") == CONTACT


def test_talking_to_a_person_carries_the_transcript(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/person", document(script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    widget.ask(REFUND)
    widget.ask(UNKNOWN, "no_answer")
    widget.part("person").last.click()
    widget.part("message").fill("Please call me about the submarine.")
    widget.part("reach").fill("anna@example.com")
    widget.part("consent").check()
    widget.part("handoff").locator("[part~=send]").click()
    widget.part("reference").wait_for()
    reference = re.search(r"hnd_\w+", widget.part("reference").inner_text())
    assert reference is not None
    rows = service.rows("SELECT * FROM handoffs WHERE id = ?", reference[0])
    assert len(rows) == 1
    packet = rows[0]["packet"]
    assert REFUND in packet
    assert UNKNOWN in packet
    assert "anna@example.com" not in str(dict(rows[0]))  # contacts are encrypted at rest


def test_a_person_is_reached_without_any_question(visit: Open, service: Service, host: HostSite) -> None:
    page = visit(host.put("/person-first", document(script_tag(service.script))))
    widget = Widget(page)
    widget.open()
    assert widget.part("person").is_visible()
    widget.send("talk to a person")
    widget.part("message").wait_for()
    widget.part("message").fill("Hello")
    widget.part("handoff").locator("[part~=send]").click()
    widget.part("reference").wait_for()
