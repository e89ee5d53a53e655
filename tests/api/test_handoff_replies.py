"""What a person answers: by key, by the signed link, on the desk; where it is shown, and what it is evidence of."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from api.agent_links import AgentLinks
from api.composition import OpenService
from api.handoff_responses import HandoffDocument, HandoffReplyByDocument, HandoffSeenDocument
from kb.errors import NotAllowedError
from kb.tokens import LinkSigner

if TYPE_CHECKING:
    from conftest import Site

Serve = Callable[..., TestClient]
QUESTION = "Can elephants play the trombone?"


def opened_of(client: TestClient) -> OpenService:
    opened: OpenService = client.app.state.kb.opened  # type: ignore[attr-defined]
    return opened


def hand_over(client: TestClient, **body: Any) -> dict[str, Any]:
    sent = client.post("/v1/handoffs", json=body)
    assert sent.status_code == 202, sent.text
    document: dict[str, Any] = sent.json()
    return document


def agent_path(client: TestClient, taken: dict[str, Any], *, lasts: timedelta = timedelta(hours=1)) -> str:
    """The address of the agent's page, without its origin."""
    links = opened_of(client).agent_links
    links = AgentLinks(opened_of(client).visitor_secret, 1, "")
    handoff = opened_of(client).records.handoffs.get(taken["id"])
    return links.url_of(handoff, since=datetime.now(UTC) - timedelta(hours=1) + lasts)


def link_of(path: str) -> str:
    return parse_qs(urlsplit(path).query)["link"][0]


def reply(client: TestClient, taken: dict[str, Any], text: str, **more: Any) -> Any:
    return client.post(f"/v1/handoffs/{taken['id']}/reply", json={"text": text}, **more)


def test_the_visitor_reads_the_reply_masked_and_without_the_agents_name(serve: Serve) -> None:
    client = serve()
    taken = hand_over(client, question=QUESTION)
    sent = client.post(
        f"/v1/handoffs/{taken['id']}/reply", json={"text": "They can. Write to bob@example.com.", "agent": "Grace"}
    )
    assert sent.status_code == 201
    HandoffReplyByDocument.model_validate(sent.json())
    assert sent.json()["who"] == "Grace"
    seen = client.get(f"/v1/handoffs/{taken['id']}", params={"token": taken["token"]}).json()
    HandoffSeenDocument.model_validate(seen)
    assert [each["text"] for each in seen["replies"]] == ["They can. Write to [email]."]
    assert "who" not in seen["replies"][0]
    assert seen["status"] == "acknowledged"
    page = client.get("/person", params={"request_id": taken["id"], "token": taken["token"]}).text
    assert "They can. Write to [email]." in page
    assert "Grace" not in page
    packet = client.get(f"/v1/handoffs/{taken['id']}").json()
    HandoffDocument.model_validate(packet)
    assert (packet["acknowledged_by"], packet["replies"][0]["who"]) == ("Grace", "Grace")


def test_a_repeated_reply_is_one(serve: Serve) -> None:
    client = serve()
    taken, other = hand_over(client, question=QUESTION), hand_over(client, question="Where is my order?")
    headers = {"Idempotency-Key": "r-1"}
    first, again = (reply(client, taken, "Yes.", headers=headers) for _ in range(2))
    assert first.json() == again.json()
    assert reply(client, taken, "No.", headers=headers).status_code == 409
    assert reply(client, other, "Soon.", headers=headers).json()["id"] != first.json()["id"]
    kinds = [event.kind for event in opened_of(client).records.events.newest()]
    assert kinds.count("handoff.replied") == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": "  "}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "a\u0000b"}, "/text"),
        ({"text": "Yes.", "agent": "x" * 101}, "/agent"),
        ({"text": "Yes.", "lang": "fr"}, "/lang"),
        ({"text": "Yes.", "to": "bob"}, "/to"),
    ],
)
def test_what_is_no_reply_is_refused_with_its_place(serve: Serve, body: dict[str, Any], pointer: str) -> None:
    client = serve()
    taken = hand_over(client, question=QUESTION)
    sent = client.post(f"/v1/handoffs/{taken['id']}/reply", json=body)
    assert (sent.status_code, sent.json()["errors"][0]["pointer"]) == (422, pointer)
    assert opened_of(client).records.handoff_replies.of(taken["id"]) == ()


