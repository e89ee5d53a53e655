"""The nouns every other module speaks: articles, passages, citations, answers.

Everything here is a frozen value. Spans count Unicode code points and are
half-open: ``text[start:end]``. Times are timezone-aware UTC.
"""

from kb.types.answer import (
    Answer,
    AnswerText,
    Citation,
    Confidence,
    Generation,
    Handoff,
    IndexInfo,
    Level,
    Option,
    Outcome,
    Reason,
    ReasonCode,
    Related,
    Timings,
    Turn,
    Verification,
)
from kb.types.article import Action, Article, Audience, Block, BlockKind, Heading, Lang, Passage, Policy, Problem, Span
from kb.types.query import Filters, Query, Rewording, SearchHow, Substitution
from kb.types.search import ExplainedHit, Explanation, Hit, SearchHeading, SearchPage, SearchResult
from kb.types.vectors import BoolArray, Encoder, FloatArray, IntArray

__all__ = [
    "Action",
    "Answer",
    "AnswerText",
    "Article",
    "Audience",
    "Block",
    "BlockKind",
    "BoolArray",
    "Citation",
    "Confidence",
    "Encoder",
    "ExplainedHit",
    "Explanation",
    "Filters",
    "FloatArray",
    "Generation",
    "Handoff",
    "Heading",
    "Hit",
    "IndexInfo",
    "IntArray",
    "Lang",
    "Level",
    "Option",
    "Outcome",
    "Passage",
    "Policy",
    "Problem",
    "Query",
    "Reason",
    "ReasonCode",
    "Related",
    "Rewording",
    "SearchHeading",
    "SearchHow",
    "SearchPage",
    "SearchResult",
    "Span",
    "Substitution",
    "Timings",
    "Turn",
    "Verification",
]
