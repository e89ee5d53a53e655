"""Measure follow-ups in scripted conversations: ``python -m eval.dialogues [--split dev|test|all] [--failures]``.

Every follow-up turn is asked three times: in its conversation, alone, and with all earlier turns written before it. The last two
are what a system without an understanding of conversations can do. Then questions that no article answers are asked after answered
ones: an answer to them is wrong, whatever was talked about before.

One line of ``eval/data/dialogues.jsonl``: ``{"id", "lang", "turns": [{"kind", "question", "articles", "outcomes", "reason"}]}``.
``articles``: any of them shown first is right; empty where no article is asked for. ``outcomes``: any of them is right.
``reason``: the code that must be given, if stated.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from eval.corpus import open_corpus
from eval.datasets import SHIPPED_ARTICLES, SHIPPED_QUESTIONS, Split, load_set, select, shipped_sets, split_of
from eval.service import open_service
from eval.systems import no_progress
from kb.errors import InvalidInputError
from kb.service import AnswerService
from kb.types import Answer, Outcome, Query

DIALOGUES = SHIPPED_QUESTIONS / "dialogues.jsonl"
SYSTEMS = ("in conversation", "turn alone", "turns concatenated")
_OPENING = "first"  # the kind of a turn that begins a conversation and is no follow-up
_MOST_CHARACTERS = 1000  # of a question


@dataclass(frozen=True, slots=True)
class ScriptedTurn:
    """One thing a visitor writes, and what a good reply to it is."""

    kind: str
    question: str
    articles: tuple[str, ...]
    outcomes: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    id: str
    lang: str  # "en", "zh" or "zh-TW"
    turns: tuple[ScriptedTurn, ...]


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What one system replied to one follow-up. ``article_right`` is None where no article is asked for."""

    dialogue: Dialogue
    position: int
    shown: str | None
    outcome: str
    reason: str | None
    article_right: bool | None
    outcome_right: bool

    @property
    def turn(self) -> ScriptedTurn:
        return self.dialogue.turns[self.position]


# A visitor got answers to these, and goes on to something that no article has.
_ANSWERED_BEFORE = {
    "en": ("How long does a refund take?", "How do I turn on two-step verification?", "When do you ship my order?"),
    "zh": ("退款多久到账？", "怎么开启两步验证？", "下单后什么时候发货？"),
    "zh-TW": ("退款多久到帳？", "怎麼開啟兩步驗證？", "下單後什麼時候出貨？"),
}


def load_dialogues(file: Path = DIALOGUES, split: Split = "all") -> tuple[Dialogue, ...]:
    """The dialogues of one half (a hash of the id decides). Raises InvalidInputError for a malformed line."""
    dialogues = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            dialogues.append(Dialogue(str(row["id"]), str(row["lang"]), tuple(_turn(turn) for turn in row["turns"])))
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(f"{file}, line {number}: not a dialogue ({error!r}).") from error
    return tuple(d for d in dialogues if split == "all" or split_of(d.id) == split)


def run_dialogues(dialogues: Sequence[Dialogue], service: AnswerService) -> dict[str, list[TurnResult]]:
    """Results of the follow-up turns by system, in the order of ``dialogues``."""
    results: dict[str, list[TurnResult]] = {system: [] for system in SYSTEMS}
    for dialogue in dialogues:
        conversation: str | None = None
        for position, turn in enumerate(dialogue.turns):
            answer = service.ask(Query(turn.question, conversation_id=conversation, channel="eval"))
            conversation = answer.conversation_id
            if turn.kind == _OPENING:
                continue
            whole = " ".join(t.question for t in dialogue.turns[: position + 1])[-_MOST_CHARACTERS:]
            answers = {
                "in conversation": answer,
                "turn alone": service.ask(Query(turn.question, channel="eval")),
                "turns concatenated": service.ask(Query(whole, channel="eval")),
            }
            for system, given in answers.items():
                results[system].append(judge_turn(dialogue, position, given))
    return results


def stated_in_context(split: Split, service: AnswerService) -> dict[str, tuple[int, int]]:
    """By language: how many unanswerable questions were answered all the same after answered ones, and how many were asked."""
    counts: dict[str, tuple[int, int]] = {}
    questions = [question for name in shipped_sets() for question in load_set(name).questions]
    for question in select((q for q in questions if not q.answerable and q.lang in _ANSWERED_BEFORE), split):
        for opening in _ANSWERED_BEFORE[question.lang]:
            first = service.ask(Query(opening, channel="eval"))
            answer = service.ask(Query(question.text, conversation_id=first.conversation_id, channel="eval"))
            stated, asked = counts.get(question.lang, (0, 0))
            counts[question.lang] = (stated + (answer.outcome is Outcome.ANSWERED), asked + 1)
    return counts


