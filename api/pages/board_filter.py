"""What the board's address asks for: views and filters as words in the URL, so that a filter can be kept and sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Literal

from api.pages.session import Owner
from api.pages.wording import readable
from kb.gaps.vocabulary import Cause, GapStatus
from kb.records.board import BoardCounts, BoardQuery

MAX_TEXT = 200  # code points
# What somebody may still have to do; the rest is found by the filter.
ACTIVE = (GapStatus.OPEN, GapStatus.ASSIGNED, GapStatus.DRAFTED, GapStatus.RESOLVED, GapStatus.REOPENED)
# Not found is for us to repair and noise for nobody: writers see what there is to write.
VIEWS: dict[str, tuple[Cause, ...]] = {
    "write": tuple(cause for cause in Cause if cause not in (Cause.FINDABILITY, Cause.NOISE)),
    "ours": (Cause.FINDABILITY,),
    "all": tuple(Cause),
}
MINE, NOBODY = ":mine", ":nobody"  # no owner is called so


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """The fields of the filter form; what cannot be read counts as not filtered.

    ``status``: one status, "all", or "" for the active ones. ``owner``: a name, ":mine" or ":nobody". ``due``: "late".
    """

    view: str = "write"
    status: str = ""
    cause: str = ""
    owner: str = ""
    gap_lang: str = ""
    due: str = ""
    q: str = ""
    cursor: str = ""

    def clean(self) -> BoardFilter:
        """The same without what means nothing."""
        return BoardFilter(
            view=self.view if self.view in VIEWS else "write",
            status=self.status if self.status in (*GapStatus, "all") else "",
            cause=self.cause if self.cause in tuple(Cause) else "",
            owner=readable(self.owner)[:MAX_TEXT].strip(),
            gap_lang=self.gap_lang if self.gap_lang in ("en", "zh") else "",
            due="late" if self.due == "late" else "",
            q=readable(self.q)[:MAX_TEXT].strip(),
            cursor=self.cursor,
        )

    def query(self, owner: Owner, today: date) -> BoardQuery:
        """What the records are asked for. A cause that was chosen counts more than the view."""
        lang: Literal["en", "zh"] | None = "zh" if self.gap_lang == "zh" else "en" if self.gap_lang == "en" else None
        every = self.status == "all"
        return BoardQuery(
            status=() if every else (GapStatus(self.status),) if self.status else ACTIVE,
            causes=(Cause(self.cause),) if self.cause else () if self.view == "all" else VIEWS[self.view],
            owner="" if self.owner == NOBODY else None if self.owner in ("", MINE) else self.owner,
            names=names_of(owner) if self.owner == MINE else (),
            lang=lang,
            text=self.q,
            overdue_on=today if self.due else None,
        )

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of a link to the board with ``changes``; the page's first is shown unless it says otherwise."""
        chosen = replace(self, **{"cursor": "", **changes})
        return {name: value for name, value in asdict(chosen).items() if value and (name, value) != ("view", "write")}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the view is chosen."""
        return bool(self.status or self.cause or self.owner or self.gap_lang or self.due or self.q)


def names_of(owner: Owner) -> tuple[str, ...]:
    """Under which names gaps are this person's."""
    return tuple(dict.fromkeys((*owner.answers_for, owner.name)))


def view_counts(counts: BoardCounts, status: Iterable[GapStatus] = ACTIVE) -> dict[str, int]:
    """How many active gaps each view holds."""
    chosen = tuple(status)
    return {view: counts.of(chosen, causes) for view, causes in VIEWS.items()}
