"""What people did: questions, feedback, gaps, conversations, keys and reports. The only SQL of the project."""

from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.records.figures import Bounds, Kpis, RisingWord, SeriesPoint, Share, TopArticle, TopQuestion
from kb.records.periods import Period
from kb.records.records import Records
from kb.records.rows import (
    ArticleUsage,
    Gap,
    GapEvent,
    GapPage,
    GapQuestion,
    GapSummary,
    Health,
    Key,
    Occurrence,
    RatedAnswer,
    Removed,
    Signal,
    SignalResult,
    Vote,
    VoteResult,
)
from kb.records.visitors import visitor_key

__all__ = [
    "ArticleUsage",
    "Bounds",
    "Cause",
    "Gap",
    "GapEvent",
    "GapPage",
    "GapQuestion",
    "GapStatus",
    "GapSummary",
    "Health",
    "Key",
    "Kpis",
    "Occurrence",
    "Period",
    "RatedAnswer",
    "Records",
    "Removed",
    "RisingWord",
    "SeriesPoint",
    "Share",
    "Signal",
    "SignalKind",
    "SignalResult",
    "TopArticle",
    "TopQuestion",
    "Vote",
    "VoteResult",
    "visitor_key",
]
