"""Which section of an article answers: the one that gives what was asked for, unless the ranker is much surer of another.

The words of a short question stand in every section of the article about its topic, so there the ranker can hardly tell
sections apart. What can: a procedure for a question of how, a table of times for a question of how long, and headings that
set a condition which the question does not name ("If the money does not arrive").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.answer.asked_for import AskedFor
from kb.answer.conditions import sets_condition
from kb.answer.question import Question, understand
from kb.answer.units import units_of
from kb.text.tokenize import cached_terms
from kb.types import Article, BlockKind, Hit


@dataclass(frozen=True, slots=True)
class SectionParameters:
    """What is added to the ranker's logit, so all in natural-log odds; see ``eval/LOG.md``.

    ``steps``: it has a procedure, for a question of how. ``kind``: it gives the kind of thing asked for. ``table``: a table in it
    does. ``several``: it has a list or table, for a question for more than one thing. ``condition``: its heading sets a condition
    and the question, of at most ``short`` content terms, names none; such a section's procedure then does not count.

    A question of just the words of the title, or of a synonym of several words, is about the article as a whole, whatever section
    repeats these words: the ranker's differences count only ``named`` of what they say, and each section before one ``earlier``.
    """

    steps: float = 3.0
    kind: float = 1.4
    table: float = 1.3
    several: float = 0.8
    condition: float = -2.0
    short: int = 2
    named: float = 0.15
    earlier: float = -0.4


def sections_in_order(
    hits: Sequence[Hit], question: Question, asked: AskedFor, parameters: SectionParameters = SectionParameters()
) -> tuple[Hit, ...]:
    """``hits`` with the sections of each article, in the places that it holds, ordered by ranker and kind together.

    Which article comes first, second ... does not change, nor does the largest logit of each; the other logits become those of
    ranker and kind together. Hits without the ranker's evidence, or read by the reranker, stay as they are.
    """
    ranked = [i for i, hit in enumerate(hits) if hit.features and hit.rerank is None]
    places: dict[str, list[int]] = {}
    for i in ranked:
        places.setdefault(hits[i].article.id, []).append(i)
    ordered = list(hits)
    for held in places.values():
        if len(held) > 1:
            scores = _scores([hits[i] for i in held], question, asked, parameters)
            best = sorted(range(len(held)), key=lambda n: -scores[n])
            shift = max(hits[i].logit for i in held) - scores[best[0]]
            for place, n in zip(held, best, strict=True):
                ordered[place] = replace(hits[held[n]], logit=scores[n] + shift)
    return tuple(ordered)


def _scores(hits: Sequence[Hit], question: Question, asked: AskedFor, parameters: SectionParameters) -> list[float]:
    scores = [hit.logit + _fits(hit, question, asked, parameters) for hit in hits]
    if not _names(question, hits[0].article):
        return scores
    rows = sorted(hit.row for hit in hits)
    return [
        score - (1.0 - parameters.named) * hit.logit + parameters.earlier * rows.index(hit.row)
        for score, hit in zip(scores, hits, strict=True)
    ]


def _names(question: Question, article: Article) -> bool:
    """Whether the question consists of just the words of the title, or of a synonym that has several."""
    content = set(question.content)
    synonyms = (set(cached_terms(synonym)) for synonym in article.synonyms)
    return content == set(understand(article.title).content) or any(len(s) > 1 and s == content for s in synonyms)


def _fits(hit: Hit, question: Question, asked: AskedFor, parameters: SectionParameters) -> float:
    """How much the kind of the section speaks for it."""
    score = 0.0
    elsewhere = (
        len(question.content) <= parameters.short
        and not sets_condition(question.text)
        and sets_condition(" › ".join(hit.passage.heading_path[1:]))
    )
    if elsewhere:
        score += parameters.condition
    if asked.kinds or asked.steps or asked.several:
        units = units_of(hit.passage)
        kinds = {unit.kind for unit in units}
        score += parameters.steps * (asked.steps and BlockKind.PROCEDURE in kinds and not elsewhere)
        score += parameters.kind * asked.given_by(hit.passage.text)
        score += parameters.table * any(u.kind is BlockKind.TABLE and asked.given_by(u.text) for u in units)
        score += parameters.several * (asked.several and not kinds.isdisjoint((BlockKind.TABLE, BlockKind.LIST)))
    return score
