"""Opening, upgrading and sharing the database file."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from kb.errors import StorageError
from kb.records.database import Database, rows
from kb.records.migrations import STEPS


def test_every_step_is_applied_once(tmp_path: Path) -> None:
    for _ in range(2):
        Database(tmp_path / "records.db").close()
    with sqlite3.connect(tmp_path / "records.db") as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    connection.close()
    assert names == [name for name, _ in STEPS]
    assert names == sorted(names)


def test_released_steps_are_never_edited() -> None:
    """Whoever changes a step on purpose before its release changes the number here too."""
    import zlib

    assert {name: zlib.crc32(sql.encode()) for name, sql in STEPS} == {
        "0001_initial": 1109748051,
        "0002_gap_loop": 154721818,
        "0003_rollups": 2081922968,
        "0004_quiet": 2023207930,
        "0005_gap_people": 141529542,
        "0006_grouping": 2037877241,
        "0007_answered": 3825062369,
        "0010_reviews": 3968039237,
        "0011_opening_channel": 2769828011,
        "0012_gap_counts": 1086108855,
        "0013_article_votes": 3123101643,
        "0014_handoffs": 3562768838,
        "0015_key_limits": 3355168190,
        "0016_callers": 1046669007,
        "0017_handoff_replies": 1430691243,
        "0018_inbound": 581096780,
    }


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "records.db").close()
    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('kb.records', '9999_later', '')"
        )
    connection.close()
    with pytest.raises(StorageError, match="9999_later") as caught:
        Database(tmp_path / "records.db")
    assert "newer version" in caught.value.hint


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"This is a text that somebody saved here by mistake." * 100)
    with pytest.raises(StorageError, match=r"records\.db") as caught:
        Database(tmp_path / "records.db")
    assert "backup" in caught.value.hint


def test_a_locked_database_is_a_storage_error_that_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db", busy_timeout=0.05)
    other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as caught, database.writing():
        raise AssertionError("never reached")
    assert "Another process" in caught.value.hint
    other.execute("ROLLBACK")
    other.close()
    with database.writing() as connection:
        connection.execute("DELETE FROM keys")
    database.close()


def test_an_exception_rolls_everything_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db")

    def fail_half_way() -> None:
        with database.writing() as connection:
            connection.execute("INSERT INTO erasures (kind, key, at) VALUES ('visitor', 'v', 1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.reading() as connection:
        assert rows(connection, "SELECT * FROM erasures") == []
    database.close()


def test_readers_see_one_state_while_a_writer_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db")
    with database.reading() as reader:
        before = rows(reader, "SELECT count(*) FROM erasures")[0][0]
        with database.writing() as writer:
            writer.execute("INSERT INTO erasures (kind, key, at) VALUES ('visitor', 'v', 1)")
        assert rows(reader, "SELECT count(*) FROM erasures")[0][0] == before == 0
    with database.reading() as reader:
        assert rows(reader, "SELECT count(*) FROM erasures")[0][0] == 1
    database.close()


def test_readers_cannot_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db")
    with pytest.raises(StorageError), database.reading() as connection:
        connection.execute("DELETE FROM keys")
    database.close()


def test_many_open_the_same_folder_at_once(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def open_it() -> None:
        try:
            Database(tmp_path / "records.db").close()
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "records.db")
    database.close()
    with pytest.raises(StorageError, match="closed"), database.reading():
        pass
