"""The operator's policy file: a saved change counts for the next question, a broken one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.policy import Policy
from kb.policy.parse import shipped_policy
from kb.policy_file import check_policy, policy_file
from kb.watched_file import WatchedFile


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder


def opened(articles: Path) -> WatchedFile[Policy]:
    return policy_file(lambda: articles, articles.parent / "copy.yaml")


def write(articles: Path, source: str) -> None:
    temporary = articles / "new"
    temporary.write_text(source, encoding="utf-8")
    temporary.replace(articles / "policy.yaml")


def test_without_a_file_the_shipped_policy_is_in_force(articles: Path) -> None:
    assert opened(articles).current() == shipped_policy()


def test_a_saved_file_counts_and_a_removed_one_is_forgotten(articles: Path) -> None:
    file = opened(articles)
    write(articles, "repeated_failure: 7")
    assert file.current().failures == 7
    (articles / "policy.yaml").unlink()
    assert file.current() == shipped_policy()


def test_a_broken_file_leaves_the_last_good_one_in_force_and_says_so(articles: Path) -> None:
    file = opened(articles)
    write(articles, "repeated_failure: 7")
    file.current()
    write(articles, "topics:\n  a: [b]\n")
    assert file.current().failures == 7
    assert [(problem.line, problem.fatal) for problem in file.problems] == [(2, True)]
    assert opened(articles).current().failures == 7  # after a restart, too
    assert check_policy(articles) == check_policy(articles / "policy.yaml") == file.problems


def test_nothing_is_wrong_where_there_is_no_file(articles: Path) -> None:
    assert check_policy(articles) == ()
