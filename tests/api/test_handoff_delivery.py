"""Requests for a person on their way: to a webhook, to a mailbox, to the desk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mail_box import Box
from starlette.testclient import TestClient
from webhook_receiver import PATIENCE, SECRET, Receiver

from api.app import create_app
from kb.records import Records
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site

Serve = Callable[..., TestClient]
CONTACT = {"name": "Ada", "email": "ada@example.com", "consent": True}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once, so that no test waits for them."""
    monkeypatch.setattr("api.delivering.FIRST_RETRY", 0.01)
    monkeypatch.setattr("api.delivering.GROWTH", 1.0)
    monkeypatch.setattr("api.delivering._POLL", 0.02)


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": question, **more}).json()
    return answer


def hand_over(client: TestClient, **body: Any) -> dict[str, Any]:
    sent = client.post("/v1/handoffs", json=body)
    assert sent.status_code == 202, sent.text
    document: dict[str, Any] = sent.json()
    return document


def status(client: TestClient, taken: dict[str, Any]) -> str:
    found = client.get(f"/v1/handoffs/{taken['id']}", params={"token": taken["token"]})
    return str(found.json()["status"])


def records_of(client: TestClient) -> Records:
    opened: Records = client.app.state.kb.opened.records  # type: ignore[attr-defined]
    return opened


def test_a_webhook_gets_the_whole_packet_with_the_contact(serve: Serve) -> None:
    receiver = Receiver(answers_to={"handoff.created": [503]})
    with receiver.listening() as url:
        client = serve(
            webhook_urls=url, webhook_secret=SECRET, webhook_allow_private=True, site_url="https://help.example.com"
        )
        answer = ask(client, "How long does a refund take?")
        taken = hand_over(
            client, answer_id=answer["id"], token=answer["feedback_token"], message="Help!", contact=CONTACT
        )
        until(lambda: status(client, taken) == "delivered")
    attempts = [body for _, body in receiver.got if b"handoff.created" in body]
    assert len(attempts) == 2
    assert len(set(attempts)) == 1
    (event,) = [event for event in receiver.events if event["type"] == "handoff.created"]
    data = event["data"]
    assert data["handoff_id"] == taken["id"]
    assert data["contact"] == {"name": "Ada", "email": "ada@example.com"}
    assert data["url"] == f"https://help.example.com/owner/handoffs/{taken['id']}"
    assert [turn["question"] for turn in data["turns"]] == ["How long does a refund take?"]
    with records_of(client)._db.reading() as connection:
        stored = connection.execute("SELECT payload FROM events WHERE kind = 'handoff.created'").fetchall()
    assert "ada@example.com" not in str(stored)
    assert "Help!" not in str(stored)


@pytest.mark.parametrize("host", ["help.example.com", "evil.example"])
def test_links_of_a_webhook_are_whole_without_a_setting_and_no_visitor_chooses_where_they_lead(
    site: Site, host: str
) -> None:
    receiver, base = Receiver(), "http://127.0.0.1:8123"
    with receiver.listening() as url:
        settings = Settings(
            data=site.data, log_level="error", webhook_urls=url, webhook_secret=SECRET, webhook_allow_private=True
        )
        with TestClient(create_app(settings, host="127.0.0.1", address=base), base_url=f"http://{host}") as client:
            answer = ask(client, "How long does a refund take?")
            taken = hand_over(client, answer_id=answer["id"], token=answer["feedback_token"])
            until(lambda: status(client, taken) == "delivered")
    (event,) = [event for event in receiver.events if event["type"] == "handoff.created"]
    data = event["data"]
    assert data["url"] == f"{base}/owner/handoffs/{taken['id']}"
    assert data["agent_url"].startswith(f"{base}/agent/handoffs/{taken['id']}?link=")
    assert all(each["url"].startswith(f"{base}/") for each in data["turns"][0]["shown"])
    assert host not in str(event)


def test_a_mailbox_gets_a_letter_that_can_be_answered(serve: Serve) -> None:
    box = Box(refuse=["451 later"])
    with box.open() as address:
        client = serve(
            smtp_url=f"smtp://{address}",
            mail_from="Help centre <help@example.com>",
            handoff_mail="support@example.com",
            site_url="https://help.example.com",
        )
        answer = ask(client, "退款多久到账？")
        taken = hand_over(
            client,
            conversation_id=answer["conversation_id"],
            message="<b>紧急</b>\n被盗了",
            contact=CONTACT,
            channel="widget",
        )
        ask(client, "Can elephants play the trombone?")  # opens a gap, which is no letter
        until(lambda: status(client, taken) == "delivered")
    (mail,) = box.mails
    assert (mail["To"], mail["Reply-To"]) == ("support@example.com", "ada@example.com")
    assert mail["Subject"].startswith("紧急：有访客要求人工：退款多久到账？")
    text, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert page is not None
    for part in (text.get_content(), page.get_content()):
        assert "退款多久到账？" in part
        assert f"https://help.example.com/owner/handoffs/{taken['id']}" in part
        assert "ada@example.com" in part
    assert "<b>紧急</b>" not in page.get_content()


