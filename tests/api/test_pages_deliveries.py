"""The owners' page of what other systems would not take: events and requests for a person alike."""

from __future__ import annotations

from typing import Any

import pytest
from gap_samples import records_of
from parsed_page import read, submit
from starlette.testclient import TestClient

from kb.records.events import DESTINATION

HOOK, DESK = "https://hooks.example.com/kb", f"{DESTINATION}billing"


@pytest.fixture
def refused(serve: Any) -> TestClient:
    """Two receivers, neither of which has taken the request for a person."""
    own: TestClient = serve()
    events = records_of(own).events
    events.configure((HOOK, DESK))
    own.post("/v1/handoffs", json={"question": "Where is my money?"})
    for target, reason in ((HOOK, "status 500"), (DESK, "<b>no such mailbox</b>")):
        delivery = events.claim(target, 60.0)
        assert delivery is not None
        events.failed(delivery, reason, None)
    return own


@pytest.mark.parametrize(
    ("lang", "title", "retry"), [("en", "could not be delivered", "Try again"), ("zh", "未能送达", "重试")]
)
def test_everything_that_was_given_up_is_there_with_its_reason(
    refused: TestClient, lang: str, title: str, retry: str
) -> None:
    page = read(refused, f"/owner/deliveries?lang={lang}")
    assert page.status == 200
    for said in (title, retry, HOOK, "billing", "status 500", "<b>no such mailbox</b>", "handoff.created"):
        assert said in page.text, said
    assert any("/owner/handoffs/hnd_" in link for link in page.links)
    assert any(link.startswith("/owner/deliveries") for link in read(refused, f"/owner?lang={lang}").links)


def test_one_is_tried_again_and_the_other_stays(refused: TestClient) -> None:
    events = records_of(refused).events
    forms = [form.values for form in read(refused, "/owner/deliveries").forms if form.values.get("target") == DESK]
    assert "1 deliveries begin anew" in after(refused, forms[0])
    assert [letter.target for letter in events.dead_letters()] == [HOOK]
    again = events.claim(DESK, 60.0)
    assert again is not None
    assert (again.event_id, again.attempts) == (event_id(refused), 1)


def test_all_are_tried_again_at_once(refused: TestClient) -> None:
    text = after(refused, {})
    assert "2 deliveries begin anew" in text
    assert "Nothing was given up" in text


def test_a_receiver_that_is_gone_is_named_and_not_tried(refused: TestClient) -> None:
    records_of(refused).events.configure((HOOK,))
    page = read(refused, "/owner/deliveries")
    assert "No longer a receiver" in page.text
    assert page.text.count("Try again") == 1


def test_a_form_of_another_site_changes_nothing(refused: TestClient) -> None:
    sent = refused.post("/owner/deliveries/retry", data={"csrf": "wrong"}, headers={"accept": "text/html"})
    assert sent.status_code == 403
    assert records_of(refused).events.given_up() == 2


def after(client: TestClient, values: dict[str, str]) -> str:
    """What the page says after its form was sent."""
    sent = submit(client, "/owner/deliveries", "/owner/deliveries/retry", values)
    assert sent.status_code == 303
    return str(read(client, sent.headers["location"].partition("#")[0]).text)


def event_id(client: TestClient) -> str:
    return records_of(client).events.newest(1)[0].id
