"""Asking back: the few headings that a vague question may mean, and the answer to the one that was chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kb.answer.asked_for import asked_for
from kb.answer.filters import refusal
from kb.answer.question import Question
from kb.errors import NotFoundError
from kb.index.snapshot import Snapshot
from kb.text.tokenize import cached_terms
from kb.types import Article, Filters, Hit, Option

_MOST = 4


@dataclass(frozen=True, slots=True)
class ClarifyParameters:
    """``odds``: hits whose odds against the best one are at least this compete with it. ``vague_terms``: a question with at most
    this many content terms may be vague. See ``eval/LOG.md``.
    """

    odds: float = 0.3
    vague_terms: int = 2


def competes(hit: Hit, best: Hit, odds: float) -> bool:
    """Whether ``hit`` is at least ``odds`` times as likely the right one as ``best``, by the ranker, or by scores without one."""
    if best.features:
        return bool(hit.features) and math.exp(min(0.0, hit.logit - best.logit)) >= odds
    return hit.score >= (1.0 - odds / 3.0) * best.score


def options_for(
    question: Question, hits: Sequence[Hit], parameters: ClarifyParameters = ClarifyParameters()
) -> tuple[Option, ...]:
    """Two to four options with different labels when a vague question fits several places equally well, else none.

    Where several articles compete, each is one option and leads to its section that is most about the question; where it is one
    article, its headings are options, unless the question says what it wants of it: how long, how, where. An option's id is that
    of the passage it leads to. Articles that must not be quoted are no options: choosing one has to give an answer.
    """
    if not 0 < len(question.content) <= parameters.vague_terms:
        return ()
    quotable = [hit for hit in hits if hit.article.policy == "answer"]
    tied = [hit for hit in quotable if competes(hit, quotable[0], parameters.odds)]
    # The article that is most about the question as a whole comes first: a mention in one section is the weaker sign.
    about = sorted(tied, key=lambda hit: -hit.features.get("article", 0.0))
    articles = dict.fromkeys(hit.article.id for hit in about)
    if len(articles) > 1:
        places = [
            _main_section(question, [hit for hit in quotable if hit.article.id == article]) for article in articles
        ]
    else:
        asked = asked_for(question)
        places = [] if asked.kinds or asked.steps else tied
    labels: dict[str, Option] = {}
    for hit in places:
        label = _label(hit, question, several=len(articles) > 1)
        labels.setdefault(label, Option(hit.passage.id, label, hit.article.id, hit.passage.anchor))
    return tuple(labels.values())[:_MOST] if len(labels) > 1 else ()


def is_about(article: Article, question: Question, label: str = "") -> bool:
    """Whether a word of the question, other than its numbers, says what the article is about or is in ``label``."""
    words = {term for term in question.content if not any(character.isdigit() for character in term)}
    names = (label, article.title, *article.questions, *article.synonyms, *article.tags)
    return any(words.intersection(cached_terms(name)) for name in names)


def _main_section(question: Question, hits: Sequence[Hit]) -> Hit:
    """The best section; for a question that says no more than the title, the one whose heading is most like the title."""
    title = set(cached_terms(hits[0].article.title))
    if not title.issuperset(question.content):
        return hits[0]
    headings = [set(cached_terms(_heading(hit))) for hit in hits]
    likeness = [len(heading & title) - 0.5 * len(heading - title) for heading in headings]
    return hits[max(range(len(hits)), key=lambda n: (likeness[n], -n))]


def _label(hit: Hit, question: Question, *, several: bool) -> str:
    """The title; with the heading where that tells sections apart, or says what was asked and the title does not."""
    asked = set(question.content)
    title, heading = set(cached_terms(hit.article.title)), set(cached_terms(_heading(hit)))
    if not _heading(hit) or (several and not asked & heading - title):
        return hit.article.title
    return f"{hit.article.title} › {_heading(hit)}"


def _heading(hit: Hit) -> str:
    return hit.passage.heading_path[-1] if len(hit.passage.heading_path) > 1 else ""


def chosen_hit(snapshot: Snapshot, option_id: str, filters: Filters, today: date) -> Hit:
    """The place that an option leads to now: its passage, else the first under the same heading. Nothing is searched.

    Raises NotFoundError when the article or heading is gone, or may not be shown to who asks.
    """
    article_id, _, place = option_id.partition("#")
    article = snapshot.articles.get(article_id)
    if article is not None and article.policy == "answer" and not refusal(article, filters, today):
        anchor = place.rpartition(".")[0]
        rows = [row for row in snapshot.rows_of_article[article_id] if snapshot.passages[row].anchor == anchor]
        row = next((row for row in rows if snapshot.passages[row].id == option_id), rows[0] if rows else None)
        if row is not None:
            return Hit(row, snapshot.passages[row], article, 1.0, 0.0, 0.0, 0, 0)
    raise NotFoundError(
        f"The option {option_id[:100]!r} leads nowhere: its article or heading is not there any more.",
        "Ask the question again to get the options as they are now.",
    )
