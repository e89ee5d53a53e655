"""Keys under which callers repeat a question: found again, kept apart, one at a time."""

from __future__ import annotations

import threading

import pytest
from answer_samples import document

from kb.errors import ConflictError
from kb.records import Records
from kb.repeats import Repeats, request_of


def test_one_at_a_time_asks_under_a_key_and_others_are_not_held_up(records: Records) -> None:
    repeats = Repeats(records, lambda answer_id: "")
    one, two = request_of("s", "k1", "h"), request_of("s", "k2", "h")
    entered, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with repeats.alone(one):
            entered.set()
            assert let_go.wait(10)

    order: list[str] = []

    def follow() -> None:
        with repeats.alone(one):
            order.append("after")

    holder, follower = threading.Thread(target=hold), threading.Thread(target=follow)
    holder.start()
    assert entered.wait(10)
    follower.start()
    with repeats.alone(two), repeats.alone(None):
        order.append("beside")
    let_go.set()
    holder.join(10)
    follower.join(10)
    assert order == ["beside", "after"]


def test_scopes_and_keys_do_not_run_into_each_other() -> None:
    assert request_of("a", "bc", "h") != request_of("ab", "c", "h")


def test_a_key_with_another_body_is_a_conflict(records: Records) -> None:
    records.log_answer(document("ans_1"), channel="api", request=request_of("s", "k", "h1"))
    repeats = Repeats(records, lambda answer_id: f"token of {answer_id}")
    found = repeats.find(request_of("s", "k", "h1"))
    assert found is not None
    assert found["feedback_token"] == "token of ans_1"
    assert repeats.find(request_of("s", "other", "h1")) is None
    with pytest.raises(ConflictError):
        repeats.find(request_of("s", "k", "h2"))
