"""People who sign in to the owner pages: users and their sessions.

A session is a random token that only the browser knows; here lies its hash. It ends after half a day, with the user's
sign-out, with a new password and when the user is disabled.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.ids import new_id
from kb.records.clock import from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.passwords import hash_password, is_password, prepare
from kb.types import Lang

Role = Literal["owner", "admin"]
ROLES: tuple[Role, ...] = ("owner", "admin")
SESSION_SECONDS = 12 * 3600
SESSION_PREFIX = "kb_us_"
MAX_NAME = 100  # code points
# Only what every mail server takes and no mail header can be broken with.
_ADDRESS = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.-]{1,189}")
_NO_ADDRESS_PART = re.compile(r'[()<>\[\]:;,"\\]')


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. ``answers_for``: the owner names of articles and gaps that are this person's."""

    id: str
    name: str
    role: Role
    answers_for: tuple[str, ...]
    email: str | None
    lang: Lang
    weekly_mail: bool
    created_at: datetime
    disabled_at: datetime | None


class Users:
    """The users of one data folder; ``now`` gives milliseconds. Methods that hash take tens of milliseconds."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def add(
        self,
        name: str,
        password: str,
        *,
        role: Role = "owner",
        answers_for: Sequence[str] = (),
        email: str | None = None,
        lang: Lang = "en",
        weekly_mail: bool = True,
    ) -> User:
        """Make a user. Raises ``InvalidInputError``, and ``ConflictError`` for a name that is taken."""
        clean = _checked_name(name)
        _check(role, email, lang)
        hashed = hash_password(password)
        duties = orjson.dumps(list(dict.fromkeys(duty.strip() for duty in answers_for if duty.strip()))).decode()
        with self._db.writing() as connection:
            if _row(connection, clean) is not None:
                raise ConflictError(
                    f"There is a user {clean} already.", "Choose another name, or set that user's password."
                )
            connection.execute(
                "INSERT INTO users (id, name, email, role, answers_for, lang, weekly_mail, password_hash, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (new_id("usr"), clean, email or None, role, duties, lang, weekly_mail, hashed, self._now()),
            )
        return self.get(clean)

    def get(self, name: str) -> User:
        """The user of this name, in capitals or not. Raises ``NotFoundError``."""
        with self._db.reading() as connection:
            return _user(_found(connection, name))

    def everyone(self) -> tuple[User, ...]:
        """All users, disabled ones too, by name."""
        with self._db.reading() as connection:
            return tuple(_user(row) for row in rows(connection, "SELECT * FROM users ORDER BY name COLLATE NOCASE, id"))

    def exist(self) -> bool:
        """Whether a user was ever made. Disabled ones count: taking the last one away must not open the doors."""
        with self._db.reading() as connection:
            return one(connection, "SELECT 1 FROM users LIMIT 1") is not None

    def set_password(self, name: str, password: str) -> User:
        """Give a new password and end all sessions of the user. Raises ``NotFoundError``, ``InvalidInputError``."""
        hashed = hash_password(password)
        with self._db.writing() as connection:
            row = _found(connection, name)
            connection.execute("UPDATE users SET password_hash = ? WHERE id = ?", (hashed, row["id"]))
            connection.execute("DELETE FROM sessions WHERE user_id = ?", (row["id"],))
        return self.get(name)

    def disable(self, name: str) -> User:
        """Refuse a user from now on and end all sessions. Doing it twice changes nothing. Raises ``NotFoundError``."""
        with self._db.writing() as connection:
            row = _found(connection, name)
            connection.execute(
                "UPDATE users SET disabled_at = coalesce(disabled_at, ?) WHERE id = ?", (self._now(), row["id"])
            )
            connection.execute("DELETE FROM sessions WHERE user_id = ?", (row["id"],))
        return self.get(name)

    # Sessions

    def sign_in(self, name: str, password: str) -> tuple[User, str] | None:
        """The user and the token of a new session; None for a wrong name or password or a disabled user.

        All three take the same time, so that nobody learns from it which names exist.
        """
        prepare()
        with self._db.reading() as connection:
            row = _row(connection, name)
        usable = row is not None and row["disabled_at"] is None
        good = is_password(password, row["password_hash"] if row is not None and usable else None)
        if row is None or not good:
            return None
        token = SESSION_PREFIX + secrets.token_urlsafe(32)
        now = self._now()
        with self._db.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            # Decided once more inside the transaction: the user may have been disabled, or have got another password.
            made = connection.execute(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) SELECT ?, id, ?, ? FROM users"
                " WHERE id = ? AND disabled_at IS NULL AND password_hash = ?",
                (_hash(token), now, now + SESSION_SECONDS * 1000, row["id"], row["password_hash"]),
            ).rowcount
        return (_user(row), token) if made else None

    def of_session(self, token: str) -> User | None:
        """Who this session token belongs to, while it lasts."""
        if not token.startswith(SESSION_PREFIX):
            return None
        with self._db.reading() as connection:
            row = one(
                connection,
                "SELECT u.* FROM sessions s JOIN users u ON u.id = s.user_id"
                " WHERE s.token_hash = ? AND s.expires_at > ? AND u.disabled_at IS NULL",
                (_hash(token), self._now()),
            )
        return None if row is None else _user(row)

    def sign_out(self, token: str) -> None:
        """End a session; an unknown one is ended already."""
        with self._db.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (_hash(token),))


def _row(connection: sqlite3.Connection, name: str) -> Row | None:
    return one(connection, "SELECT * FROM users WHERE name = ? COLLATE NOCASE", (_normal(name),))


def _found(connection: sqlite3.Connection, name: str) -> Row:
    row = _row(connection, name)
    if row is None:
        raise NotFoundError(f"There is no user {_normal(name)}.", "List the users to see their names.")
    return row


def _normal(name: str) -> str:
    return unicodedata.normalize("NFKC", name).encode("utf-8", "replace").decode().strip()


def _checked_name(name: str) -> str:
    clean = _normal(name)
    if not 0 < len(clean) <= MAX_NAME or not clean.isprintable():
        raise InvalidInputError(f"A name has 1 to {MAX_NAME} printable characters.", "Choose another one.", "/name")
    return clean


def _check(role: str, email: str | None, lang: str) -> None:
    if role not in ROLES:
        raise InvalidInputError(f"{role!r} is no role.", "Choose owner or admin.", "/role")
    if lang not in ("en", "zh"):
        raise InvalidInputError(f"{lang!r} is no language of the pages.", "Choose en or zh.", "/lang")
    if email and (not _ADDRESS.fullmatch(email) or _NO_ADDRESS_PART.search(email)):
        raise InvalidInputError(f"{email!r} is no e-mail address.", "Write it like ada@example.com.", "/email")


def _hash(token: str) -> str:
    # 256 random bits: nothing to guess, so one plain hash is enough; finding it in an index tells nothing about it.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _user(row: Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        answers_for=tuple(orjson.loads(row["answers_for"])),
        email=row["email"],
        lang=row["lang"],
        weekly_mail=bool(row["weekly_mail"]),
        created_at=from_ms(row["created_at"]),
        disabled_at=None if row["disabled_at"] is None else from_ms(row["disabled_at"]),
    )
