"""`kb handoffs`, and what the doctor says of people who wait and of receivers that would not take something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import Kb, runner

from kb.records import Records
from kb.records.events import DESTINATION
from kb.records.handoffs import Handoff, NewHandoff

PACKET: dict[str, Any] = {
    "message": "It is urgent.",
    "rewordings": [],
    "urgency_reasons": ["pressing_words"],
    "mood": "calm",
    "mood_signs": [],
    "turns": [],
    "opened": [],
    "transcript": [],
}


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Kb:
    return runner(capsys)


def add(records: Records, question: str = "Where is my order?") -> Handoff:
    new = NewHandoff(
        question=question, packet=PACKET, channel="api", lang="en", urgency="high", request_hash="x", team="support"
    )
    return records.handoffs.add(new)[0]


def checks(kb: Kb, data: Path) -> dict[str, Any]:
    from api.cli.doctor_people import reached
    from kb.settings import Settings

    return {finding.name: finding for finding in reached(Settings(data=data))}


def give_up(records: Records) -> None:
    delivery = records.events.claim(f"{DESTINATION}mail", 60)
    assert delivery is not None
    records.events.failed(delivery, "the mailbox is full", None)


def test_requests_are_listed_read_and_taken_over(kb: Kb, tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        handoff = add(records)
    listed = kb("handoffs", "list", "--data", tmp_path)
    assert handoff.id in listed.out
    assert "Where is my order?" in listed.out
    shown = kb("handoffs", "show", handoff.id, "--data", tmp_path)
    assert "It is urgent." in shown.out
    document = kb("handoffs", "show", handoff.id, "--data", tmp_path, "--json").json
    assert document["agent_url"].startswith(f"/agent/handoffs/{handoff.id}?link=")
    assert kb("handoffs", "ack", handoff.id, "--by", "Grace", "--data", tmp_path).code == 0
    assert kb("handoffs", "list", "--status", "waiting", "--data", tmp_path, "--json").json["data"] == []
    (taken,) = kb("handoffs", "list", "--data", tmp_path, "--json").json["data"]
    assert (taken["status"], taken["acknowledged_by"]) == ("acknowledged", "Grace")
    assert kb("handoffs", "show", "hnd_none", "--data", tmp_path).code == 1
    assert kb("handoffs", "list", "--data", tmp_path / "nowhere").code != 0


def test_what_was_given_up_is_delivered_again(kb: Kb, tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        records.events.configure([f"{DESTINATION}mail"])
        handoff = add(records)
        give_up(records)
        assert records.handoffs.get(handoff.id).status == "failed"
    assert kb("handoffs", "retry", "--data", tmp_path).code == 2
    assert "the mailbox is full" in kb("handoffs", "show", handoff.id, "--data", tmp_path).out
    assert kb("handoffs", "retry", "--all", "--data", tmp_path, "--json").json["deliveries"] == 1
    assert kb("handoffs", "retry", handoff.id, "--data", tmp_path, "--json").json["deliveries"] == 0
    with Records.open(tmp_path) as records:
        assert records.handoffs.get(handoff.id).status == "queued"


def test_the_doctor_warns_when_nobody_reads_requests(kb: Kb, tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        add(records)
    found = checks(kb, tmp_path)["people"]
    assert found.state == "warning"
    assert "1 wait" in found.detail
    with Records.open(tmp_path) as records:
        records.create_key("desk", "secret", ["handoffs"])
    assert checks(kb, tmp_path)["people"].state == "ok"
    yesterday = datetime.now(UTC) - timedelta(days=2)
    with Records.open(tmp_path, clock=lambda: yesterday) as records:
        add(records, "Where is my other order?")
    assert "1 requests" in checks(kb, tmp_path)["people"].detail


def test_the_doctor_warns_of_dead_letters(kb: Kb, tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        records.events.configure([f"{DESTINATION}mail"])
        add(records)
        give_up(records)
    found = checks(kb, tmp_path)["deliveries"]
    assert (found.state, "kb events retry --all" in found.fix) == ("warning", True)
    with Records.open(tmp_path) as records:
        records.events.configure([])  # nothing can be sent there any more
    assert checks(kb, tmp_path)["deliveries"].state == "ok"
