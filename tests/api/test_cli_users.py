"""`kb users`: who signs in."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from commands import Kb, runner

from kb.records import Records

GOOD = "three plain words"


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Kb:
    return runner(capsys)


def test_a_user_is_added_listed_and_disabled(kb: Kb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    options = ("--role", "admin", "--answers-for", "billing, security", "--email", "ada@example.com", "--lang", "zh")
    done = kb("users", "add", "Ada", *options, "--password-stdin", "--data", tmp_path)
    assert (done.code, done.out) == (0, "Ada added\n")
    assert GOOD not in done.err
    listed = kb("users", "list", "--data", tmp_path, "--json").json["data"]
    assert [(u["name"], u["role"], u["answers_for"], u["email"], u["weekly_mail"]) for u in listed] == [
        ("Ada", "admin", ["billing", "security"], "ada@example.com", True)
    ]
    assert "Ada\tadmin\tbilling security\tada@example.com\tzh\tyes" in kb("users", "list", "--data", tmp_path).out
    assert kb("users", "disable", "ada", "--data", tmp_path).out == "Ada is disabled\n"
    assert kb("users", "list", "--data", tmp_path, "--json").json["data"][0]["disabled_at"].endswith("Z")


def test_a_password_that_nobody_types_is_made_and_printed_once(
    kb: Kb,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    made = kb("users", "add", "Ada", "--no-weekly-mail", "--data", tmp_path).out.strip()
    again = kb("users", "password", "Ada", "--data", tmp_path, "--json").json
    assert again["weekly_mail"] is False
    with Records.open(tmp_path) as records:
        assert records.users.sign_in("Ada", made) is None
        assert records.users.sign_in("Ada", again["password"]) is not None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "Ada", "--password-stdin"), 2),  # the first line of stdin is too short
        (("add", "Ada", "--email", "nobody"), 2),
        (("add", "Ada", "--role", "king"), 2),
        (("password", "Bob"), 1),
        (("disable", "Bob"), 1),
    ],
)
def test_what_cannot_be_done_is_said(
    kb: Kb,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert kb("users", *arguments, "--data", tmp_path).code == code
    with Records.open(tmp_path) as records:
        assert not records.users.exist()
