"""Search as you type: articles by their titles, known phrasings and headings first, and by what their passages say.

Every line is scored by how much of what was typed it holds (rarer words count more), of which kind it is, and whether it holds
it as one phrase; an article has the score of its best line and a share for its best passage. No model is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np

from kb.answer.expand import stand_ins
from kb.answer.filters import allowed_articles
from kb.answer.lines import Lines, lines_of
from kb.answer.typed import Typed, Unit, UnitKind, read_typed
from kb.answer.typed_body import body_scores
from kb.answer.typed_results import TypedScores, show, wanted_of
from kb.index.snapshot import Snapshot
from kb.text.language import detect_language
from kb.text.synonyms import Synonyms, Use, find_uses, replace_uses
from kb.text.tokenize import stem_word
from kb.types import (
    BoolArray,
    Filters,
    FloatArray,
    IndexInfo,
    Lang,
    SearchPage,
    Substitution,
)


@dataclass(frozen=True, slots=True)
class TypeaheadParameters:
    """Chosen by measurement, see ``eval/LOG.md``.

    ``title``, ``question``, ``heading``, ``synonym``: worth of a line that holds everything. ``begins``, ``phrase``: added where it
    begins with all that was typed, or holds it as one phrase. ``share``: added times the share of the line that was typed.
    ``body``: weight of the best passage. ``frame``: weight of "how do I" and 怎么 beside other words. ``form``, ``begun``,
    ``error``: worth of another form of an unfinished word, of a finished word as a beginning, and of a corrected one.
    ``foreign``: factor of articles in the other language, which so come after those that match as well or nearly so.
    ``worst``: least part of the best article's cover that an article must have.
    """

    title: float = 1.0
    question: float = 0.85
    heading: float = 0.55
    synonym: float = 0.6
    begins: float = 0.35
    phrase: float = 0.2
    share: float = 0.1
    body: float = 0.6
    frame: float = 0.15
    form: float = 0.8
    begun: float = 0.5
    error: float = 0.9
    foreign: float = 0.6
    worst: float = 0.5


def search_typed(
    snapshot: Snapshot,
    text: str,
    *,
    synonyms: Synonyms,
    filters: Filters,
    lang: Lang | None,
    limit: int,
    offset: int,
    site_url: str,
    today: date,
    parameters: TypeaheadParameters = TypeaheadParameters(),
) -> SearchPage:
    """Articles for what was typed so far, best first, those in its language before others; ``lang`` keeps one language only.

    A text without letters and digits finds nothing, and a lone surrogate is none.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    lines = lines_of(snapshot)
    written = lang or detect_language(text)
    uses = find_uses(text, synonyms)
    typed = read_typed(text, snapshot, lines, (use.said.casefold() for use in uses))
    info = IndexInfo(snapshot.revision, snapshot.built_at)
    if not typed.units or not lines.lines:
        return SearchPage((), False, info)
    replaced = stand_ins(uses, snapshot, written)
    ways = [typed, *(read_typed(way, snapshot, lines) for way in _other_ways(text, uses, replaced))]
    scores = _best_of([_score(snapshot, lines, way, parameters) for way in ways])
    ranked, totals = _rank(
        snapshot, lines, scores, allowed_articles(snapshot, filters, today, lang), written, parameters
    )
    wanted = wanted_of(ways)
    results = [
        show(snapshot, lines, scores, article, score=float(totals[article]), wanted=wanted, site_url=site_url)
        for article in islice(ranked, offset, offset + limit)
    ]
    return SearchPage(tuple(results), len(ranked) > offset + limit, info, (*typed.corrections, *replaced))


def _other_ways(text: str, uses: Sequence[Use], replaced: Sequence[Substitution]) -> list[str]:
    """``text`` with each synonym in place of what it stands for."""
    by_said = {use.said: use for use in uses}
    return [replace_uses(text, [(by_said[s.said], s.meant)]) for s in replaced]


def _score(snapshot: Snapshot, lines: Lines, typed: Typed, parameters: TypeaheadParameters) -> TypedScores:
    only_frames = all(unit.frame for unit in typed.units)
    count = lines.index.lines
    cover, total = np.zeros(count, dtype=np.float32), 0.0
    for unit in typed.units:
        held = _held(unit, lines, parameters)
        rarity = float(np.log1p(count / (1 + np.count_nonzero(held))) / np.log1p(count))
        weight = rarity * (parameters.frame if unit.frame and not only_frames else 1.0)
        cover += np.float32(weight) * held
        total += weight
    cover /= np.float32(max(total, 1e-9))
    return TypedScores(_line_scores(lines, typed, cover, parameters), cover, body_scores(snapshot, typed))


def _held(unit: Unit, lines: Lines, parameters: TypeaheadParameters) -> FloatArray:
    """How well each line holds ``unit``, in [0, 1], shape ``(lines,)``."""
    index = lines.index
    held = np.zeros(index.lines, dtype=np.float32)
    if unit.kind is UnitKind.HAN:
        held[index.lines_with(unit.text)] = 1.0
        return held
    if unit.kind is UnitKind.WORD:
        held[index.lines_with(unit.text)] = parameters.begun
    whole = 1.0 if unit.kind is UnitKind.WORD else parameters.form
    for form in lines.forms_of_stem.get(stem_word(unit.text), ()):
        held[index.lines_with_word(form)] = whole
    if unit.kind is UnitKind.BEGINNING:
        held[index.lines_with(unit.text)] = 1.0
    return held * np.float32(parameters.error) if unit.corrected else held


def _line_scores(lines: Lines, typed: Typed, cover: FloatArray, parameters: TypeaheadParameters) -> FloatArray:
    worth = np.asarray(
        [parameters.title, parameters.question, parameters.heading, parameters.synonym], dtype=np.float32
    )
    index = lines.index
    bonus = np.zeros(index.lines, dtype=np.float32)
    places = index.find(typed.phrase)
    bonus[index.line_of_place[places]] = parameters.phrase
    bonus[index.line_of_place[places[index.begins_line[places]]]] = parameters.begins
    share = np.minimum(1.0, len(typed.phrase) / np.maximum(index.lengths, 1)).astype(np.float32)
    return cover * (worth[lines.kinds] + bonus + np.float32(parameters.share) * share)


def _best_of(ways: Sequence[TypedScores]) -> TypedScores:
    first, *others = ways
    for other in others:
        first = TypedScores(
            np.maximum(first.lines, other.lines),
            np.maximum(first.cover, other.cover),
            np.maximum(first.rows, other.rows),
        )
    return first


def _rank(
    snapshot: Snapshot,
    lines: Lines,
    scores: TypedScores,
    allowed: BoolArray,
    written: Lang,
    parameters: TypeaheadParameters,
) -> tuple[list[int], FloatArray]:
    """Positions of the articles worth showing, best first, and the score of every article."""
    best_line = np.maximum.reduceat(scores.lines, lines.starts[:-1])
    best_row = np.zeros(len(allowed), dtype=np.float32)
    np.maximum.at(best_row, snapshot.article_of_row, scores.rows)
    cover = np.maximum(np.maximum.reduceat(scores.cover, lines.starts[:-1]), best_row)
    totals = best_line + np.float32(parameters.body) * best_row
    least = parameters.worst * float(cover[allowed].max(initial=0.0))
    found = np.flatnonzero(allowed & (cover >= max(least, 1e-6)))
    totals[lines.chinese != (written == "zh")] *= np.float32(parameters.foreign)
    order = np.argsort(-totals[found], kind="stable")
    return found[order].tolist(), totals
