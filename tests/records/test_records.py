"""The records as a whole: keys, privacy, sharing, failures."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from answer_samples import Clock, document

from kb.errors import InvalidInputError, NotFoundError, StorageError
from kb.gaps.vocabulary import SignalKind
from kb.ids import new_id
from kb.records import Records, Signal, visitor_key
from kb.records.intake import IntakeLimits
from kb.records.rows import SCOPES

ALL_TIME = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def test_importing_the_records_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, kb.records; loaded = {'sqlite_utils', 'phonenumbers', 'stdnum', 'opencc', 'torch'} & set(sys.modules);"
        "sys.exit(str(loaded) if loaded else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Keys


def test_a_key_is_shown_once_and_stored_as_a_hash(records: Records, tmp_path: Path) -> None:
    assert not records.has_keys()
    key_id, plain = records.create_key("bot", "secret", ["ask", "gaps:read"])
    assert plain.startswith("kb_sk_")
    found = records.check_key(plain)
    assert found is not None
    assert (found.id, found.name, found.scopes, found.last_four) == (key_id, "bot", ("ask", "gaps:read"), plain[-4:])
    assert records.check_key(plain + "x") is None
    assert records.check_key("") is None
    for file in tmp_path.glob("records.db*"):
        assert plain.encode() not in file.read_bytes()


def test_a_revoked_key_is_useless_and_still_closes_the_doors(records: Records, clock: Clock) -> None:
    key_id, plain = records.create_key("page", "public", ["ask"], ["https://shop.example/"])
    records.revoke_key(key_id)
    first = records.list_keys()[0].revoked_at
    clock.advance(days=1)
    records.revoke_key(key_id)
    assert records.check_key(plain) is None
    assert records.has_keys()
    (listed,) = records.list_keys()
    assert (listed.origins, listed.revoked_at) == (("https://shop.example",), first)
    with pytest.raises(NotFoundError):
        records.revoke_key(new_id("key"))


@pytest.mark.parametrize(
    ("name", "kind", "scopes", "origins", "pointer"),
    [
        (" ", "secret", ["ask"], [], "/name"),
        ("k", "secret", [], [], "/scopes"),
        ("k", "secret", ["ask", "root"], [], "/scopes"),
        ("k", "public", ["admin"], ["https://a.example"], "/scopes"),
        ("k", "public", ["ask"], [], "/origins"),
        ("k", "other", ["ask"], [], "/kind"),
    ],
)
def test_bad_keys_are_refused(
    records: Records, name: str, kind: str, scopes: list[str], origins: list[str], pointer: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        records.create_key(name, kind, scopes, origins)  # type: ignore[arg-type]
    assert caught.value.pointer == pointer
    assert records.list_keys() == ()


def test_a_secret_key_may_have_every_scope(records: Records) -> None:
    _, plain = records.create_key("all", "secret", SCOPES)
    found = records.check_key(plain)
    assert found is not None
    assert found.scopes == SCOPES


# Visitors


def test_a_visitor_key_is_the_same_for_one_day_only() -> None:
    day = date(2026, 11, 22)
    key = visitor_key(b"secret", "203.0.113.9", "Firefox", day)
    assert key == visitor_key(b"secret", "203.0.113.9", "Firefox", day)
    others = {
        visitor_key(b"secret", "203.0.113.9", "Firefox", day + timedelta(days=1)),
        visitor_key(b"other", "203.0.113.9", "Firefox", day),
        visitor_key(b"secret", "203.0.113.8", "Firefox", day),
        visitor_key(b"secret", "203.0.113.9", "Chrome", day),
        visitor_key(b"secret", "203.0.113.9Fire", "fox", day),
    }
    assert len(others) == 5
    assert key not in others
    assert len(key) == 32


# Removal


def content_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def fill(records: Records, gap: str) -> dict[str, str]:
    """Three answers: an old one and two new, of two conversations and two visitors, in one gap."""
    ids = {}
    for name, at, conversation, visitor in (
        ("old", "2026-01-05T00:00:00Z", "cnv_old", "vis_old"),
        ("new", "2026-11-21T00:00:00Z", "cnv_new", "vis_new"),
        ("other", "2026-11-21T00:00:00Z", "cnv_other", "vis_other"),
    ):
        text = f"the {name} marmot"
        sent = document(text=text, at=at, conversation=conversation, outcome="no_answer", gap_id=gap)
        signal = Signal(SignalKind.NO_ANSWER, gap, text, "en", terms=(name, "marmot"))
        records.log_answer(sent, channel="api", visitor=visitor, signals=[signal])
        records.vote(sent["id"], "down", comment=f"about the {name} marmot")
        ids[name] = sent["id"]
    return ids


@pytest.mark.parametrize(
    ("remove", "gone"),
    [
        (lambda records: records.purge(datetime(2026, 6, 1, tzinfo=UTC)), "old"),
        (lambda records: records.erase(conversation_id="cnv_old"), "old"),
        (lambda records: records.erase(visitor="vis_old"), "old"),
        (lambda records: records.erase(conversation_id="cnv_new"), "new"),
    ],
)
def test_what_is_removed_is_nowhere_on_the_disk(
    tmp_path: Path, clock: Clock, remove: Callable[[Records], object], gone: str
) -> None:
    gap = new_id("gap")
    with Records.open(tmp_path, clock=clock) as records:
        ids = fill(records, gap)
        records.flush()
        assert f"the {gone} marmot".encode() in content_of(tmp_path)
        removed = remove(records)
        assert (removed.questions, removed.votes, removed.signals, removed.gaps) == (1, 1, 2, 0)  # type: ignore[attr-defined]
        found = records.get_gap(gap)
        kept = {"old", "new", "other"} - {gone}
        assert {question.text for question in found.questions} == {f"the {name} marmot" for name in kept}
        assert found.summary.label in {f"the {name} marmot" for name in kept}
        assert gone not in str(records.grouping.news(-1))
        assert records.get_answer(ids[gone]) is None
        assert f"the {gone} marmot".encode() not in content_of(tmp_path)
    assert f"the {gone} marmot".encode() not in content_of(tmp_path)


def test_a_gap_with_nothing_left_goes_too(records: Records) -> None:
    gap = new_id("gap")
    fill(records, gap)
    removed = records.purge(datetime(2027, 1, 1, tzinfo=UTC))
    assert (removed.questions, removed.gaps) == (3, 1)
    assert records.grouping.news(-1).cells == []
    with pytest.raises(NotFoundError):
        records.get_gap(gap)


def test_a_name_given_by_an_owner_stays(records: Records) -> None:
    gap = new_id("gap")
    fill(records, gap)
    records.update_gap(gap, who="ann", label="Marmots")
    records.erase(conversation_id="cnv_old")
    found = records.get_gap(gap)
    assert found.summary.label == "Marmots"
    assert [event.before for event in found.history if event.field == "label"] == [None]


def test_a_line_that_waits_elsewhere_does_not_come_back_after_an_erasure(tmp_path: Path) -> None:
    idle = IntakeLimits(pause=60.0)
    with Records.open(tmp_path, limits=idle) as one, Records.open(tmp_path, limits=idle) as other:
        one.log_answer(document(conversation="cnv_x"), channel="api")
        assert other.erase(conversation_id="cnv_x").questions == 1
        one.flush()
        assert one.kpis(*ALL_TIME).questions == 0


def test_exactly_one_thing_is_erased_at_a_time(records: Records) -> None:
    with pytest.raises(ValueError, match="either"):
        records.erase()
    with pytest.raises(ValueError, match="either"):
        records.erase(conversation_id="c", visitor="v")


# Failures and sharing


def test_a_locked_database_stops_votes_and_no_answers(tmp_path: Path) -> None:
    sent = document(conversation="cnv_1")
    with Records.open(tmp_path, busy_timeout=0.05, limits=IntakeLimits(pause=0.01, retry=0.05)) as records:
        records.log_answer(sent, channel="api")
        records.flush()
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError) as caught:
            records.vote(sent["id"], "up")
        assert "Another process" in caught.value.hint
        late = document(conversation="cnv_1")
        records.log_answer(late, channel="api")
        with pytest.raises(StorageError):
            records.flush()
        assert not records.health().ok
        assert records.get_answer(late["id"]) is not None
        assert len(records.turns("cnv_1")) == 2
        assert records.kpis(*ALL_TIME).questions == 1  # what can be read is shown
        other.execute("ROLLBACK")
        other.close()
        assert records.vote(late["id"], "up").created
        assert records.health().ok


def test_eight_threads_write_and_read_at_once(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    gap = new_id("gap")

    def work(records: Records, worker: int) -> None:
        try:
            for n in range(20):
                sent = document(conversation=f"cnv_{worker}", outcome="no_answer", gap_id=gap)
                signal = Signal(SignalKind.NO_ANSWER, gap, "How do I reset it?", "en")
                records.log_answer(sent, channel="api", visitor=f"v{worker}", signals=[signal])
                assert records.get_answer(sent["id"]) is not None
                if n % 5 == 0:
                    records.vote(sent["id"], "up")
                    assert records.get_vote(sent["id"]) is not None
                assert len(records.turns(f"cnv_{worker}", limit=100)) == n + 1
                records.list_gaps()
        except BaseException as error:  # noqa: BLE001 - reported by the test
            errors.append(error)

    with Records.open(tmp_path) as records:
        threads = [threading.Thread(target=work, args=(records, worker)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        figures = records.kpis(*ALL_TIME)
        assert (figures.questions, figures.helpful.of) == (160, 32)
        assert records.get_gap(gap).summary.people == 8
        assert records.get_gap(gap).questions[0].count == 160


def test_check_says_whether_the_database_can_be_read(tmp_path: Path) -> None:
    records = Records.open(tmp_path)
    records.check()
    records.close()
    with pytest.raises(StorageError):
        records.check()


# Keys that end, and whether anybody still uses them


def test_a_key_ends_on_its_day(records: Records, clock: Clock) -> None:
    _, plain = records.create_key("bot", "secret", ["ask"], expires_at=clock.now + timedelta(days=1))
    found = records.check_key(plain)
    assert found is not None
    assert found.expires_at == clock.now + timedelta(days=1)
    clock.advance(days=1)
    assert records.check_key(plain) is None
    with pytest.raises(InvalidInputError, match="ended already"):
        records.create_key("bot", "secret", ["ask"], expires_at=clock.now)


def test_the_last_use_of_a_key_is_known_to_the_minute(records: Records, clock: Clock) -> None:
    _, plain = records.create_key("bot", "secret", ["ask"])
    records.create_key("idle", "secret", ["ask"])
    records.check_key(plain)
    first = clock.now.replace(second=0, microsecond=0)
    assert {key.name: key.last_used_at for key in records.list_keys()} == {"bot": first, "idle": None}
    clock.advance(seconds=59)
    records.check_key(plain)
    clock.advance(minutes=5)
    records.check_key(plain)
    assert {key.last_used_at for key in records.list_keys()} == {first + timedelta(minutes=5), None}
