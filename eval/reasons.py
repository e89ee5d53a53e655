"""Measure the reasons that are given by rules of text: ``python -m eval.reasons [--failures] [--split dev|test|all]``.

Three tables: how often each rule fires on answerable questions, where it should not; how often on customer queries by what they
want; and on a small labelled list, written by hand, how many of each kind are recognised and how many others are taken for it.

One line of ``eval/data/reasons.jsonl``: ``{"id", "lang", "question", "expected"}``; ``expected`` is one of ``KINDS``. The half a
line belongs to is decided by a hash of its id.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from eval.datasets import SHIPPED_QUESTIONS, Question, Split, available_sets, data_root, load_set, select, split_of
from kb.answer.account import AccountQuestion, account_question
from kb.answer.manner import Manner, manner_of
from kb.answer.question import understand
from kb.errors import InvalidInputError

LABELLED = SHIPPED_QUESTIONS / "reasons.jsonl"
KINDS = ("person", "small_talk", "unclear", "account", "none")
_INTENTS = ("banking77-queries", "clinc150-queries")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A first turn of a conversation, and which rule must fire for it; ``none`` for a question that must be searched."""

    id: str
    lang: str  # "en", "zh" or "zh-TW"
    question: str
    expected: str


@dataclass(frozen=True, slots=True)
class Rates:
    """Of one kind: how many lines have it, how many of these were recognised, how many others were taken for it."""

    lines: int
    recognised: int
    mistaken: int


def kind_of(question: str) -> str:
    """Which rule fires for a first turn: one of ``KINDS``."""
    manner = manner_of(question)
    if manner is Manner.PERSON:
        return "person"
    if manner is Manner.SMALL_TALK:
        return "small_talk"
    if manner is not Manner.QUESTION or not understand(question).content:
        return "unclear"
    return "none" if account_question(question) is AccountQuestion.NO else "account"


def load_labelled(file: Path = LABELLED, split: Split = "all") -> tuple[Labelled, ...]:
    """The labelled turns of one half. Raises InvalidInputError for a malformed line."""
    turns = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            turn = Labelled(str(row["id"]), str(row["lang"]), str(row["question"]), str(row["expected"]))
            if turn.expected not in KINDS:
                raise ValueError(f"expected is none of {', '.join(KINDS)}")
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(f"{file}, line {number}: not a labelled turn ({error!r}).") from error
        turns.append(turn)
    return tuple(turn for turn in turns if split == "all" or split_of(turn.id) == split)


def rates(turns: Iterable[Labelled]) -> dict[str, Rates]:
    """Recognition of each kind."""
    pairs = [(turn.expected, kind_of(turn.question)) for turn in turns]
    return {
        kind: Rates(
            lines=sum(expected == kind for expected, _ in pairs),
            recognised=sum(expected == given == kind for expected, given in pairs),
            mistaken=sum(expected != kind and given == kind for expected, given in pairs),
        )
        for kind in KINDS
    }


def fired(questions: Iterable[Question]) -> dict[str, list[str]]:
    """The texts for which a rule fires, by kind."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for question in questions:
        kind = kind_of(question.text)
        if kind != "none":
            texts[kind].append(question.text)
    return dict(texts)


def _answerable(split: Split) -> list[tuple[str, Sequence[Question]]]:
    return [(name, [q for q in select(load_set(name).questions, split) if q.answerable]) for name in available_sets()]


def _show_answerable(console: Console, split: Split, failures: bool) -> None:
    rules = KINDS[:-1]
    table = Table("set", "answerable", *rules, title=f"{split}: answerable questions for which a rule fires")
    for name, questions in _answerable(split):
        found = fired(questions)
        table.add_row(name, str(len(questions)), *(str(len(found.get(kind, ()))) for kind in rules))
        if failures:
            for kind, texts in found.items():
                console.print(f"{name} {kind}: {' | '.join(texts[:30])}", style="red", markup=False)
    console.print(table)


def _show_intents(console: Console, split: Split) -> None:
    table = Table(
        "set", "intent", "queries", "rule", "share", title=f"{split}: queries for which a rule fires in 10 % or more"
    )
    for name in _INTENTS:
        by_intent: defaultdict[str, list[str]] = defaultdict(list)
        for question, intent in _with_intent(name, split):
            by_intent[intent].append(kind_of(question))
        for intent, kinds in sorted(by_intent.items()):
            for kind, count in Counter(kinds).items():
                if kind != "none" and count >= 0.1 * len(kinds):
                    table.add_row(name, intent, str(len(kinds)), kind, f"{100 * count / len(kinds):.0f} %")
    console.print(table)


def _with_intent(name: str, split: Split) -> list[tuple[str, str]]:
    """Text and intent of the queries of a set without articles."""
    root = data_root()
    file = root / name / "questions.jsonl" if root else None
    if file is None or not file.is_file():
        return []
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [(r["question"], str(r.get("intent"))) for r in rows if split == "all" or split_of(str(r["id"])) == split]


def _show_labelled(console: Console, split: Split, failures: bool) -> None:
    turns = load_labelled(split=split)
    table = Table("kind", "lines", "recognised", "others taken for it", title=f"{split}: labelled first turns")
    for kind, rate in rates(turns).items():
        table.add_row(kind, str(rate.lines), str(rate.recognised), str(rate.mistaken))
    console.print(table)
    for turn in turns if failures else ():
        given = kind_of(turn.question)
        if given != turn.expected:
            console.print(f"{turn.id}: {turn.question} is taken for {given}", style="red", markup=False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.reasons", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test", "all"), default="dev")
    parser.add_argument("--failures", action="store_true", help="list the questions that went wrong")
    options = parser.parse_args(arguments)
    split, console = cast(Split, options.split), Console(width=120)
    _show_answerable(console, split, options.failures)
    _show_intents(console, split)
    _show_labelled(console, split, options.failures)


if __name__ == "__main__":
    main()
