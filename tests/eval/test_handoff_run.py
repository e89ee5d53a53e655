"""A few hand-overs through a killed server to failing receivers; ``python -m eval.handoffs`` does it with a thousand."""

from __future__ import annotations

from pathlib import Path

import orjson

from eval.handoffs.faults import SHARES, Faults
from eval.handoffs.receivers import Chat, Desk
from eval.handoffs.run import Plan, Trial, is_exact


def test_every_request_arrives_once_although_everything_fails(tmp_path: Path) -> None:
    plan = Plan(
        count=12,
        seed=3,
        kill_every=1.0,
        restart_every=2.0,
        busy_every=2.0,
        busy_seconds=1.0,
        most_kills=1,
        quiet_seconds=1.0,
    )
    figures = Trial(plan, tmp_path).run()
    assert is_exact(figures), orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode()
    assert figures["server"]["kills"] == 1
    assert sum(count for fault, count in figures["faults"].items() if fault != "none") > 0


def test_faults_are_the_same_for_the_same_seed_and_end() -> None:
    first, again = Faults(7), Faults(7)
    drawn = [first.draw() for _ in range(200)]
    assert drawn == [again.draw() for _ in range(200)]
    assert set(drawn) == set(SHARES)
    first.over = True
    assert {first.draw() for _ in range(50)} == {"none"}


def test_what_arrives_twice_or_not_at_all_is_seen() -> None:
    """The fakes must not hide what they are there to find."""
    desk, chat = Desk(), Chat()
    ticket = orjson.dumps({"ticket": {"external_id": "hnd_1"}})
    for key in ("a", "a", "b"):
        desk.take("POST", "/api/v2/tickets.json", {"authorization": "Basic x", "idempotency-key": key}, ticket)
    assert len(desk.tickets) == 2
    conversation = orjson.dumps({"contact_id": 1, "custom_attributes": {"kb_handoff": "hnd_1"}, "message": {}})
    for _ in range(2):
        chat.take("POST", "/api/v1/accounts/1/conversations", {"api_access_token": "x"}, conversation)
    assert len(chat.conversations) == 2
    assert desk.take("GET", "/api/v2/tickets.json?external_id=hnd_1", {}, b"")[0] == 401
