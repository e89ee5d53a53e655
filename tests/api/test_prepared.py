"""Results that are made in a thread and kept."""

from __future__ import annotations

import threading

import pytest

from api.prepared import Prepared


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_result_is_made_once_and_kept() -> None:
    made: list[int] = []
    store = Prepared()
    for _ in range(3):
        assert store.get("key", lambda: made.append(1) or "value", fresh=60.0) == "value"
    assert len(made) == 1


def test_an_old_result_is_shown_while_the_next_one_is_made() -> None:
    clock, store, done = Clock(), Prepared(), threading.Event()
    store = Prepared(clock=clock)
    assert store.get("key", lambda: 1, fresh=10.0) == 1
    clock.now = 11.0

    def again() -> int:
        done.wait(20)
        return 2

    assert store.get("key", again, fresh=10.0) == 1
    assert store.get("key", again, fresh=10.0) == 1
    done.set()
    for _ in range(1000):
        if store.get("key", again, fresh=10.0) == 2:
            break
        threading.Event().wait(0.01)
    assert store.get("key", again, fresh=10.0) == 2


def test_who_does_not_wait_gets_nothing_and_the_work_goes_on() -> None:
    store, go = Prepared(), threading.Event()

    def slow() -> str:
        go.wait(20)
        return "done"

    assert store.get("key", slow, fresh=60.0, wait=0.0) is None
    go.set()
    assert store.get("key", slow, fresh=60.0) == "done"


def test_a_failure_is_raised_for_who_waits_and_tried_again_by_the_next() -> None:
    store = Prepared()

    def fail() -> str:
        raise TimeoutError("the disk sleeps")

    with pytest.raises(TimeoutError, match="the disk sleeps"):
        store.get("key", fail, fresh=60.0)
    assert store.get("key", lambda: "fine", fresh=60.0) == "fine"


def test_what_is_made_quickly_is_not_kept() -> None:
    clock = Clock()
    store = Prepared(clock=clock)
    assert store.get("key", lambda: 1, fresh=60.0, keep_from=0.5) == 1
    assert store.get("key", lambda: 2, fresh=60.0, keep_from=0.5) == 2

    def slow() -> int:
        clock.now += 1.0
        return 3

    assert store.get("key", slow, fresh=60.0, keep_from=0.5) == 3
    assert store.get("key", lambda: 4, fresh=60.0, keep_from=0.5) == 3


def test_only_so_many_are_kept_those_used_last() -> None:
    store = Prepared(limit=2)
    for key in ("a", "b", "a", "c"):
        store.get(key, lambda key=key: key.upper(), fresh=60.0)  # type: ignore[misc]
    assert store.get("a", lambda: "again", fresh=60.0) == "A"
    assert store.get("b", lambda: "again", fresh=60.0) == "again"
