"""Asking a gap's questions of the published articles and letting the answers decide where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kb.answering import Answerer
from kb.errors import KbError
from kb.gaps.vocabulary import GapStatus
from kb.index.revisions import kept_revisions
from kb.index.snapshot import Snapshot
from kb.index.storage import load_revision
from kb.proof.ask import ask
from kb.proof.judge import DEFAULT_RULES, JudgeRules, Verdict, broken, in_order, is_hopeless, judge
from kb.proof.notes import broken_note, claim_note, lapsed_note, verified_note
from kb.proof.statements import digests_of, still_says
from kb.records import Records
from kb.records.checks import Check
from kb.records.clock import to_ms
from kb.records.history import Ruling
from kb.records.proofs import WatchedGap
from kb.records.publications import Contents, Publication

_SECOND = 1000


def record_publication(records: Records, data: Path, snapshot: Snapshot, at: int | None = None) -> None:
    """Write down that ``snapshot`` is served, since ``at`` (milliseconds) or since it was built; nothing when that is known.

    The first time, what is left of older revisions is read as well: only so is the newest text known to be new.
    """
    if records.publications.newest() is None:
        for revision in kept_revisions(data):
            if revision != snapshot.revision:
                try:
                    older = load_revision(data, revision)
                except KbError:  # made by another version: what it said is not known
                    continue
                if older.built_at <= snapshot.built_at:
                    _record(records, older, _built(older, records))
    published = _record(records, snapshot, _built(snapshot, records) if at is None else at)
    if published is not None:
        _claim(records, snapshot, published)


def _record(records: Records, snapshot: Snapshot, at: int) -> Publication | None:
    hashes = {article.id: article.content_hash for article in snapshot.articles.values()}
    contents = Contents(snapshot.revision, hashes, len(snapshot.passages))
    return records.publications.record(contents, at, lambda articles: digests_of(snapshot, articles))


def _built(snapshot: Snapshot, records: Records) -> int:
    """The last millisecond of the second in which it was built, or now when that is still to come."""
    return min(int(snapshot.built_at.timestamp()) * _SECOND + _SECOND - 1, to_ms(records.proofs.now()))


def _claim(records: Records, snapshot: Snapshot, published: Publication) -> None:
    """Articles that are new or changed and name gaps that they resolve are taken at their word, until they are checked."""
    for article_id in (*published.added, *published.changed):
        for gap_id in snapshot.articles[article_id].resolves:
            records.proofs.claim(gap_id, article_id, snapshot.revision)


class Verifier:
    """Asks gaps' questions. ``pause`` is called after each question with the seconds it took, so that others get their turn."""

    def __init__(
        self,
        answerer: Answerer,
        records: Records,
        rules: JudgeRules = DEFAULT_RULES,
        pause: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._answerer = answerer
        self._records = records
        self._rules = rules
        self._pause = pause

    def verify(self, snapshot: Snapshot, gap_id: str, *, thorough: bool = False) -> tuple[Check, ...]:
        """Ask the gap's questions of ``snapshot``, keep what it said and let it decide the gap's status; return the checks.

        ``thorough``: every wording, where else a gap whose wordings asked most all fail is left at that. A gap that is
        dismissed stays so. Raises NotFoundError, StorageError, EncoderError.
        """
        gap = self._records.proofs.gap(gap_id)
        thorough = thorough or gap.status in (GapStatus.RESOLVED, GapStatus.VERIFIED)
        checks = self._ask(snapshot, gap, thorough)
        self._records.proofs.settle(gap, checks, self._rule(snapshot, gap, checks))
        return tuple(checks)

    def _ask(self, snapshot: Snapshot, gap: WatchedGap, thorough: bool) -> list[Check]:
        checks: list[Check] = []
        for wording in in_order(gap.wordings, gap.label):
            if not thorough and is_hopeless(checks, self._rules):
                break
            started = time.perf_counter()
            at = self._records.proofs.now()
            births, shown = self._records.publications.births, self._records.proofs.shown
            checks.append(ask(self._answerer, snapshot, gap, wording, births, shown, at))
            self._pause(time.perf_counter() - started)
        return checks

    def _rule(self, snapshot: Snapshot, gap: WatchedGap, checks: Sequence[Check]) -> Ruling | None:
        verdict = judge(gap, checks, self._rules)
        if gap.status is GapStatus.VERIFIED:
            return self._regression(snapshot, gap, checks, verdict)
        if gap.status is GapStatus.DISMISSED or not checks:
            return None
        if verdict.holds:
            return Ruling(GapStatus.VERIFIED, verified_note(verdict, checks))
        if gap.status is GapStatus.RESOLVED:
            return Ruling(GapStatus.REOPENED, claim_note(verdict, checks, snapshot.revision))
        return None

    def _regression(
        self, snapshot: Snapshot, gap: WatchedGap, checks: Sequence[Check], verdict: Verdict
    ) -> Ruling | None:
        """A verified gap opens again when it no longer holds as a whole, or when text that answered one question is gone.

        A question that lost a hundredth of its confidence to an article elsewhere is no reason while most others hold.
        """
        for check in broken(gap, checks):
            before = gap.checks[check.key]
            if not verdict.holds or not still_says(snapshot, before.article_id, before.quote or ""):
                edits = self._records.publications.edits_after(before.revision)
                return Ruling(GapStatus.REOPENED, broken_note(before, check, edits, snapshot))
        if verdict.holds or not checks:
            return None
        return Ruling(GapStatus.REOPENED, lapsed_note(verdict, checks, snapshot.revision))
