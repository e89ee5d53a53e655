"""Access keys: shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence

import orjson

from kb.errors import InvalidInputError, NotFoundError
from kb.ids import new_id
from kb.origins import normal_origin
from kb.records.clock import from_ms
from kb.records.database import Row, one, rows
from kb.records.rows import SCOPES, Key, KeyKind

_PREFIX: dict[KeyKind, str] = {"secret": "kb_sk_", "public": "kb_pk_"}
USE_STEP_MS = 60_000  # the last use is written at most once a minute, so that a busy key costs no write for each call
PUBLIC_SCOPES = ("ask", "search", "feedback", "handoffs")


def create_key(
    connection: sqlite3.Connection,
    *,
    name: str,
    kind: KeyKind,
    scopes: Sequence[str],
    origins: Sequence[str],
    now: int,
    rate_limit: str | None = None,
    expires_at: int | None = None,
) -> tuple[str, str]:
    """Make a key and return its id and its plain text, which nobody can show again. Raises ``InvalidInputError``."""
    _check(name, kind, scopes, origins)
    if expires_at is not None and expires_at <= now:
        raise InvalidInputError("The key would have ended already.", "Name a day to come.", "/expires_at")
    bound = [normal_origin(origin) for origin in origins]
    # 256 random bits: nothing to guess, so one plain hash is enough and is cheap to check on every call.
    plain = _PREFIX[kind] + secrets.token_urlsafe(32)
    key_id = new_id("key")
    connection.execute(
        "INSERT INTO keys (id, name, kind, scopes, origins, hash, last_four, created_at, rate_limit, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key_id,
            name.strip(),
            kind,
            orjson.dumps(list(dict.fromkeys(scopes))).decode(),
            orjson.dumps(list(dict.fromkeys(bound))).decode(),
            hash_of(plain),
            plain[-4:],
            now,
            rate_limit,
            expires_at,
        ),
    )
    return key_id, plain


def _check(name: str, kind: KeyKind, scopes: Sequence[str], origins: Sequence[str]) -> None:
    if kind not in _PREFIX:
        raise InvalidInputError(f"{kind!r} is no kind of key.", "Choose secret or public.", "/kind")
    if not name.strip():
        raise InvalidInputError("The key has no name.", "Name it after what will use it.", "/name")
    allowed = SCOPES if kind == "secret" else PUBLIC_SCOPES
    unknown = [scope for scope in scopes if scope not in allowed]
    if unknown or not scopes:
        wrong = ", ".join(unknown) or "nothing"
        raise InvalidInputError(
            f"A {kind} key cannot have the scope {wrong}.", f"Choose from: {', '.join(allowed)}.", "/scopes"
        )
    if kind == "public" and not origins:
        raise InvalidInputError(
            "A public key stands in the open and needs the origins it may be used from.",
            "Name them, such as https://help.example.com.",
            "/origins",
        )


def check_key(connection: sqlite3.Connection, plain: str, now: int) -> Key | None:
    """The key with this plain text, or None when there is none, it was revoked or it has ended."""
    row = one(
        connection,
        "SELECT * FROM keys WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
        (hash_of(plain), now),
    )
    return None if row is None else _key(row)


def secret_hashes(connection: sqlite3.Connection, now: int) -> frozenset[str]:
    """The hashes of all secret keys that are good now, see ``hash_of``."""
    found = rows(
        connection,
        "SELECT hash FROM keys WHERE kind = 'secret' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
        (now,),
    )
    return frozenset(row["hash"] for row in found)


def note_use(connection: sqlite3.Connection, key_id: str, now: int) -> None:
    """Remember that a key was used now: who replaces one wants to know whether the old one is still in use."""
    connection.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", (now - now % USE_STEP_MS, key_id))


def list_keys(connection: sqlite3.Connection) -> tuple[Key, ...]:
    """All keys, revoked ones too, oldest first."""
    return tuple(_key(row) for row in rows(connection, "SELECT * FROM keys ORDER BY created_at, id"))


def revoke_key(connection: sqlite3.Connection, key_id: str, now: int) -> None:
    """Make a key useless. Revoking twice changes nothing. Raises ``NotFoundError``."""
    changed = connection.execute(
        "UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (now, key_id)
    ).rowcount
    if not changed:
        raise NotFoundError(f"There is no key {key_id}.", "List the keys to see their ids.")


def has_keys(connection: sqlite3.Connection) -> bool:
    """Whether a key was ever made. Revoked ones count: taking the last key away must not open the doors."""
    return one(connection, "SELECT 1 FROM keys LIMIT 1") is not None


def hash_of(plain: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        scopes=tuple(orjson.loads(row["scopes"])),
        origins=tuple(orjson.loads(row["origins"])),
        last_four=row["last_four"],
        created_at=from_ms(row["created_at"]),
        revoked_at=None if row["revoked_at"] is None else from_ms(row["revoked_at"]),
        rate_limit=row["rate_limit"],
        expires_at=None if row["expires_at"] is None else from_ms(row["expires_at"]),
        last_used_at=None if row["last_used_at"] is None else from_ms(row["last_used_at"]),
    )
