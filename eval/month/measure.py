"""Whether the board shows the true needs, and whether publishing what was missing closes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.month.desk import Desk
from eval.month.play import Diary
from eval.month.world import Need
from kb.gaps.vocabulary import Cause, GapStatus
from kb.records.board import BoardQuery
from kb.records.questions import question_key
from kb.records.rows import Gap

FIRST = 20
MANY = 10  # people: a need of so many must be on the board
_MAIN = 0.5  # share of a gap's questions that must be of one need, for the gap to stand for it
OPEN = (GapStatus.OPEN, GapStatus.ASSIGNED, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.REOPENED)
# What writers are asked for: not what is there and was not found, nor what no article can meet.
WRITERS = tuple(cause for cause in Cause if cause not in (Cause.FINDABILITY, Cause.NOISE))


@dataclass(frozen=True, slots=True)
class Read:
    """A gap of the board beside the truth. ``need``: what most of its questions are about, None when it is a mixture or chatter."""

    gap: Gap
    need: str | None
    share: float

    @property
    def people(self) -> int:
        return self.gap.summary.people


def read_board(
    desk: Desk, diary: Diary, causes: tuple[Cause, ...] = (), status: tuple[GapStatus, ...] = OPEN
) -> list[Read]:
    """All gaps of a view, in the order of the board."""
    found, cursor = [], None
    while True:
        page = desk.records.board.page(BoardQuery(status=status, causes=causes), limit=200, cursor=cursor)
        found += [_read(desk.records.get_gap(gap.id), diary) for gap in page.gaps]
        cursor = page.next_cursor
        if cursor is None:
            return found


def _read(gap: Gap, diary: Diary) -> Read:
    counts: Counter[str | None] = Counter()
    for question in gap.questions:
        counts[diary.needs.get(question_key(question.text))] += question.count
    need, most = counts.most_common(1)[0] if counts else (None, 0)
    share = most / counts.total() if counts else 0.0
    return Read(gap, need if share >= _MAIN else None, share)


def board_figures(
    reads: Sequence[Read], unmet: Iterable[Need], diary: Diary, missing: frozenset[str]
) -> dict[str, Any]:
    """Precision of the first gaps, recall of the needs of many people. ``missing``: needs that a writer must meet.

    A gap is true when most of it is one such need. ``precision_first_unmet`` counts needs as well whose article is there and
    was not found: for those who asked it comes to the same. ``distinct_first``: a second gap of the same need is not counted.
    """
    first = reads[:FIRST]
    many = [need.id for need in unmet if len(diary.people[need.id]) >= MANY]
    rank: dict[str, int] = {}
    for position, read in enumerate(reads):
        if read.need is not None:
            rank.setdefault(read.need, position)
    top = sorted(many, key=lambda need: -len(diary.people[need]))[:FIRST]
    return {
        "gaps": len(reads),
        "precision_first": sum(read.need in missing for read in first) / max(1, len(first)),
        "precision_first_unmet": sum(read.need is not None for read in first) / max(1, len(first)),
        "distinct_first": len({read.need for read in first} & missing) / max(1, len(first)),
        "needs_of_many": len(many),
        "recall_of_many": sum(need in rank for need in many) / max(1, len(many)),
        "recall_of_largest_in_first": sum(rank.get(need, FIRST) < FIRST for need in top) / max(1, len(top)),
        "purity_first": sum(read.share for read in first) / max(1, len(first)),
    }


def described(reads: Sequence[Read], diary: Diary, missing: frozenset[str]) -> list[dict[str, Any]]:
    """The first gaps for a person to read."""
    return [
        {
            "people": read.people,
            "label": read.gap.summary.label,
            "cause": read.gap.summary.cause.value,
            "status": read.gap.summary.status.value,
            "need": read.need,
            "share": round(read.share, 3),
            "missing": read.need in missing,
            "asked_by": len(diary.people[read.need]) if read.need else 0,
        }
        for read in reads[:FIRST]
    ]


def main_gaps(reads: Iterable[Read]) -> dict[str, Read]:
    """The gap of most people for each need."""
    main: dict[str, Read] = {}
    for read in reads:
        if read.need is not None and (read.need not in main or main[read.need].people < read.people):
            main[read.need] = read
    return main


def proof_figures(desk: Desk, before: Mapping[str, Read], published: Iterable[Need], diary: Diary) -> dict[str, Any]:
    """What became of the gaps that ``published`` articles were written for, and of the others. ``before``: main gaps."""
    wanted = {need.id for need in published}
    now = {need: desk.records.get_gap(read.gap.summary.id) for need, read in before.items()}
    verified = {need for need, gap in now.items() if gap.summary.status is GapStatus.VERIFIED}
    mine = [need for need in wanted if need in now]
    many = [need for need in mine if len(diary.people[need]) >= MANY]
    return {
        "published_needs": len(wanted),
        "published_with_gap": len(mine),
        "verified": len(verified & set(mine)),
        "verified_share": len(verified & set(mine)) / max(1, len(mine)),
        "verified_share_of_many": len(verified & set(many)) / max(1, len(many)),
        "verified_though_nothing_was_published": sorted(verified - wanted),
        "not_verified": [
            {"need": need, "label": now[need].summary.label, "status": now[need].summary.status.value}
            for need in mine
            if need not in verified
        ],
    }


def explained(desk: Desk, diary: Diary) -> dict[str, Any]:
    """Whether each change to verified or reopened says why: with the words it rests on, or with the edit that broke it."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    examples: list[dict[str, str]] = []
    for read in read_board(desk, diary, status=tuple(GapStatus)):
        for event in read.gap.history:
            if event.field != "status" or event.after not in ("verified", "reopened"):
                continue
            said = bool(event.note) and ("«" in event.note or "“" in event.note)
            counts[event.after]["explained" if said else "unexplained"] += 1
            if len(examples) < 6 or not said:
                examples.append({"after": event.after, "note": event.note[:300]})
    return {**{name: dict(count) for name, count in counts.items()}, "examples": examples[:12]}
