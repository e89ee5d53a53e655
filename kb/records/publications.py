"""Which snapshots were served, what each changed, and when each statement of the articles was first seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from kb.records.clock import from_ms
from kb.records.database import Database, Row, one, rows
from kb.records.happenings import write_event

EditKind = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One snapshot becoming the served one. The lists hold article ids, compared with the publication before; all three
    are empty for the first. ``checked_at``: when the gaps' questions had been asked of it, None before."""

    seq: int
    revision: str
    at: datetime
    articles: int
    passages: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a publication did to one article."""

    article_id: str
    kind: EditKind
    revision: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """What a snapshot holds. ``hashes``: content hash of each article. ``passages``: how many there are."""

    revision: str
    hashes: Mapping[str, str]
    passages: int


class Publications:
    """The served snapshots of one data folder. ``now``: milliseconds since 1970-01-01 UTC.

    Every method raises ``StorageError``.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._db = database
        self._now = now

    def record(
        self, contents: Contents, at: int, statements: Callable[[Sequence[str]], Iterable[bytes]]
    ) -> Publication | None:
        """Write down that a snapshot is served since ``at``; None when it is the newest known already.

        ``statements`` gives the digests of what the named articles say; they are born now unless they were seen before.
        What the first snapshot says has always been there (born at 0): nobody knows since when.
        """
        with self._db.reading() as connection:
            newest, articles = _newest(connection), _articles(connection)
        if newest is not None and newest["revision"] == contents.revision:
            return None
        edits = _compare(articles, contents.hashes) if newest is not None else _NOTHING
        new = (*edits["added"], *edits["changed"]) if newest is not None else tuple(contents.hashes)
        born = 0 if newest is None else at
        births = [(digest, born) for digest in statements(new)]
        with self._db.writing() as connection:
            current = _newest(connection)
            if current is not None and (newest is None or current["seq"] != newest["seq"]):
                return None  # another process was quicker; it has seen what there was to see
            connection.executemany("INSERT OR IGNORE INTO text_births (text_hash, at) VALUES (?, ?)", births)
            _remember(connection, contents.hashes, new, edits["removed"])
            seq = _insert(connection, contents, at, edits)
            found = one(connection, "SELECT * FROM publications WHERE seq = ?", (seq,))
            assert found is not None, "it was just inserted"
            write_event(connection, "index.updated", _event_payload(contents, edits), at)
            return _publication(found)

    def newest(self) -> Publication | None:
        """The publication that is served now, as far as it was seen."""
        with self._db.reading() as connection:
            found = _newest(connection)
            return None if found is None else _publication(found)

    def unchecked(self) -> Publication | None:
        """The newest publication if the gaps' questions were not asked of it yet."""
        found = self.newest()
        return found if found is not None and found.checked_at is None else None

    def mark_checked(self, seq: int) -> None:
        """The gaps' questions were asked of publication ``seq``; older ones need not be asked any more."""
        with self._db.writing() as connection:
            connection.execute(
                "UPDATE publications SET checked_at = ? WHERE seq <= ? AND checked_at IS NULL", (self._now(), seq)
            )

    def births(self, digests: Iterable[bytes]) -> dict[bytes, int]:
        """When each of ``digests`` was first served; those never seen are missing."""
        wanted = sorted(set(digests))
        with self._db.reading() as connection:
            return {
                row["text_hash"]: row["at"]
                for start in range(0, len(wanted), 500)
                for row in rows(
                    connection,
                    "SELECT text_hash, at FROM text_births WHERE text_hash IN"
                    f" ({', '.join('?' * len(wanted[start : start + 500]))})",
                    wanted[start : start + 500],
                )
            }

    def edits_after(self, revision: str) -> list[Edit]:
        """What was done to articles since ``revision`` was last published, newest first; everything if it never was."""
        with self._db.reading() as connection:
            found = rows(
                connection,
                "SELECT * FROM publications WHERE seq >"
                " (SELECT coalesce(max(seq), 0) FROM publications WHERE revision = ?) ORDER BY seq DESC",
                (revision,),
            )
        kinds: tuple[EditKind, ...] = ("removed", "changed", "added")
        return [
            Edit(article_id, kind, row["revision"], from_ms(row["at"]))
            for row in found
            for kind in kinds
            for article_id in orjson.loads(row[kind])
        ]


_NOTHING: Mapping[EditKind, tuple[str, ...]] = {"added": (), "changed": (), "removed": ()}


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> dict[EditKind, tuple[str, ...]]:
    return {
        "added": tuple(sorted(after.keys() - before.keys())),
        "changed": tuple(sorted(name for name in after.keys() & before.keys() if after[name] != before[name])),
        "removed": tuple(sorted(before.keys() - after.keys())),
    }


def _event_payload(contents: Contents, edits: Mapping[EditKind, Sequence[str]]) -> dict[str, Any]:
    counts = {"articles": len(contents.hashes), "passages": contents.passages}
    return {"revision": contents.revision, **counts, **{kind: list(names) for kind, names in edits.items()}}


def _newest(connection: sqlite3.Connection) -> Row | None:
    return one(connection, "SELECT * FROM publications ORDER BY seq DESC LIMIT 1")


def _articles(connection: sqlite3.Connection) -> dict[str, str]:
    return {row["article_id"]: row["content_hash"] for row in rows(connection, "SELECT * FROM published_articles")}


def _remember(
    connection: sqlite3.Connection, hashes: Mapping[str, str], new: Sequence[str], removed: Sequence[str]
) -> None:
    connection.executemany("DELETE FROM published_articles WHERE article_id = ?", [(name,) for name in removed])
    connection.executemany(
        "INSERT OR REPLACE INTO published_articles (article_id, content_hash) VALUES (?, ?)",
        [(name, hashes[name]) for name in new],
    )


def _insert(
    connection: sqlite3.Connection, contents: Contents, at: int, edits: Mapping[EditKind, Sequence[str]]
) -> int:
    lists = [orjson.dumps(list(edits[kind])).decode() for kind in ("added", "changed", "removed")]
    cursor = connection.execute(
        "INSERT INTO publications (revision, at, articles, passages, added, changed, removed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (contents.revision, at, len(contents.hashes), contents.passages, *lists),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _publication(row: Row) -> Publication:
    return Publication(
        seq=row["seq"],
        revision=row["revision"],
        at=from_ms(row["at"]),
        articles=row["articles"],
        passages=row["passages"],
        added=tuple(orjson.loads(row["added"])),
        changed=tuple(orjson.loads(row["changed"])),
        removed=tuple(orjson.loads(row["removed"])),
        checked_at=None if row["checked_at"] is None else from_ms(row["checked_at"]),
    )
