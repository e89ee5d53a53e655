"""What questions mean: content terms, requests for a person, follow-ups."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.answer.conversation import in_context
from kb.answer.policy import asks_for_person
from kb.answer.question import understand
from kb.types import Outcome, Turn


@pytest.mark.parametrize("text", ["", "😀😀", "???", "怎么办", "what is this", "可以吗？", "how do I do that"])
def test_a_question_about_nothing_has_no_content(text: str) -> None:
    assert understand(text).content == ()


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("How do I get a refund?", ("refund",)),
        ("请问怎么退款？", ("退款",)),
        ("请问怎么退款？退款！", ("退款",)),
        ("iPhone 15 怎么退", ("iphon", "15", "退", "iphone15")),
    ],
)
def test_content_terms_name_the_subject(text: str, content: tuple[str, ...]) -> None:
    assert understand(text).content == content


@pytest.mark.parametrize(
    "text",
    [
        "人工",
        "转人工",
        "轉人工",
        "我要找真人客服",
        "talk to a human",
        "Can I speak with an agent, please?",
        "AGENT",
        "Human!",
    ],
)
def test_asking_for_a_person_always_works(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "What does an agent cost?",
        "人工智能是什么",
        "how do I talk to the API",
        "客服电话几点上班",
        "human resources portal",
    ],
)
def test_questions_about_people_are_questions(text: str) -> None:
    assert not asks_for_person(text)


def _turn(question: str) -> Turn:
    return Turn(question, "en", Outcome.ANSWERED, "a", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        ("How do I reset the router?", "and for Android?"),
        ("怎么退款？", "那要多久？"),
        ("How long is the warranty?", "what about batteries"),
        ("怎么退款？", "信用卡呢"),
    ],
)
def test_a_follow_up_is_asked_about_what_came_before(earlier: str, question: str) -> None:
    assert in_context(question, [_turn("Old?"), _turn(earlier)]) == f"{earlier} {question}"


@pytest.mark.parametrize(
    "question", ["How do I change the delivery address of an order?", "发票抬头写错了怎么修改重新开具"]
)
def test_a_full_question_stands_alone(question: str) -> None:
    assert in_context(question, [_turn("How do I reset the router?")]) == question


def test_the_first_question_has_no_context() -> None:
    assert in_context("and then?", []) == "and then?"
