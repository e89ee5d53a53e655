"""One person in several channels: the latest conversation is found, and everything of the person can be taken away."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from answer_samples import Clock, document

from kb.gaps.vocabulary import SignalKind
from kb.ids import new_id
from kb.persons import People
from kb.records import Records, Signal
from kb.records.intake import IntakeLimits
from kb.records.visitors import person_key, visitor_key
from kb.types import Query

DAY = timedelta(days=1)
SECRET = b"x" * 32


def ask(records: Records, clock: Clock, conversation: str, person: str | None, text: str = "a marmot?") -> str:
    sent = document(text=text, conversation=conversation, at=clock.now.isoformat(), outcome="no_answer")
    unmet = Signal(SignalKind.NO_ANSWER, new_id("gap"), text, "en")
    records.log_answer(sent, channel="api", visitor=f"v-{conversation}", person=person, signals=[unmet])
    return str(sent["id"])


def test_a_key_is_the_same_every_day_and_tells_nothing() -> None:
    assert person_key(SECRET, "u-1") == person_key(SECRET, "u-1")
    others = {person_key(b"y" * 32, "u-1"), person_key(SECRET, "u-2"), person_key(SECRET, "")}
    assert len({person_key(SECRET, "u-1"), *others}) == 4
    assert visitor_key(SECRET, "named", "u-1", date(2026, 11, 22)) not in person_key(SECRET, "u-1")


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "waiting"])
def test_the_latest_conversation_of_a_person_is_found(tmp_path: Path, clock: Clock, stored: bool) -> None:
    with Records.open(tmp_path, clock=clock, limits=IntakeLimits(pause=0.01 if stored else 60.0)) as records:
        for conversation, person in (("cnv_1", "p1"), ("cnv_2", "p1"), ("cnv_3", "p2"), ("cnv_4", None)):
            ask(records, clock, conversation, person)
            clock.advance(minutes=1)
        if stored:
            records.flush()
        assert records.persons.latest("p1", DAY) == "cnv_2"
        assert records.persons.latest("p2", DAY) == "cnv_3"
        assert records.persons.latest("nobody", DAY) is None
        ask(records, clock, "cnv_1", "p1")  # goes back to the first one
        assert records.persons.latest("p1", DAY) == "cnv_1"
        clock.advance(hours=23)
        assert records.persons.latest("p1", DAY) == "cnv_1"
        clock.advance(hours=2)
        assert records.persons.latest("p1", DAY) is None


def test_a_question_goes_on_in_the_conversation_of_its_person(records: Records, clock: Clock) -> None:
    people = People(records, SECRET, DAY)
    ask(records, clock, "cnv_1", people.key("u-1"))
    assert people.continued(Query("q", person_ref="u-1")).conversation_id == "cnv_1"
    assert people.continued(Query("q", person_ref="u-1", conversation_id="cnv_9")).conversation_id == "cnv_9"
    assert people.continued(Query("q")).conversation_id is None
    begun = people.continued(Query("q", person_ref="u-2")).conversation_id
    assert begun is not None
    assert begun != "cnv_1"
    never = People(records, SECRET, timedelta(0))
    assert never.continued(Query("q", person_ref="u-1")).conversation_id != "cnv_1"
    assert "u-1" not in repr(Query("q", person_ref="u-1"))


def test_everything_of_a_person_can_be_erased(tmp_path: Path, clock: Clock) -> None:
    with Records.open(tmp_path, clock=clock) as records:
        people = People(records, SECRET, DAY)
        ids = [ask(records, clock, name, people.key("u-1"), f"the gone marmot {name}") for name in ("cnv_1", "cnv_2")]
        kept = ask(records, clock, "cnv_3", people.key("u-2"), "the kept marmot")
        named = document(text="the gone marmot as a visitor", outcome="no_answer", conversation="cnv_4")
        records.log_answer(named, channel="api", visitor=people.visitor("u-1", clock.now.date() - 3 * DAY))
        records.vote(ids[0], "down", comment="the gone marmot")
        removed = people.erase("u-1", clock.now.date(), 400)
        assert (removed.questions, removed.votes, removed.signals, removed.gaps) == (3, 1, 2, 2)
        assert [records.get_answer(answer_id) for answer_id in ids] == [None, None]
        assert records.get_answer(kept) is not None
        assert people.conversation("u-1") is None
        assert people.conversation("u-2") == "cnv_3"
        assert people.erase("u-1", clock.now.date(), 400).questions == 0
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"gone marmot" not in content
    assert b"kept marmot" in content


def test_who_was_erased_begins_anew(records: Records, clock: Clock) -> None:
    ask(records, clock, "cnv_1", "p1")
    records.persons.erase("p1")
    clock.advance(seconds=1)
    ask(records, clock, "cnv_2", "p1")
    records.flush()
    assert records.persons.latest("p1", DAY) == "cnv_2"


def test_a_line_of_a_person_that_waits_elsewhere_does_not_come_back(tmp_path: Path, clock: Clock) -> None:
    idle = IntakeLimits(pause=60.0)
    with (
        Records.open(tmp_path, limits=idle, clock=clock) as one,
        Records.open(tmp_path, limits=idle, clock=clock) as other,
    ):
        first = ask(one, clock, "cnv_1", "p1")
        assert other.persons.erase("p1").questions == 1
        second = document(conversation="cnv_new", at=clock.now.isoformat())  # was being answered just then
        one.log_answer(second, channel="api", person="p1")
        one.flush()
        assert [one.get_answer(first), one.get_answer(second["id"])] == [None, None]
        assert one.persons.latest("p1", DAY) is None


def test_retention_and_erased_conversations_take_the_note_of_the_person_along(tmp_path: Path, clock: Clock) -> None:
    with Records.open(tmp_path, clock=clock) as records:
        ask(records, clock, "cnv_old", "the-person-of-old")
        clock.advance(days=5)
        ask(records, clock, "cnv_new", "the-person-of-now")
        records.purge(clock.now - DAY)
        assert records.persons.latest("the-person-of-old", 30 * DAY) is None
        assert records.persons.latest("the-person-of-now", DAY) == "cnv_new"
        records.erase(conversation_id="cnv_new")
        assert records.persons.latest("the-person-of-now", DAY) is None


_WORK = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from answer_samples import document
from kb.records import Records
records = Records.open(Path({data!r}))
from datetime import UTC, datetime
for n in range(100000):
    sent = document(conversation=f"cnv_{{n:06}}", at=datetime.now(UTC).isoformat())
    records.log_answer(sent, channel="api", person="p1")
    print(f"cnv_{{n:06}}", flush=True)
"""


def test_the_conversation_of_a_person_survives_a_kill(tmp_path: Path) -> None:
    script = _WORK.format(tests=str(Path(__file__).parent), data=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    whole = [line.strip() for line in said if line.endswith("\n")]
    with Records.open(tmp_path, clock=lambda: datetime.now(UTC)) as records:
        records.flush()
        found = records.persons.latest("p1", DAY)
        assert found is not None
        # The last one may have been written and not been said any more.
        assert found in (whole[-1], f"cnv_{int(whole[-1].removeprefix('cnv_')) + 1:06}")