def judge_turn(dialogue: Dialogue, position: int, answer: Answer) -> TurnResult:
    """Hold a reply against the script. Small talk is right only if nothing is cited and no gap is opened."""
    turn = dialogue.turns[position]
    shown = first_article(answer)
    reason = answer.reason.code.value if answer.reason else None
    outcome_right = answer.outcome.value in turn.outcomes and (turn.reason is None or reason == turn.reason)
    article_right = None
    if turn.articles:
        article_right = shown in turn.articles
        outcome_right = outcome_right and article_right
    elif turn.kind == "chat":
        outcome_right = outcome_right and shown is None and answer.gap_id is None
    return TurnResult(dialogue, position, shown, answer.outcome.value, reason, article_right, outcome_right)


def first_article(answer: Answer) -> str | None:
    """The article that a visitor sees first, if any."""
    shown = [citation.article_id for citation in (*answer.citations, *answer.suggestions)]
    if answer.options:
        shown = [option.article_id for option in answer.options]
    return shown[0] if shown else None


def summarize_turns(results: Sequence[TurnResult]) -> dict[str, Any]:
    """``article@1`` over the turns that ask for an article, ``right`` over all, ``answered`` as a share of the former."""
    asking = [r for r in results if r.article_right is not None]
    return {
        "turns": len(results),
        "article@1": sum(bool(r.article_right) for r in asking) / len(asking) if asking else None,
        "right": sum(r.outcome_right for r in results) / len(results) if results else None,
        "answered": sum(r.outcome == "answered" for r in asking) / len(asking) if asking else None,
    }


def evaluate_dialogues(
    split: Split = "all", articles: Path = SHIPPED_ARTICLES
) -> tuple[dict[str, list[TurnResult]], dict[str, tuple[int, int]]]:
    """Ask the scripted conversations of one half of the service over ``articles``, then ``stated_in_context``."""
    corpus = open_corpus(articles, "dialogues", no_progress)
    with open_service(corpus) as service:
        return run_dialogues(load_dialogues(split=split), service), stated_in_context(split, service)


def _turn(row: Mapping[str, Any]) -> ScriptedTurn:
    return ScriptedTurn(
        kind=str(row["kind"]),
        question=str(row["question"]),
        articles=tuple(str(a) for a in row["articles"]),
        outcomes=tuple(str(o) for o in row["outcomes"]),
        reason=row.get("reason"),
    )


def _table(title: str, results: Mapping[str, Sequence[TurnResult]]) -> Table:
    """Systems as columns; one row for all turns, and one for each language and kind."""
    table = Table("turns", "count", *SYSTEMS, title=f"{title}: article@1 / right, in percent")
    own = results[SYSTEMS[0]]
    groups = {"all": None} | {f"lang {r.dialogue.lang}": None for r in own} | {f"kind {r.turn.kind}": None for r in own}
    for group in groups:
        chosen = [[r for r in results[system] if _belongs(r, group)] for system in SYSTEMS]
        table.add_row(group, str(len(chosen[0])), *(_cell(summarize_turns(part)) for part in chosen))
    return table


def _belongs(result: TurnResult, group: str) -> bool:
    return group in {"all", f"lang {result.dialogue.lang}", f"kind {result.turn.kind}"}


def _cell(figures: Mapping[str, float | None]) -> str:
    return " / ".join(
        "–" if figures[k] is None else f"{100 * cast(float, figures[k]):.0f}" for k in ("article@1", "right")
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.dialogues", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test", "all"), help="default: both halves, one after the other")
    parser.add_argument("--failures", action="store_true", help="list the turns that went wrong")
    options = parser.parse_args(arguments)
    console = Console(width=120)
    for split in (options.split,) if options.split else ("dev", "test"):
        results, stated = evaluate_dialogues(cast(Split, split))
        console.print(_table(split, results))
        wrong_of = ", ".join(f"{lang} {wrong} of {asked}" for lang, (wrong, asked) in sorted(stated.items()))
        console.print(f"Answered although no article answers, after another question: {wrong_of}")
        for wrong in results[SYSTEMS[0]] if options.failures else ():
            if not wrong.outcome_right:
                said = f"{wrong.outcome} {wrong.reason or ''} {wrong.shown or ''}"
                console.print(f"{wrong.dialogue.id} {wrong.turn.kind} {wrong.turn.question!r}: {said}", style="red")


if __name__ == "__main__":
    main()
