"""How an article that was found while somebody types is shown: its matching headings, a phrasing, a snippet, all of it marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.answer.lines import Line, LineKind, Lines
from kb.answer.links import article_url
from kb.answer.marks import Wanted, mark, snippet
from kb.answer.typed import Typed, UnitKind
from kb.index.snapshot import Snapshot
from kb.text.tokenize import stem_word, tokenize
from kb.types import FloatArray, Passage, SearchHeading, SearchResult

_HEADINGS = 3  # a result
_LEAST = 0.5  # a line is shown if it holds this part of what the best line of its article holds
_SAME_PLACE = np.float32(1e-3)  # of passages that say as much, the one below the best heading is shown


@dataclass(frozen=True, eq=False)
class TypedScores:
    """``lines``: the score of each line, shape ``(lines,)``; ``cover``: the share of what was typed that it holds, in [0, 1].
    ``rows``: the share of each passage, shape ``(rows,)``.
    """

    lines: FloatArray
    cover: FloatArray
    rows: FloatArray


def wanted_of(ways: Sequence[Typed]) -> Wanted:
    """What is marked. Frames are not, and neither is one letter or character beside other words, unless there is nothing else."""
    units = [unit for way in ways for unit in way.units]
    telling = [unit for unit in units if not unit.frame] or units
    terms: set[str] = set()
    beginnings = {run for way in ways for run in way.runs}
    for unit in [unit for unit in telling if len(unit.text) > 1] or telling:
        if unit.kind is UnitKind.BEGINNING:
            beginnings.add(unit.text)
            terms.add(stem_word(unit.text))
        elif unit.kind is UnitKind.HAN and len(unit.text) == 1:
            beginnings.add(unit.text)
        else:
            terms.update(tokenize(unit.text))
    return Wanted(frozenset(terms), tuple(sorted(beginnings)))


def show(
    snapshot: Snapshot,
    lines: Lines,
    scores: TypedScores,
    position: int,
    *,
    score: float,
    wanted: Wanted,
    site_url: str,
) -> SearchResult:
    """The article at ``position`` of the snapshot as a result."""
    article = snapshot.articles[snapshot.article_ids[position]]
    found = _matching_lines(lines, scores, position)
    asked = _better_said(lines, scores, position)
    # Sections of a change log are called the same again and again: the best of those alike stands for them.
    headings = {line.text: line for line in reversed(found) if line.kind is LineKind.HEADING}
    best = [line for line in found if headings.get(line.text) is line][:_HEADINGS]
    passage, share = _best_passage(snapshot, scores, article.id, best[0].anchor if best else "")
    if not best and passage and passage.anchor and share > scores.cover[lines.starts[position]]:
        best = [Line(LineKind.HEADING, passage.heading_path[-1], passage.anchor)]  # what matches stands below it
    return SearchResult(
        article_id=article.id,
        title=article.title,
        url=article_url(article, site_url),
        lang=article.lang,
        category=article.category,
        snippet_html=snippet(passage.plain, wanted) if passage else "",
        headings=tuple(
            SearchHeading(line.text, line.anchor, article_url(article, site_url, line.anchor), mark(line.text, wanted))
            for line in best
        ),
        score=score,
        title_html=mark(article.title, wanted),
        matched_question=asked,
        matched_question_html=mark(asked, wanted) if asked else None,
    )


def _matching_lines(lines: Lines, scores: TypedScores, position: int) -> list[Line]:
    """The article's lines that hold enough of what was typed, best first."""
    first, behind = lines.starts[position], lines.starts[position + 1]
    cover = scores.cover[first:behind]
    enough = np.flatnonzero(cover >= max(_LEAST * float(cover.max()), 1e-6))
    best_first = enough[np.argsort(-scores.lines[first:behind][enough], kind="stable")]
    return [lines.lines[first + line] for line in best_first.tolist()]


def _better_said(lines: Lines, scores: TypedScores, position: int) -> str | None:
    """The known phrasing that holds more of what was typed than the title does: why the article is here at all."""
    title, behind = int(lines.starts[position]), int(lines.starts[position + 1])
    questions = title + np.flatnonzero(lines.kinds[title:behind] == int(LineKind.QUESTION))
    if not len(questions):
        return None
    best = int(questions[scores.lines[questions].argmax()])
    return lines.lines[best].text if scores.cover[best] > scores.cover[title] + 1e-6 else None


def _best_passage(
    snapshot: Snapshot, scores: TypedScores, article_id: str, anchor: str
) -> tuple[Passage | None, float]:
    """The passage that holds most, and the share that it holds; the first one if none holds anything."""
    rows = snapshot.rows_of_article[article_id]
    if not rows:
        return None, 0.0
    passages = snapshot.passages[rows.start : rows.stop]
    below = np.asarray([passage.anchor == anchor for passage in passages])
    best = int((scores.rows[rows.start : rows.stop] + _SAME_PLACE * below).argmax())
    return passages[best], float(scores.rows[rows.start + best])
