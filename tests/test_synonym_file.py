"""The operator's synonym file: a good one counts at once, a broken one changes nothing."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from kb.synonym_file import check_synonyms, synonym_file
from kb.text.synonyms import Synonyms
from kb.watched_file import WatchedFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    return articles


def opened(folder: Path | None) -> WatchedFile[Synonyms]:
    place = folder or Path("nowhere")
    return synonym_file(lambda: folder, place.parent / "copy.yaml")


def write(folder: Path, source: str) -> None:
    """As editors do it: a new file in place of the old one."""
    temporary = folder / "new"
    temporary.write_text(source, encoding="utf-8")
    temporary.replace(folder / "synonyms.yaml")


def expressions(file: WatchedFile[Synonyms]) -> set[str]:
    return {said for entry in file.current().entries for said in entry.said}


def test_a_saved_file_counts_for_the_next_question(folder: Path) -> None:
    file = opened(folder)
    assert not file.current()
    write(folder, "- [a1, b1]\n")
    assert expressions(file) == {"a1", "b1"}
    write(folder, "- [a2, b2]\n")
    assert expressions(file) == {"a2", "b2"}


def test_a_broken_file_leaves_the_last_good_one_in_force(folder: Path) -> None:
    file = opened(folder)
    write(folder, "- [a1, b1]\n")
    file.current()
    write(folder, "- [a2, b2]\n- [c2\n")
    assert expressions(file) == {"a1", "b1"}
    assert [(p.line, p.code) for p in file.problems] == [(3, "bad_yaml")]
    write(folder, "- [a3, b3]\n")
    assert expressions(file) == {"a3", "b3"}
    assert not file.problems


def test_a_restart_beside_a_broken_file_loses_nothing(folder: Path) -> None:
    write(folder, "- [a1, b1]\n")
    opened(folder).current()
    write(folder, "- [a2\n")
    assert expressions(opened(folder)) == {"a1", "b1"}


def test_a_removed_file_has_no_synonyms_any_more(folder: Path) -> None:
    file = opened(folder)
    write(folder, "- [a1, b1]\n")
    file.current()
    (folder / "synonyms.yaml").unlink()
    assert not file.current()
    assert not opened(folder).current()


def test_a_folder_out_of_reach_keeps_what_was_in_force(folder: Path) -> None:
    file = opened(folder)
    write(folder, "- [a1, b1]\n")
    file.current()
    folder.rename(folder.with_name("away"))
    assert expressions(file) == {"a1", "b1"}
    assert expressions(opened(folder)) == {"a1", "b1"}


def test_without_a_folder_there_are_none() -> None:
    assert not opened(None).current()


def test_what_is_no_file_is_a_problem_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "synonyms.yaml")
    file = opened(folder)
    assert not file.current()
    assert [p.code for p in file.problems] == ["unreadable"]
    assert [p.code for p in check_synonyms(folder)] == ["unreadable"]


def test_following_picks_a_change_up(folder: Path) -> None:
    file = opened(folder)
    file.follow()
    try:
        write(folder, "- [a1, b1]\n")
        seen = threading.Event()
        for _ in range(100):
            if expressions(file):
                break
            seen.wait(0.1)
        assert expressions(file) == {"a1", "b1"}
    finally:
        file.close()


def test_checking_names_file_and_line(folder: Path) -> None:
    assert not check_synonyms(folder)
    write(folder, "- [a, b]\n- [a, '']\n")
    (problem,) = check_synonyms(folder)
    assert (problem.path, problem.line, problem.fatal) == ("synonyms.yaml", 2, True)
