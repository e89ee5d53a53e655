"""Users, their passwords and their sessions."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from answer_samples import Clock

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.records import Records
from kb.records.passwords import MAX_PASSWORD, hash_password, is_password
from kb.records.users import SESSION_SECONDS

GOOD = "three plain words"


def test_a_user_signs_in_with_the_name_in_any_case_and_the_session_lasts_half_a_day(
    records: Records, clock: Clock
) -> None:
    made = records.users.add(
        " Ada ", GOOD, answers_for=["billing", "billing", " "], email="ada@example.com", lang="zh", weekly_mail=False
    )
    assert (made.name, made.role, made.answers_for, made.lang, made.weekly_mail) == (
        "Ada",
        "owner",
        ("billing",),
        "zh",
        False,
    )
    begun = records.users.sign_in("ADA", GOOD)
    assert begun is not None
    user, token = begun
    assert user == made
    clock.advance(seconds=SESSION_SECONDS - 1)
    assert records.users.of_session(token) == made
    clock.advance(seconds=1)
    assert records.users.of_session(token) is None


@pytest.mark.parametrize(
    ("name", "password"), [("Ada", "wrong wrong wrong"), ("Bob", GOOD), ("", ""), ("Ada", "x" * 10**6)]
)
def test_nobody_signs_in_with_a_wrong_name_or_password(records: Records, name: str, password: str) -> None:
    records.users.add("Ada", GOOD)
    assert records.users.sign_in(name, password) is None


def test_no_plain_password_and_no_token_lies_in_the_files(records: Records, tmp_path: Path) -> None:
    records.users.add("Ada", GOOD)
    begun = records.users.sign_in("Ada", GOOD)
    assert begun is not None
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("records.db*"))
    assert b"$argon2id$" in stored
    assert GOOD.encode() not in stored
    assert begun[1].encode() not in stored


@pytest.mark.parametrize("how", ["sign out", "disable", "password"])
def test_a_session_ends_with_the_sign_out_the_user_or_the_password(records: Records, how: str) -> None:
    records.users.add("Ada", GOOD)
    first, second = (records.users.sign_in("Ada", GOOD) for _ in range(2))
    assert first is not None
    assert second is not None
    if how == "sign out":
        records.users.sign_out(first[1])
        assert records.users.of_session(second[1]) is not None
    elif how == "disable":
        records.users.disable("ada")
        assert records.users.sign_in("Ada", GOOD) is None
        assert records.users.exist()
    else:
        records.users.set_password("ada", "another three words")
        assert records.users.of_session(second[1]) is None
        assert records.users.sign_in("Ada", GOOD) is None
        assert records.users.sign_in("Ada", "another three words") is not None
    assert records.users.of_session(first[1]) is None


def test_ended_sessions_do_not_pile_up(records: Records, clock: Clock, tmp_path: Path) -> None:
    records.users.add("Ada", GOOD)
    for _ in range(3):
        clock.advance(seconds=SESSION_SECONDS + 1)
        records.users.sign_in("Ada", GOOD)
    with sqlite3.connect(tmp_path / "records.db") as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    connection.close()


def test_a_name_is_given_once_whatever_its_case(records: Records) -> None:
    records.users.add("Ada", GOOD)
    with pytest.raises(ConflictError):
        records.users.add("aDA", GOOD)
    assert [user.name for user in records.users.everyone()] == ["Ada"]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"password": "short"}, "/password"),
        ({"password": "x" * (MAX_PASSWORD + 1)}, "/password"),
        ({"role": "king"}, "/role"),
        ({"lang": "fr"}, "/lang"),
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "/email"),
        ({"email": "a@b.example,c@d.example"}, "/email"),
        ({"email": "Ada <a@b.example>"}, "/email"),
    ],
)
def test_what_cannot_be_used_makes_no_user(records: Records, values: dict[str, str], pointer: str) -> None:
    given = {"name": "Ada", "password": GOOD, **values}
    with pytest.raises(InvalidInputError) as raised:
        records.users.add(given.pop("name"), given.pop("password"), **given)  # type: ignore[arg-type]
    assert raised.value.pointer == pointer
    assert not records.users.exist()


@pytest.mark.parametrize("call", ["disable", "get"])
def test_an_unknown_user_is_named(records: Records, call: str) -> None:
    with pytest.raises(NotFoundError, match="Bob"):
        getattr(records.users, call)("Bob")


def test_the_same_characters_in_other_code_points_are_the_same_password() -> None:
    stored = hash_password("cafe\u0301 three words")
    assert is_password("caf\u00e9 three words", stored)
    assert not is_password("cafe three words", stored)
    assert not is_password("caf\u00e9 three words", None)
    assert not is_password("caf\u00e9 three words", "no hash at all")