def test_nobody_answers_without_a_key_or_the_link_of_that_request(serve: Serve) -> None:
    client = serve(host="0.0.0.0", require_key=False)
    taken, other = hand_over(client, question=QUESTION), hand_over(client, question="Where is my order?")
    assert reply(client, taken, "Yes.").status_code == 401
    assert client.post("/v1/handoffs/hnd_none/reply", json={"text": "Yes."}).status_code == 401
    foreign = {"link": link_of(agent_path(client, other))}
    for path in ("reply", "ack"):
        sent = client.post(f"/v1/handoffs/{taken['id']}/{path}", params=foreign, json={"text": "Yes."})
        assert (sent.status_code, sent.json()["code"]) == (403, "forbidden")
    assert client.get(f"/v1/handoffs/{taken['id']}", params=foreign).status_code == 403
    receipt = {"link": taken["token"]}
    assert reply(client, taken, "Yes.", params=receipt).status_code == 403
    ended = {"link": link_of(agent_path(client, taken, lasts=timedelta(seconds=-1)))}
    assert reply(client, taken, "Yes.", params=ended).status_code == 403
    own = {"link": link_of(agent_path(client, taken))}
    assert reply(client, taken, "Yes.", params=own).status_code == 201
    read = client.get(f"/v1/handoffs/{taken['id']}", params=own)
    assert (read.status_code, read.json()["id"]) == (200, taken["id"])
    _, key = opened_of(client).records.create_key("bot", "secret", ["ask"])
    assert reply(client, taken, "Yes.", headers={"Authorization": f"Bearer {key}"}).status_code == 403
    _, key = opened_of(client).records.create_key("desk", "secret", ["handoffs"])
    assert reply(client, taken, "Yes.", headers={"Authorization": f"Bearer {key}"}).json()["who"] == "desk"


@pytest.mark.parametrize("token", ["", "x", "x.y", "WyJobmRfMSIsIDFd.c2ln", "[]"])
def test_a_made_up_link_opens_nothing(token: str) -> None:
    signer = LinkSigner(b"s" * 32, "agent")
    with pytest.raises(NotAllowedError):
        signer.check(token, "hnd_1", datetime.now(UTC))


def test_a_link_of_another_purpose_or_secret_opens_nothing() -> None:
    now = datetime.now(UTC)
    good = LinkSigner(b"s" * 32, "agent")
    until = now + timedelta(hours=1)
    assert good.check(good.sign("hnd_1", until), "hnd_1", now) == until.replace(microsecond=0)
    assert good.sign("hnd_1", until) == good.sign("hnd_1", until)
    for other in (LinkSigner(b"t" * 32, "agent"), LinkSigner(b"s" * 32, "other")):
        with pytest.raises(NotAllowedError):
            good.check(other.sign("hnd_1", until), "hnd_1", now)


def test_the_page_of_the_link_shows_the_packet_and_what_may_help(serve: Serve) -> None:
    client = serve(host="0.0.0.0")
    answer = client.post("/v1/ask", json={"question": "How long does a refund take?"}).json()
    taken = hand_over(
        client,
        answer_id=answer["id"],
        token=answer["feedback_token"],
        message="<script>alert(1)</script>",
        contact={"name": "Ada", "email": "ada@example.com", "consent": True},
    )
    page = client.get(agent_path(client, taken))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "<script>alert" not in page.text
    assert "ada@example.com" in page.text
    assert "How long does a refund take?" in page.text
    assert "Answers it" in page.text
    assert "data-copy=" in page.text
    closed = client.get(agent_path(client, taken, lasts=timedelta(seconds=-1)))
    assert closed.status_code == 403
    assert "ada@example.com" not in closed.text
    for where in (f"/agent/handoffs/{taken['id']}", f"/agent/handoffs/{taken['id']}?link=x"):
        assert client.get(where).status_code == 403
    zh = client.get(f"{agent_path(client, taken)}&lang=zh").text
    assert "可能有用的内容" in zh


def form_of(page: str, name: str) -> tuple[str, dict[str, str]]:
    """The action and hidden fields of the form that posts to ``name``."""
    action = re.search(rf'action="([^"]+/{name}[^"]*)"', page)
    assert action is not None
    key = re.search(r'name="key" value="([0-9a-f]+)"', page)
    return action[1].replace("&amp;", "&"), {"key": key[1] if key else ""}


