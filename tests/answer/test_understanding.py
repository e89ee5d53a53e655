"""What questions mean: content terms, requests for a person."""

from __future__ import annotations

import pytest

from kb.answer.policy import asks_for_person
from kb.answer.question import understand


@pytest.mark.parametrize("text", ["", "😀😀", "???", "怎么办", "what is this", "可以吗？", "how do I do that"])
def test_a_question_about_nothing_has_no_content(text: str) -> None:
    assert understand(text).content == ()


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("How do I get a refund?", ("refund",)),
        ("请问怎么退款？", ("退款",)),
        ("请问怎么退款？退款！", ("退款",)),
        ("iPhone 15 怎么退", ("iphon", "15", "iphone15")),
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


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("最晚什么时候申请", ("最晚", "申请")),  # 请 frames only where it stands alone
        ("退款多久", ("退款", "多久")),  # no 款多
        ("运费谁付", ("运费", "谁付")),
        ("E-203 是啥", ("e203", "203")),
        ("怎么退", ("退",)),
    ],
)
def test_chinese_content_terms_are_within_words(text: str, content: tuple[str, ...]) -> None:
    assert understand(text).content == content
