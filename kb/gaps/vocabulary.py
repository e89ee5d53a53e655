"""The words that gaps are described in: kinds of signals, causes, states, and what was counted for one gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class SignalKind(StrEnum):
    """What happened that shows an unmet need."""

    NO_ANSWER = "no_answer"
    SUGGESTED_NOT_TAKEN = "suggested_not_taken"
    THUMBS_DOWN = "thumbs_down"
    ASKED_FOR_PERSON = "asked_for_person"
    REPHRASED = "rephrased"  # the same person asked again in other words
    SEARCH_WITHOUT_CLICK = "search_without_click"
    CROSS_LANGUAGE = "cross_language"  # answered from an article in the other language
    STALE_CITATION = "stale_citation"  # an answer's source was opened and is overdue for review
    OWNER_FLAG = "owner_flag"  # an owner says so; owners are not counted as people


# Signals which say that the person left without what they came for; the others say that an answer could be better.
FAILURES = frozenset(
    {
        SignalKind.NO_ANSWER,
        SignalKind.SUGGESTED_NOT_TAKEN,
        SignalKind.THUMBS_DOWN,
        SignalKind.ASKED_FOR_PERSON,
        SignalKind.REPHRASED,
        SignalKind.SEARCH_WITHOUT_CLICK,
    }
)


class Cause(StrEnum):
    """Why a need is not met, which says what there is to do."""

    MISSING = "missing"  # no article says it
    INCOMPLETE = "incomplete"  # an article stops short of it
    OUTDATED = "outdated"  # an article says what is no longer so
    CONFLICT = "conflict"  # two articles disagree
    LANGUAGE = "language"  # said in the other language only
    FINDABILITY = "findability"  # an article says it and was not found
    NOISE = "noise"  # not a need that articles can meet


class GapStatus(StrEnum):
    """Where a gap stands on its way from a question to a checked answer."""

    OPEN = "open"
    ASSIGNED = "assigned"
    DRAFTED = "drafted"
    RESOLVED = "resolved"  # somebody says so
    VERIFIED = "verified"  # its questions are answered from new text
    REOPENED = "reopened"
    DISMISSED = "dismissed"


# Nobody says of these that they are solved, or that they need not be.
OPEN = (GapStatus.OPEN, GapStatus.ASSIGNED, GapStatus.DRAFTED, GapStatus.REOPENED)


@dataclass(frozen=True, slots=True)
class Found:
    """An article that answers a gap's wordings, and how: ``found`` by everybody who asks in these words now; ``language``: in the
    other language only; ``alone``: when it is the only one that is searched; ``conflict``: otherwise than ``other_id`` does.
    ``score``: the confidence in that search."""

    kind: Literal["found", "language", "alone", "conflict"]
    article_id: str
    passage_id: str
    quote: str
    score: float
    other_id: str = ""
    other_quote: str = ""


@dataclass(frozen=True, slots=True)
class GapEvidence:
    """What was counted for one gap.

    ``kinds``: signals of each kind. ``reasons``: signals with each reason code of the answer. ``tags``: down votes with
    each tag. ``with_article``: signals for which some article came near enough to be shown. ``found``: the article that answers
    when it is tried.
    """

    kinds: Mapping[SignalKind, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    with_article: int = 0
    found: Found | None = None

    @property
    def total(self) -> int:
        return sum(self.kinds.values())
