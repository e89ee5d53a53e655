"""What people did: the one object through which it is written down and read. Knows SQLite's place, no SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from kb.errors import StorageError
from kb.gaps.vocabulary import Cause, GapStatus
from kb.records import feedback, gaps, keys, removal, reports
from kb.records.answered import Answered
from kb.records.article_use import ArticleUses
from kb.records.article_votes import ArticleVotes
from kb.records.board import Board, BoardQuery
from kb.records.clock import to_ms
from kb.records.database import Database, rows
from kb.records.digests import Digests
from kb.records.events import Events
from kb.records.feed import Feed
from kb.records.figures import Kpis, SeriesPoint
from kb.records.findability import Findability
from kb.records.gap_merging import GapMerging
from kb.records.grouping import Grouping
from kb.records.handed_over import HandedOver
from kb.records.handoff_replies import HandoffReplies
from kb.records.handoffs import Handoffs
from kb.records.harvests import Harvests
from kb.records.inbound import Inbound
from kb.records.intake import DEFAULT_LIMITS, Entry, Intake, IntakeLimits
from kb.records.leases import Leases
from kb.records.periods import Period
from kb.records.persons import Persons
from kb.records.proofs import Proofs
from kb.records.publications import Publications
from kb.records.questions import load_document, load_request, load_turns, question_entry, waiting_turn
from kb.records.reviews import Reviews
from kb.records.rows import (
    MAX_COMMENT,
    ArticleUsage,
    Gap,
    GapChange,
    GapPage,
    Health,
    Key,
    KeyKind,
    Occurrence,
    RatedAnswer,
    Rating,
    Removed,
    Signal,
    SignalResult,
    Vote,
    VoteResult,
)
from kb.records.samples import Samples
from kb.records.signal_log import SignalLog
from kb.records.stories import Stories
from kb.records.storing import store_entries
from kb.records.trends import Trends
from kb.records.users import Users
from kb.records.visits import Visits
from kb.text.redact import redact
from kb.types import Lang, Turn

DATABASE = "records.db"
JOURNAL = "journal"


class Records:
    """The records of one data folder. Thread-safe; several processes may have the same folder open.

    Every method but ``log_answer``, ``turns`` and ``health`` raises ``StorageError`` when the database cannot be used.
    """

    def __init__(self, database: Database, journal: Path, clock: Callable[[], datetime], limits: IntakeLimits) -> None:
        self._db = database
        self._clock = clock
        self._intake = Intake(journal, self._store, limits)
        self.users = Users(database, self._now)
        self.events = Events(database, self._now)
        self.digests = Digests(database, self._now)
        self.feed = Feed(database, self._now, self._settle)
        self.trends = Trends(database, self._now)
        self.grouping = Grouping(database, self._now, self._settle)
        self.merging = GapMerging(database, self._now, self._settle)
        self.signals = SignalLog(database, self._now)
        self.visits = Visits(database, self._now, self._intake.log, self._settle)
        self.harvests = Harvests(database, self._now)
        self.board = Board(database, self._now, self._settle)
        self.leases = Leases(database, self._now)
        self.publications = Publications(database, self._now)
        self.proofs = Proofs(database, self._now)
        self.article_uses = ArticleUses(database, self._now, self._settle)
        self.article_votes = ArticleVotes(database, self._now)
        self.reviews = Reviews(database, self._now)
        self.samples = Samples(database, self._now, self._settle)
        self.answered = Answered(database, self._now)
        self.findability = Findability(database, self._now)
        self.handoffs = Handoffs(database, self._now)
        self.handoff_replies = HandoffReplies(database, self._now)
        self.handed_over = HandedOver(database, self._now)
        self.inbound = Inbound(database, self._now)
        self.stories = Stories(database, self._now, self._settle, self._seek)
        self.persons = Persons(database, self._now, self._intake.pending_of, self._intake.absorb, self._forget)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        busy_timeout: float = 5.0,
        limits: IntakeLimits = DEFAULT_LIMITS,
    ) -> Records:
        """Open, make or upgrade ``data_dir/records.db``; answers that a killed process left in its journal are taken
        over."""
        return cls(Database(data_dir / DATABASE, busy_timeout), data_dir / JOURNAL, clock, limits)

    def close(self) -> None:
        """Store what waits and let go of the files. What cannot be stored stays in the journal for the next start."""
        self._intake.close()
        self._db.close()

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def flush(self) -> None:
        """Store every answer that this process has logged; readers do it by themselves."""
        self._intake.flush()

    def health(self) -> Health:
        """Counts of what waits and of what went wrong. Never raises."""
        return self._intake.health()

    def check(self) -> None:
        """Raise ``StorageError`` when the database cannot be read now (for a readiness check)."""
        with self._db.reading() as connection:
            rows(connection, "SELECT count(*) FROM keys")

    # Questions and answers

    def log_answer(
        self,
        document: Mapping[str, Any],
        *,
        channel: str,
        visitor: str | None = None,
        page_url: str | None = None,
        category: str | None = None,
        passage_ids: Sequence[str] = (),
        terms: Sequence[str] = (),
        signals: Sequence[Signal] = (),
        person: str | None = None,
        request: tuple[str, str] | None = None,
    ) -> None:
        """Write an answer down: in the journal when this returns, in the database a moment later. Never raises.

        ``document``: what ``answer_document`` gives; its question is already masked. ``category``: of the cited
        article. ``passage_ids``: passages considered, best first. ``terms``: words of the question, for the report of
        rising words. ``person``: ``visitors.person_key`` of who asked. ``request``: hashes of the caller's Idempotency-Key and of
        what was sent under it.
        """
        self._intake.log(
            question_entry(
                document,
                channel=channel,
                visitor=visitor,
                page_url=page_url,
                category=category,
                passage_ids=passage_ids,
                terms=terms,
                signals=signals,
                person=person,
                request=request,
            )
        )

    def get_answer(self, answer_id: str) -> dict[str, Any] | None:
        """The stored document of an answer (its ``feedback_token`` is empty), or None."""
        waiting = self._intake.pending(answer_id)
        if waiting is not None and "document" in waiting:
            return dict(waiting["document"])
        with self._db.reading() as connection:
            found = load_document(connection, answer_id)
        if found is None and self._seek():
            with self._db.reading() as connection:
                found = load_document(connection, answer_id)
        return found

    def repeated(self, request_key: str) -> tuple[str, dict[str, Any]] | None:
        """What was sent under a key (a hash of it), and the document of the answer; None when the key is not known."""
        for entry in self._intake.pending_of("request_key", request_key)[:1]:
            return str(entry["request_hash"]), dict(entry["document"])
        with self._db.reading() as connection:
            return load_request(connection, request_key)

    def _seek(self) -> bool:
        """Look in the journals of other processes; False when that is impossible now."""
        try:
            self._intake.absorb()
        except StorageError:
            return False
        return True

    def turns(self, conversation_id: str, limit: int = 5) -> list[Turn]:
        """The newest turns of a conversation, newest last. Never raises: without the database, what is in memory."""
        waiting = self._intake.pending_of("conversation_id", conversation_id)
        known: dict[str, Turn] = {}
        with suppress(StorageError), self._db.reading() as connection:
            known = load_turns(connection, conversation_id, limit)
        known |= {entry["id"]: waiting_turn(entry) for entry in waiting}
        ordered = sorted(known.items(), key=lambda item: (item[1].at, item[0]))
        return [turn for _, turn in ordered][-limit:]

    # Feedback

    def vote(
        self,
        answer_id: str,
        rating: Rating | None,
        *,
        reasons: Sequence[str] = (),
        comment: str = "",
        resolved: bool | None = None,
        signal: Signal | None = None,
    ) -> VoteResult:
        """Let this vote stand on an answer, None withdraws; committed when this returns. Personal data in ``comment``
        is masked.

        A down vote is a signal in ``signal.gap_id``, else in the answer's gap, else in none; it is withdrawn with the
        vote. Raises ``NotFoundError``, ``InvalidInputError``.
        """
        masked = redact(comment.strip()).text if len(comment) <= MAX_COMMENT else comment
        ballot = feedback.Ballot(answer_id, rating, tuple(reasons), masked, resolved, signal)
        if self._intake.pending(answer_id) is not None:
            self.flush()
        else:
            self.get_answer(answer_id)  # fetches an answer that another process has only in its journal
        with self._db.writing() as connection:
            return feedback.store_vote(connection, ballot, self._now())

    def get_vote(self, answer_id: str) -> Vote | None:
        """The vote that stands on an answer, or None."""
        with self._db.reading() as connection:
            return feedback.load_vote(connection, answer_id)

    def rated_answers(self, limit: int = 5000) -> list[RatedAnswer]:
        """The newest votes with what was asked and shown, without questions in which something was masked."""
        self._settle()
        with self._db.reading() as connection:
            return feedback.load_rated(connection, limit)

    # Gaps

    def add_signal(
        self,
        signal: Signal,
        *,
        channel: str,
        answer_id: str | None = None,
        conversation_id: str | None = None,
        visitor: str | None = None,
        at: datetime | None = None,
    ) -> SignalResult:
        """Store a signal, committed when this returns. Its question is masked; a known ``external_id`` changes nothing."""
        about = replace(signal, answer_id=answer_id, conversation_id=conversation_id)
        return self.signals.add([Occurrence(about, channel, visitor, at)])[0]

    def list_gaps(
        self,
        *,
        status: Sequence[GapStatus] = (),
        cause: Cause | None = None,
        owner: str | None = None,
        lang: Lang | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> GapPage:
        """Gaps by people affected in 28 days, then by requests for a person. ``owner=""``: those without an owner."""
        causes = () if cause is None else (cause,)
        query = BoardQuery(status=tuple(status), causes=causes, owner=owner, lang=lang)
        return self.board.page(query, limit=limit, cursor=cursor)

    def get_gap(self, gap_id: str) -> Gap:
        """A gap, or the one it was merged into (its id differs then). Raises ``NotFoundError``."""
        self._settle()
        with self._db.reading() as connection:
            return gaps.get_gap(connection, gap_id, self._now())

    def update_gap(
        self,
        gap_id: str,
        *,
        who: str,
        status: GapStatus | None = None,
        owner: str | None = None,
        label: str | None = None,
        note: str = "",
    ) -> Gap:
        """Change what is given; ``owner=""`` clears it. Raises NotFoundError, ConflictError (transition),
        InvalidInputError."""
        return self.change_gap(gap_id, GapChange(status=status, owner=owner, label=label, note=note), who=who)

    def change_gap(self, gap_id: str, change: GapChange, *, who: str) -> Gap:
        """Change what is given. Raises NotFoundError, ConflictError (transition), InvalidInputError."""
        self._settle()
        with self._db.writing() as connection:
            gaps.update_gap(connection, gap_id, change, who=who, now=self._now())
        return self.get_gap(gap_id)

    def merge_gaps(self, source: str, target: str, *, who: str) -> Gap:
        """Let ``target`` stand for ``source`` too. Raises NotFoundError, ConflictError."""
        return self.merging.merge([source], target, who=who)

    # Reports

    def kpis(
        self,
        start: datetime,
        end: datetime,
        *,
        lang: Lang | None = None,
        channel: str | None = None,
        category: str | None = None,
        utc_offset: int = 0,
    ) -> Kpis:
        """The figures for ``[start, end)``; ``utc_offset`` is in minutes and moves the heat map only."""
        self._settle()
        with self._db.reading() as connection:
            return reports.kpis(connection, Period(start, end, lang, channel, category, utc_offset), self._now())

    def kpi_series(self, period: Period, step: reports.Step = "day") -> tuple[SeriesPoint, ...]:
        """The questions of a period and what became of them, day by day or week by week, for charts."""
        self._settle()
        with self._db.reading() as connection:
            return reports.series(connection, period, step)

    def article_usage(self, days: int = 28) -> dict[str, ArticleUsage]:
        """Use of each article in the last ``days``; one that is missing here was not used."""
        self._settle()
        with self._db.reading() as connection:
            now = self._clock()
            return reports.article_usage(
                connection, Period(now - timedelta(days=days), now + timedelta(milliseconds=1))
            )

    # Keys

    def create_key(
        self,
        name: str,
        kind: KeyKind,
        scopes: Sequence[str],
        origins: Sequence[str] = (),
        rate_limit: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[str, str]:
        """Make a key; return its id and its plain text, which is not stored. Raises ``InvalidInputError``."""
        with self._db.writing() as connection:
            return keys.create_key(
                connection,
                name=name,
                kind=kind,
                scopes=scopes,
                origins=origins,
                now=self._now(),
                rate_limit=rate_limit,
                expires_at=None if expires_at is None else to_ms(expires_at),
            )

    def check_key(self, plaintext: str) -> Key | None:
        """The living key with this plain text, or None. Its use is noted."""
        now = self._now()
        with self._db.reading() as connection:
            key = keys.check_key(connection, plaintext, now)
        if key is not None and (key.last_used_at is None or now - to_ms(key.last_used_at) >= keys.USE_STEP_MS):
            with (
                suppress(StorageError),
                self._db.writing() as connection,
            ):  # nobody is refused because it cannot be noted
                keys.note_use(connection, key.id, now)
        return key

    def secret_key_hashes(self) -> frozenset[str]:
        """The hashes of all secret keys that are good now, see ``kb.records.keys.hash_of``."""
        with self._db.reading() as connection:
            return keys.secret_hashes(connection, self._now())

    def list_keys(self) -> tuple[Key, ...]:
        with self._db.reading() as connection:
            return keys.list_keys(connection)

    def revoke_key(self, key_id: str) -> None:
        """Make a key useless from now on. Raises ``NotFoundError``."""
        with self._db.writing() as connection:
            keys.revoke_key(connection, key_id, self._now())

    def has_keys(self) -> bool:
        """Whether a key was ever made, revoked ones included."""
        with self._db.reading() as connection:
            return keys.has_keys(connection)

    # Removal

    def purge(self, before: datetime) -> Removed:
        """Remove questions, votes and signals older than ``before`` for good."""
        self._intake.absorb()
        with self._db.writing() as connection:
            removed = removal.purge(connection, to_ms(before), self._now())
        self._forget()
        return removed

    def erase(self, *, conversation_id: str | None = None, visitor: str | None = None) -> Removed:
        """Remove everything of one conversation or of one visitor's key for good. Give exactly one of them."""
        if (conversation_id is None) == (visitor is None):
            raise ValueError("give either conversation_id or visitor")
        column, value = ("conversation_id", conversation_id) if conversation_id else ("visitor", visitor)
        assert value is not None, "one of the two was given"
        self._intake.absorb()
        with self._db.writing() as connection:
            removed = removal.erase(connection, column, value, self._now())
        self._forget()
        return removed

    def _forget(self) -> None:
        """Empty what still holds erased words outside of the tables."""
        self._intake.forget_rejected()
        self._db.forget()

    def _now(self) -> int:
        return to_ms(self._clock())

    def _settle(self) -> None:
        """Readers see what was just logged; when it cannot be stored now they see the rest."""
        with suppress(StorageError):
            self._intake.flush()

    def _store(self, entries: Sequence[Entry]) -> list[int]:
        return store_entries(self._db, entries, self._now())
