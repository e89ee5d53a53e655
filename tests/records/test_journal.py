"""The journal: what was appended comes back, whatever happens in between."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.records.journal import Journal, read_lines

LINES = st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=12)


@settings(deadline=None)
@given(LINES)
def test_lines_come_back_in_order(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        for line in lines:
            journal.append(line)
        sealed = journal.seal()
        assert [line for file in sealed for line in file.lines()] == lines
        for file in sealed:
            journal.done(file)
        assert os.listdir(folder) == []


@settings(deadline=None)
@given(LINES.filter(bool), st.data())
def test_a_file_cut_anywhere_keeps_its_whole_lines(lines: list[bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "torn.jsonl"
        whole = b"".join(line + b"\n" for line in lines)
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        kept = list(read_lines(path))
        assert kept == lines[: len(kept)]
        assert len(kept) == whole[:cut].count(b"\n")


def test_a_sealed_file_takes_no_more_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(b"one")
    (first,) = journal.seal()
    journal.append(b"two")
    assert list(first.lines()) == [b"one"]
    assert [list(file.lines()) for file in journal.seal()] == [[b"one"], [b"two"]]
    journal.release()


def test_files_of_the_living_are_left_alone_and_of_the_dead_adopted(tmp_path: Path) -> None:
    alive, heir = Journal(tmp_path), Journal(tmp_path)
    alive.append(b"mine")
    heir.adopt()
    assert heir.seal() == []
    assert [list(read_lines(path)) for path in heir.others()] == [[b"mine"]]
    alive.release()  # what the end of a process does
    heir.adopt()
    (adopted,) = heir.seal()
    assert list(adopted.lines()) == [b"mine"]
    heir.done(adopted)
    assert os.listdir(tmp_path) == []


def test_a_file_deleted_between_creating_and_locking_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import kb.records.journal as module

    lock, stolen = module._try_lock, []

    def steal_first(descriptor: int) -> bool:
        if not stolen:
            stolen.extend(tmp_path.glob("*.jsonl"))
            stolen[0].unlink()
        return lock(descriptor)

    monkeypatch.setattr(module, "_try_lock", steal_first)
    journal = Journal(tmp_path)
    journal.append(b"kept")
    assert [list(read_lines(path)) for path in tmp_path.glob("*.jsonl")] == [[b"kept"]]
    journal.release()


def test_half_a_write_leaves_nothing_and_the_next_line_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.append(b"first")
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[: len(data) // 2]))
        with pytest.raises(OSError, match="space") as caught:
            journal.append(b"does not fit")
    assert caught.value.errno == errno.ENOSPC
    journal.append(b"second")
    assert [line for file in journal.seal() for line in file.lines()] == [b"first", b"second"]
    journal.release()


def test_when_half_a_line_cannot_be_taken_back_the_next_goes_to_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.append(b"first")
    write = os.write

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "broken disk")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        patch.setattr(os, "ftruncate", refuse)
        with pytest.raises(OSError, match="space"):
            journal.append(b"does not fit")
    journal.append(b"second")
    assert [list(file.lines()) for file in journal.seal()] == [[b"first"], [b"second"]]
    journal.release()
