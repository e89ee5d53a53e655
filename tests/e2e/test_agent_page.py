"""The page of an agent's link in a real browser: readable on a phone, in both languages and themes, and usable without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from accessibility import violations
from test_help_centre import CONTRAST, TOO_WIDE

if TYPE_CHECKING:
    from conftest import Visit
    from playwright.sync_api import Page


def agent_link(visit: Visit, question: str) -> str:
    """Ask, ask for a person, and return the address that a letter would hold, without its origin."""
    page = visit("/")
    answer = page.request.post("/v1/ask", data={"question": question}).json()
    taken = page.request.post(
        "/v1/handoffs",
        data={
            "answer_id": answer["id"],
            "token": answer["feedback_token"],
            "message": "This is useless, I have waited for weeks!",
            "contact": {"name": "Ada", "email": "ada@example.com", "consent": True},
            "channel": "widget",
        },
    ).json()
    packet: dict[str, Any] = page.request.get(f"/v1/handoffs/{taken['id']}").json()
    page.context.close()
    return re.sub(r"^https?://[^/]+", "", packet["agent_url"])


def test_an_agent_reads_copies_takes_over_and_answers(visit: Visit) -> None:
    link = agent_link(visit, "How long does a refund take?")
    page = visit(link)
    page.get_by_role("heading", name="What may help").wait_for()
    assert page.get_by_text("Answers it").count() >= 1
    assert page.get_by_role("button", name="Copy").count() >= 1
    page.get_by_label("Your name").first.fill("Grace")
    page.get_by_label("What the visitor should read").fill("Your refund left us today.")
    page.get_by_role("button", name="Send the answer").click()
    page.get_by_text("Your answer is stored").wait_for()
    assert page.locator(".packet-replies").get_by_text("Your refund left us today.").count() == 1
    assert page.get_by_text("has taken it over").count() == 1


def test_it_works_without_scripts(visit: Visit) -> None:
    link = agent_link(visit, "How long does a refund take?")
    page = visit(link, scripts=False)
    assert page.get_by_role("button", name="Copy").count() == 0
    page.get_by_role("button", name="I take care of it").click()
    assert page.get_by_text("The visitor can see that").count() == 1
    refused = page.request.get(page.url.replace("link=", "link=x"))
    assert (refused.status, "This link opens nothing" in refused.text()) == (403, True)


@pytest.mark.parametrize(
    ("width", "lang", "dark"), [(360, "en", True), (360, "zh", False), (1280, "en", False), (1280, "zh", True)]
)
def test_it_can_be_read_everywhere(visit: Visit, width: int, lang: str, dark: bool) -> None:
    question = "How long does a refund take?" if lang == "en" else "退款多久到账？"
    link = agent_link(visit, question)
    page: Page = visit(f"{link}&lang={lang}", width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate(CONTRAST) == []
    assert violations(page) == []
