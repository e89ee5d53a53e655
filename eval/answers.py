"""How long is an extractive answer, and does it hold what was asked for? ``python -m eval.answers [--sets a,b] [--split dev]``.

Ranking and confidence are left out: of every answerable question whose first passage is the right one, that passage is answered
from, however unsure the service would be. Column "passages": the same from the right passage wherever it was ranked.
Also, for any set: how often a question would be asked back, and whether an option then leads to the right article.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rich.table import Table

from eval.corpus import Progress, open_corpus
from eval.datasets import GoldSpans, Question, Split, load_set, locate, sample, select
from eval.provenance import describe_run, write_result
from eval.report import print_table
from eval.retrieval import rank
from eval.scoring import Place, is_hit
from eval.systems import no_progress
from kb.answer.asked_for import asked_for
from kb.answer.clarify import options_for
from kb.answer.find import Findings
from kb.answer.question import understand
from kb.answer.select import SelectionParameters, select_pieces
from kb.types import Hit

SETS = ("squad2-en", "xquad-en", "xquad-zh", "cmrc2018-zh", "drcd-zhtw", "shop-questions", "service-questions")
DEPTH = 10  # how far down the right passage is looked for
USUAL = SelectionParameters()
_COLUMNS = ("answers", "characters", "with_span", "passages", "asked_back", "right_option")


@dataclass(frozen=True, slots=True)
class Extract:
    """One answer cut out of the right passage: its quoted code points, and whether they hold the gold span."""

    characters: int
    has_span: bool
    first: bool  # the passage was ranked first


def measure(
    question_set: str,
    split: Split,
    limit: int | None = None,
    parameters: SelectionParameters = USUAL,
    progress: Progress = no_progress,
) -> dict[str, float]:
    """Numbers of one set: ``characters`` is a median, ``answers`` a count, all others are shares.

    Raises NotFoundError for an unknown set.
    """
    loaded = load_set(question_set)
    assert loaded.articles is not None, "a set without articles cannot be measured"
    corpus = open_corpus(loaded.articles, question_set, progress)
    wanted = [q for q in loaded.questions if q.answerable and q.file == "questions"]
    questions = sample(select(wanted, split), limit)
    found = rank(corpus, questions, progress)
    gold = [locate(question, corpus.texts) for question in questions]
    extracts = [e for q, g, f in zip(questions, gold, found, strict=True) if (e := _extract(q, g, f, parameters))]
    return summarize(extracts) | _asked_back(questions, found)


def summarize(extracts: Sequence[Extract]) -> dict[str, float]:
    """Medians and shares; empty without extracts.

    >>> summarize([Extract(100, True, True), Extract(200, False, True), Extract(90, True, False)])
    {'answers': 2, 'characters': 150.0, 'with_span': 0.5, 'passages': 0.6666666666666666}
    """
    first = [extract for extract in extracts if extract.first]
    if not first:
        return {}
    return {
        "answers": len(first),
        "characters": statistics.median(e.characters for e in first),
        "with_span": statistics.fmean(e.has_span for e in first),
        "passages": statistics.fmean(e.has_span for e in extracts),
    }


def _extract(
    question: Question, gold: Sequence[GoldSpans], findings: Findings, parameters: SelectionParameters
) -> Extract | None:
    with_answer = [g for g in gold if g.answers]
    hits = findings.hits[:DEPTH]
    right = next((n for n, hit in enumerate(hits) if _any_hit([_place(hit)], with_answer)), None)
    if right is None:
        return None
    asked = asked_for(understand(question.text))
    spans = select_pieces(hits[right].passage, findings.weights, asked, parameters)
    quotes = [Place(hits[right].article.id, span) for span in spans]
    return Extract(sum(s.end - s.start for s in spans), _any_hit(quotes, with_answer), right == 0)


def _asked_back(questions: Sequence[Question], found: Sequence[Findings]) -> dict[str, float]:
    """Over questions that would be asked back if nothing were sure enough to be stated: an upper bound."""
    asked = [
        (question, options)
        for question, findings in zip(questions, found, strict=True)
        if findings.hits and (options := options_for(understand(question.text), findings.hits))
    ]
    numbers = {"asked_back": len(asked) / max(1, len(questions))}
    if asked:
        right = [{g.article_id for g in q.gold} & {o.article_id for o in options} for q, options in asked]
        numbers["right_option"] = statistics.fmean(bool(found) for found in right)
    return numbers


def _any_hit(places: Iterable[Place], gold: Sequence[GoldSpans]) -> bool:
    return any(is_hit(place, g) for place in places for g in gold)


def _place(hit: Hit) -> Place:
    return Place(hit.article.id, hit.passage.span)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.answers", description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS), help="comma-separated names")
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--limit", type=int, help="at most so many questions of each set")
    parser.add_argument("--no-file", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    result: dict[str, Any] = describe_run() | {"split": options.split, "limit": options.limit, "answers": {}}
    table = Table("set", *_COLUMNS)
    for name in options.sets.split(","):
        numbers = measure(name, cast("Split", options.split), options.limit)
        result["answers"][name] = numbers
        table.add_row(name, *(f"{numbers[c]:.3g}" if c in numbers else "" for c in _COLUMNS))
    print_table(table)
    if not options.no_file:
        write_result(result, "answers")


if __name__ == "__main__":
    main()
