"""What is found: the passages of a question, the articles of a search, and why in this order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.types.answer import Confidence, IndexInfo, Outcome, Reason
from kb.types.article import Article, Lang, Passage
from kb.types.query import Substitution


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the evidence for it.

    ``row`` is the passage's row in the snapshot. ``lexical`` is a BM25 score (>= 0), ``vector`` a cosine in [-1, 1].
    ``wording``: cosine with the nearest title or known phrasing of the article, 0 when none is near. Ranks start at 1; 0 means
    the leg did not return the passage. ``score`` in [0, 1] is what hits are ordered by: larger is better.

    The ranker's evidence: ``fused``, the mix of both legs that chose the candidates, in [0, 1]; ``features``, the values of
    ``kb.answer.rank.FEATURES`` (empty for a hit too far down to be ranked); ``logit``, their weighted sum, whose differences are
    natural-log odds between two passages of the same question. ``rerank``: score in [0, 1] of the optional reranker, which then
    decides the order instead of ``score``; None for a hit that it did not read.
    """

    row: int
    passage: Passage
    article: Article
    score: float
    lexical: float
    vector: float
    lexical_rank: int
    vector_rank: int
    wording: float = 0.0
    fused: float = 0.0
    logit: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class SearchHeading:
    """A heading of a found article that matches the search; ``html``: its text, escaped, with ``<mark>`` around matches."""

    text: str
    anchor: str
    url: str
    html: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One article found by a search; ``snippet_html`` and ``title_html`` are escaped text with ``<mark>`` around matches.

    ``matched_question``: the known phrasing that matches better than the title, as its author wrote it; only while somebody
    types. Its ``html`` is marked like that of the title.
    """

    article_id: str
    title: str
    url: str
    lang: Lang
    category: str
    snippet_html: str
    headings: tuple[SearchHeading, ...]
    score: float
    title_html: str
    matched_question: str | None = None
    matched_question_html: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    results: tuple[SearchResult, ...]
    has_more: bool
    index: IndexInfo
    substitutions: tuple[Substitution, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedHit:
    """One candidate of a question with everything that decided its place.

    ``features``: what the ranker saw; ``contributions``: what each of them added to ``logit``, their sum. Both are empty for a
    candidate too far down to be ranked.
    """

    passage_id: str
    article_id: str
    heading_path: tuple[str, ...]
    score: float
    lexical: float
    lexical_rank: int
    vector: float
    vector_rank: int
    matched_terms: tuple[str, ...]
    fused: float = 0.0
    logit: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)
    contributions: Mapping[str, float] = field(default_factory=dict)
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this answer, why not that one.

    ``missing``: for the article asked about, the question's terms that its text lacks (what wording would have found it);
    ``excluded_by``: the filter that kept it out, or "" when none did. ``substitutions``: the synonyms and corrections that this
    answer rests on; ``synonyms``: every expression of the question that has synonyms, with what may stand for it.
    """

    question: str
    lang: Lang
    terms: tuple[str, ...]
    vector_weight: float
    outcome: Outcome
    reason: Reason | None
    confidence: Confidence
    features: Mapping[str, float]
    hits: tuple[ExplainedHit, ...]
    article_id: str | None = None
    article_rank: int | None = None
    missing: tuple[str, ...] = ()
    excluded_by: str = ""
    substitutions: tuple[Substitution, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
