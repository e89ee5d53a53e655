"""From the journal to the database: nothing lost, nothing twice, and nothing raised into an answer."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import StorageError
from kb.records.intake import Intake, IntakeLimits
from kb.records.journal import Journal

SLOW = IntakeLimits(pause=60.0)  # the thread does nothing during a test
FAST = IntakeLimits(pause=0.01, retry=0.05)


class Shelf:
    """A store that keeps entries by id, as the database does, and fails when it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.failing = False
        self.refused_ids: set[str] = set()

    def __call__(self, entries: Sequence[dict[str, Any]]) -> list[int]:
        if self.failing:
            raise StorageError("The disk is full.")
        refused = [i for i, entry in enumerate(entries) if entry["id"] in self.refused_ids]
        for i, entry in enumerate(entries):
            if i not in refused:
                self.kept.setdefault(entry["id"], entry)
        return refused


def until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


@settings(deadline=None, max_examples=50)
@given(steps=st.lists(st.sampled_from(["log", "flush", "fail", "repair", "crash"]), max_size=30))
def test_whatever_happens_every_entry_is_stored_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    shelf = Shelf()
    intake = Intake(folder, shelf, SLOW)
    logged = 0
    for step in steps:
        if step == "log":
            intake.log({"id": f"a{logged}", "n": logged})
            logged += 1
        elif step in ("fail", "repair"):
            shelf.failing = step == "fail"
        elif step == "flush" and not shelf.failing:
            intake.flush()
        elif step == "crash":
            intake._journal.release()  # the files stay, the locks go
            intake._stop.set()
            intake._wake.set()
            intake = Intake(folder, shelf, SLOW)
    shelf.failing = False
    intake.close()
    assert shelf.kept == {f"a{n}": {"id": f"a{n}", "n": n} for n in range(logged)}
    assert [path.name for path in folder.iterdir()] == []


def test_the_thread_stores_without_being_asked(tmp_path: Path) -> None:
    shelf = Shelf()
    intake = Intake(tmp_path, shelf, FAST)
    intake.log({"id": "a"})
    until(lambda: "a" in shelf.kept and intake.pending("a") is None)
    intake.close()


def test_the_thread_tries_again_after_a_failure(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.failing = True
    intake = Intake(tmp_path, shelf, FAST)
    intake.log({"id": "a"})
    until(lambda: intake.health().database_failures >= 2)
    assert not intake.health().ok
    assert intake.health().last_error == "The disk is full."
    assert intake.pending("a") == {"id": "a"}
    shelf.failing = False
    until(lambda: intake.health().ok)
    assert list(shelf.kept) == ["a"]
    intake.close()


def test_a_full_disk_raises_nothing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    intake = Intake(tmp_path, shelf, SLOW)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", full)
        intake.log({"id": "a"})
    health = intake.health()
    assert (health.ok, health.backlog, health.journal_failures, health.dropped) == (False, 1, 1, 0)
    assert intake.pending("a") == {"id": "a"}
    intake.flush()
    assert list(shelf.kept) == ["a"]
    assert intake.health().ok
    intake.close()


def test_what_does_not_fit_in_memory_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    intake = Intake(tmp_path, Shelf(), IntakeLimits(pause=60.0, backlog=2))
    for n in range(5):
        intake.log({"id": f"a{n}"})
    assert (intake.health().backlog, intake.health().dropped) == (2, 3)
    assert intake.pending("a4") is None
    intake.close()


def test_an_entry_that_is_not_json_is_counted_and_not_raised(tmp_path: Path) -> None:
    intake = Intake(tmp_path, Shelf(), SLOW)
    intake.log({"id": "a", "text": "\ud800"})
    assert intake.health().dropped == 1
    intake.close()


def test_bad_lines_are_kept_aside_and_the_others_stored(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.refused_ids = {"bad"}
    dead = Journal(tmp_path)
    for line in (b'{"id":"a"}', b"not json", b"[]", b'{"id":7}', b'{"id":"bad"}', b'{"id":"b"}'):
        dead.append(line)
    dead.release()
    intake = Intake(tmp_path, shelf, SLOW)
    intake.flush()
    assert list(shelf.kept) == ["a", "b"]
    assert intake.health().rejected == 4
    assert (tmp_path / "rejected.txt").read_bytes().split() == [b"not", b"json", b"[]", b'{"id":7}', b'{"id":"bad"}']
    intake.forget_rejected()
    intake.close()
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_read_along_and_its_own_flush_changes_nothing(tmp_path: Path) -> None:
    shelf = Shelf()
    one, other = Intake(tmp_path, shelf, SLOW), Intake(tmp_path, shelf, SLOW)
    one.log({"id": "a"})
    other.flush()
    assert shelf.kept == {}
    other.absorb()
    assert list(shelf.kept) == ["a"]
    one.close()
    other.close()
    assert list(shelf.kept) == ["a"]


def test_only_the_newest_entries_are_held_in_memory(tmp_path: Path) -> None:
    shelf = Shelf()
    intake = Intake(tmp_path, shelf, IntakeLimits(pause=60.0, pending=3))
    for n in range(5):
        intake.log({"id": f"a{n}", "group": "g"})
    assert [entry["id"] for entry in intake.pending_of("group", "g")] == ["a2", "a3", "a4"]
    intake.close()
    assert len(shelf.kept) == 5


def test_many_threads_log_at_once(tmp_path: Path) -> None:
    shelf = Shelf()
    intake = Intake(tmp_path, shelf, FAST)

    def log(worker: int) -> None:
        for n in range(100):
            intake.log({"id": f"{worker}-{n}"})

    threads = [threading.Thread(target=log, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    intake.close()
    assert len(shelf.kept) == 800


def test_lines_are_plain_json(tmp_path: Path) -> None:
    intake = Intake(tmp_path, Shelf(), SLOW)
    intake.log({"id": "a", "question": "退款"})
    (file,) = tmp_path.glob("*.jsonl")
    assert json.loads(file.read_text(encoding="utf-8")) == {"id": "a", "question": "退款"}
    intake.close()