def test_one_that_nobody_takes_is_failed_and_can_be_sent_again(serve: Serve) -> None:
    receiver = Receiver(answers_to={"handoff.created": [410]})
    with receiver.listening() as url:
        client = serve(webhook_urls=url, webhook_secret=SECRET, webhook_allow_private=True)
        taken = hand_over(client, question="Where is my order?")
        until(lambda: status(client, taken) == "failed")
        records_of(client).events.retry()
        until(lambda: status(client, taken) == "delivered")
    client.post(f"/v1/handoffs/{taken['id']}/ack")
    assert status(client, taken) == "acknowledged"


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"handoff_mail": "nobody"}, "KB_HANDOFF_MAIL"),
        (
            {
                "handoff_mail": "a@example.com, b@example.com",
                "smtp_url": "smtp://127.0.0.1",
                "mail_from": "a@b.example",
            },
            "KB_HANDOFF_MAIL",
        ),
        ({"handoff_mail": "support@example.com"}, "KB_SMTP_URL"),
        ({"contact_key": "short"}, "KB_CONTACT_KEY"),
    ],
)
def test_settings_that_could_not_work_stop_the_start(serve: Serve, settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Exception, match=wrong):
        serve(**settings)


def test_erasing_a_conversation_takes_its_requests_with_it(serve: Serve) -> None:
    client = serve()
    answer = ask(client, "How long does a refund take?")
    taken = hand_over(client, answer_id=answer["id"], token=answer["feedback_token"], contact=CONTACT)
    other = hand_over(client, question="Where is my order?")
    removed = records_of(client).erase(conversation_id=answer["conversation_id"])
    assert removed.handoffs == 1
    assert client.get(f"/v1/handoffs/{taken['id']}").status_code == 404
    assert status(client, other) == "queued"
    kinds = [
        event.payload["handoff_id"] for event in records_of(client).events.newest() if event.kind == "handoff.created"
    ]
    assert kinds == [other["id"]]


def test_the_desk_shows_who_waits_and_somebody_takes_over(serve: Serve) -> None:
    client = serve()
    answer = ask(client, "How long does a refund take?")
    taken = hand_over(
        client,
        answer_id=answer["id"],
        token=answer["feedback_token"],
        message="<script>alert(1)</script>",
        contact=CONTACT,
        page_url="javascript:alert(1)",
    )
    listed = client.get("/owner/handoffs").text
    assert f"/owner/handoffs/{taken['id']}" in listed
    assert 'title="1 waiting"' in listed
    page = client.get(f"/owner/handoffs/{taken['id']}")
    assert "<script>alert" not in page.text
    assert 'href="javascript' not in page.text
    assert "ada@example.com" in page.text
    assert answer["citations"][0]["quote"].split("\n")[0][:20] in page.text
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    refused = client.post(
        f"/owner/handoffs/{taken['id']}/ack", data={"csrf": "wrong"}, headers={"Origin": "http://127.0.0.1:8000"}
    )
    assert refused.status_code == 403
    sent = client.post(
        f"/owner/handoffs/{taken['id']}/ack", data={"csrf": csrf}, headers={"Origin": "http://127.0.0.1:8000"}
    )
    assert sent.status_code == 200
    assert status(client, taken) == "acknowledged"
    assert client.get("/v1/handoffs", params={"status": "waiting"}).json()["data"] == []
    assert client.get("/owner/handoffs/hnd_nothing").status_code == 404


def test_a_packet_in_chinese_has_no_english_words_of_ours(serve: Serve) -> None:
    client = serve()
    taken = hand_over(client, question="我的订单在哪里？", transcript=[{"role": "visitor", "text": "急"}])
    page = client.get(f"/owner/handoffs/{taken['id']}?lang=zh")
    for words in ("转人工请求", "随请求发来的对话", "没有留联系方式"):
        assert words in page.text


def test_what_was_taken_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    script = """
import sys, os, signal
from pathlib import Path
from kb.records import Records
from kb.records.handoffs import NewHandoff
records = Records.open(Path(sys.argv[1]))
new = NewHandoff(
    question="Where?", packet={"turns": []}, channel="api", lang="en", urgency="normal", request_hash="x", request_key="k"
)
handoff, _ = records.handoffs.add(new)
print(handoff.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with Records.open(tmp_path) as records:
        assert [h.id for h in records.handoffs.page().handoffs] == [done.stdout.strip()]
        assert [event.kind for event in records.events.newest()] == ["handoff.created"]