def test_an_agent_takes_over_and_answers_on_the_page(serve: Serve) -> None:
    client = serve(host="0.0.0.0")
    taken = hand_over(client, question="我的包裹在哪里？")
    path = agent_path(client, taken)
    action, _ = form_of(client.get(path).text, "ack")
    done = client.post(action, data={"name": "格蕾丝"})
    assert done.status_code == 200
    assert "格蕾丝" in done.text
    action, hidden = form_of(client.get(path).text, "reply")
    for _ in range(2):  # a form that is sent twice is one reply
        assert client.post(action, data={**hidden, "text": "今天\r\n发出。", "name": "格蕾丝"}).status_code == 200
    refused = client.post(action, data={"text": " ", "name": "格蕾丝"})
    assert refused.status_code == 422
    assert "格蕾丝" in refused.text
    (stored,) = opened_of(client).records.handoff_replies.of(taken["id"])
    assert (stored.text, stored.who, stored.lang) == ("今天\n发出。", "格蕾丝", "zh")
    closed = client.post(action.partition("?")[0], data={**hidden, "text": "x"})
    assert closed.status_code == 403


def test_the_desk_answers_too_and_gives_out_links(serve: Serve) -> None:
    client = serve()
    taken = hand_over(client, question=QUESTION)
    page = client.get(f"/owner/handoffs/{taken['id']}").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    origin = {"Origin": "http://127.0.0.1:8000"}
    _, hidden = form_of(page, "reply")
    where = f"/owner/handoffs/{taken['id']}/reply"
    assert client.post(where, data={**hidden, "text": "Yes.", "csrf": "wrong"}, headers=origin).status_code == 403
    sent = client.post(where, data={**hidden, "text": "Yes.", "csrf": csrf}, headers=origin)
    assert sent.status_code == 200
    assert "Your answer is stored" in sent.text
    assert "1 answer" in client.get("/owner/handoffs?view=all").text
    link = re.search(r"/agent/handoffs/[^<\s]+", page)
    assert link is not None
    assert client.get(link[0].replace("&amp;", "&")).status_code == 200


def test_a_reply_is_material_for_the_gap_of_the_question(serve: Serve) -> None:
    client = serve()
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    taken = hand_over(client, answer_id=answer["id"], token=answer["feedback_token"])
    gap_id = client.get(f"/v1/handoffs/{taken['id']}").json()["gap_id"]
    reply(client, taken, "Only <b>trained</b> ones --> can.")
    page = client.get(f"/owner/gaps/{gap_id}").text
    assert "What people answered" in page
    assert "Only &lt;b&gt;trained&lt;/b&gt; ones --&gt; can." in page
    outline = client.get(f"/v1/gaps/{gap_id}/suggestion").json()["markdown"]
    assert "not checked" in outline
    assert "trained" in outline
    # What was said must not end the comment that it stands in.
    assert all(line.count("-->") <= 1 for line in outline.splitlines())


def test_merging_and_asking_twice_keep_the_reply_with_the_need(serve: Serve) -> None:
    client = serve()
    records = opened_of(client).records
    first = client.post("/v1/ask", json={"question": QUESTION, "conversation_id": "cnv_1"}).json()
    other = client.post("/v1/ask", json={"question": "Do you repair pocket watches?"}).json()
    for _ in range(2):
        taken = hand_over(client, conversation_id="cnv_1", question=QUESTION)
    reply(client, taken, "Only trained ones.")
    records.merge_gaps(first["gap_id"], other["gap_id"], who="Ada")
    found = records.handoff_replies.of_gap(other["gap_id"])
    assert [each.text for each in found] == ["Only trained ones."]


def test_erasing_and_purging_take_replies_with_their_request(serve: Serve, site: Site) -> None:
    client = serve()
    records = opened_of(client).records
    client.post("/v1/ask", json={"question": QUESTION, "conversation_id": "cnv_1"})
    erased = hand_over(client, conversation_id="cnv_1", question=QUESTION)
    kept = hand_over(client, question="Where is my order?")
    reply(client, erased, "Only the Zanzibar ones.")
    reply(client, kept, "On its way.")
    records.erase(conversation_id="cnv_1")
    assert records.handoff_replies.of(erased["id"]) == ()
    assert [event.payload["handoff_id"] for event in records.events.newest() if event.kind == "handoff.replied"] == [
        kept["id"]
    ]
    files = [path.read_bytes() for path in Path(site.data).glob("records.db*")]
    assert not any(b"Zanzibar" in content for content in files)
    gone = client.get(agent_path(client, kept)).status_code
    records.purge(datetime.now(UTC) + timedelta(days=1))
    assert (gone, records.handoff_replies.of(kept["id"])) == (200, ())
