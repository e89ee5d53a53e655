"""Searches and openings go the way of answers: through the journal, once, and gone when they must go."""

from __future__ import annotations

import random
import signal as process_signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from answer_samples import Clock, document

from kb.records import Records, Signal, SignalKind
from kb.records.intake import IntakeLimits

SLOW = IntakeLimits(pause=60.0)  # nothing is stored behind the test's back


def count(records: Records, table: str) -> int:
    records.flush()
    with records._db.reading() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def search(records: Records, visitor: str | None = "ada") -> str:
    return records.visits.log_search("refund", lang="en", results=1, article_id="en/a", channel="api", visitor=visitor)


_WORK = """
import sys
from pathlib import Path
from kb.records import Records
records = Records.open(Path({data!r}))
for n in range(100000):
    name = records.visits.log_search("refund", lang="en", results=1, article_id=None, channel="api", visitor=f"v{{n}}")
    print("searches", name, flush=True)
    name = records.visits.log_opening("en/a", source_id=name, stale=False, visitor=f"v{{n}}")
    print("openings", name, flush=True)
"""


@pytest.mark.parametrize("seed", range(2))
def test_what_was_noted_survives_a_kill(tmp_path: Path, seed: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WORK.format(data=str(tmp_path))], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(random.Random(seed).uniform(0.1, 0.5))
        process.send_signal(process_signal.SIGKILL)
        said += process.stdout.readlines()
    noted = [line.split() for line in said if line.endswith("\n") and len(line.split()) == 2]
    assert noted
    with Records.open(tmp_path) as records:
        records.flush()
        with records._db.reading() as connection:
            lost = [
                name
                for table, name in noted
                if not connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (name,)).fetchall()
            ]
        assert lost == []
        assert records.health().rejected == 0
        waiting = [name for table, name in noted if table == "searches"]
        assert count(records, "unjudged") >= len(waiting)


def test_lines_of_an_older_version_are_answers_and_those_of_a_newer_one_are_kept_aside(tmp_path: Path) -> None:
    with Records.open(tmp_path, limits=SLOW) as records:
        records.log_answer(document("ans_old"), channel="api")
        search(records)
        (journal,) = (tmp_path / "journal").glob("*.jsonl")
        lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
        assert [line.get("type") for line in lines] == [None, "search"]
        records._intake.log({"type": "telepathy", "id": "t1"})
        assert records.get_answer("ans_old") is not None
        assert count(records, "searches") == 1
        assert records.health().rejected == 1


def test_a_search_is_no_answer(records: Records) -> None:
    assert records.get_answer(search(records)) is None
    records.flush()
    assert records.get_answer(search(records)) is None


def test_who_comes_back_to_an_article_has_opened_it_once(records: Records) -> None:
    for source in ("ans_1", "ans_1", "ans_2", None, None):
        for visitor in ("ada", "bob"):
            records.visits.log_opening("en/a", source_id=source, stale=False, visitor=visitor)
    assert count(records, "openings") == 6
    for _ in range(2):
        records.visits.log_opening("en/a", source_id="ans_1", stale=False)  # nobody is known: each may be another
    assert count(records, "openings") == 8


def test_readers_are_people_of_the_last_weeks(records: Records, clock: Clock) -> None:
    records.visits.log_opening("en/old", source_id=None, stale=False, visitor="ada")
    clock.advance(days=28)
    for article, visitor, source in (("en/a", "ada", "ans_1"), ("en/a", "ada", None), ("en/a", "bob", None)):
        records.visits.log_opening(article, source_id=source, stale=False, visitor=visitor)
    assert records.visits.readers() == {"en/a": 2}


def test_a_line_of_an_erased_visitor_that_comes_late_is_dropped(tmp_path: Path, clock: Clock) -> None:
    with Records.open(tmp_path, clock=clock, limits=SLOW) as one, Records.open(tmp_path, clock=clock) as other:
        search(one)
        one.visits.log_opening("en/a", source_id=None, stale=False, visitor="ada")
        clock.advance(seconds=1)
        with other._db.writing() as connection:
            connection.execute("INSERT INTO erasures (kind, key, at) VALUES ('visitor', 'ada', ?)", (other._now(),))
        assert (count(one, "searches"), count(one, "openings")) == (0, 0)
        search(one)
        clock.advance(days=1)
        assert count(one, "unjudged") == count(one, "searches") == 0


def test_a_signal_of_an_opening_does_not_outlive_its_conversation(tmp_path: Path, clock: Clock) -> None:
    with Records.open(tmp_path, clock=clock, limits=SLOW) as records:
        sent = document("ans_1", conversation="cnv_1", at=clock.now.isoformat())
        records.log_answer(sent, channel="api", visitor="ada")
        records.flush()
        stale = Signal(
            SignalKind.STALE_CITATION,
            "gap_1",
            "How do I reset it?",
            "en",
            external_id="stale:ans_1:en/a",
            answer_id="ans_1",
            conversation_id="cnv_1",
        )
        records.visits.log_opening("en/a", source_id="ans_1", stale=True, visitor="bob", signals=[stale])
        assert count(records, "signals") == 1
        with records._db.reading() as connection:
            row = connection.execute("SELECT answer_id, conversation_id, visitor FROM signals").fetchone()
        assert row == ("ans_1", "cnv_1", "bob")
        records.visits.log_opening("en/b", source_id="ans_1", stale=True, visitor="bob", signals=[stale])
        removed = records.erase(conversation_id="cnv_1")  # reads the journal first
        assert (removed.questions, removed.signals, removed.openings, removed.searches) == (1, 1, 2, 0)
        assert (count(records, "signals"), count(records, "openings"), count(records, "gaps")) == (0, 0, 0)


def test_a_purge_takes_what_is_older_and_leaves_the_rest(records: Records, clock: Clock) -> None:
    search(records)
    records.visits.log_opening("en/a", source_id=None, stale=False, visitor="ada")
    clock.advance(days=30)
    search(records)
    records.visits.log_opening("en/a", source_id=None, stale=False, visitor="bob")
    removed = records.purge(clock.now - timedelta(days=7))
    assert (removed.searches, removed.openings) == (1, 1)
    assert (count(records, "searches"), count(records, "openings")) == (1, 1)
