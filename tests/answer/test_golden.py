"""What is quoted or asked back for natural questions, word for word, so that every change of it is seen and meant.

Words alone and a certain ranker: no model, no confidence. After a change that is meant, renew the file and read its
difference: ``python -m tests.answer.test_golden``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kb.answer.compose import Place
from kb.answer.decide import decide
from kb.answer.find import find
from kb.answer.question import understand
from kb.index.snapshot import Snapshot
from kb.types import Filters, Option

_GOLDEN = Path(__file__).parents[1] / "golden" / "quotes.md"
QUESTIONS = (
    "How long does a refund take?",
    "How long does a refund to my credit card take?",
    "how do I ask for a refund",
    "what can't be returned",
    "is software excluded from returns",
    "refund",
    "how do I download an invoice",
    "can I change the company name on an invoice",
    "what does E-203 mean",
    "how do I reset the router password",
    "how do I set up the router",
    "the lamp blinks after a firmware update",
    "退款需要多久到账",
    "银行转账多久到账",
    "哪些商品不能退",
    "卫生用品能退吗",
    "换手机后怎么绑定两步验证",
    "备用码丢了怎么办",
    "兩步驗證是什麼",
    "退款",
)


def answered(snapshot: Snapshot, text: str) -> str:
    """One section of the golden file."""
    question = understand(text)
    findings = find(
        snapshot, question, None, skill={}, written=question.lang, filters=Filters(), today=date(2026, 11, 1)
    )
    decision = decide(question, replace(findings, score=0.99), max_citations=4)
    return f"## {text}\n\n{decision.outcome.value}\n\n" + "\n".join(_lines(decision.places, decision.options))


def _lines(places: Sequence[Place], options: Sequence[Option]) -> Iterator[str]:
    for place in places:
        yield f"`{place.passage.id}`\n\n{place.article.text[place.span.start : place.span.end].strip()}\n"
    for option in options:
        yield f"- {option.label} (`{option.id}`)\n"


def _sections(text: str) -> dict[str, str]:
    return {part.partition("\n")[0]: f"## {part}".strip() for part in text.split("\n## ")[1:]}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_golden_one(snapshot: Snapshot, question: str) -> None:
    golden = _sections("\n" + _GOLDEN.read_text(encoding="utf-8"))
    assert answered(snapshot, question).strip() == golden[question]


def test_the_golden_file_holds_these_questions_and_no_others() -> None:
    assert tuple(_sections("\n" + _GOLDEN.read_text(encoding="utf-8"))) == QUESTIONS


if __name__ == "__main__":
    from tests.answer.snapshots import fixture_snapshot

    made = fixture_snapshot()
    _GOLDEN.write_text("\n".join(answered(made, question) for question in QUESTIONS), encoding="utf-8")
    sys.stdout.write(f"{_GOLDEN.name}: {len(QUESTIONS)} answers\n")
