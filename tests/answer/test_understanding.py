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
        "转 人工",
        "人 工",
        "转人工转人工转人工",
        "agent agent agent",
        "有人吗",
        "有人在嗎",
        "Is anyone there?",
    ],
)
def test_asking_for_a_person_always_works(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human about my order",
        "can I talk to a human about refunds?",
        "I'd like to speak to an agent about my refund",
        "I would like to talk to a real person concerning my delivery",
        "connect me to an agent regarding billing",
        "talk to a human about it",
        "get me a person for my refund",
        "Human! My parcel is lost.",
        "My parcel is lost. Agent.",
        "I want to talk to a human about my order. " + "It came late and the box was open. " * 30,
        "我想转人工问一下退款",
        "人工！我的包裹丢了",
        "退款的事我要找真人",
        "我要跟真人谈退款",
        "想找人工客服咨询发票",
        "請轉真人處理退款",
        "退款没到 转人工",
        "退款没到\n转人工",
    ],
)
def test_a_wish_for_a_person_may_say_what_it_is_about(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "What does an agent cost?",
        "人工智能是什么",
        "how do I talk to the API",
        "客服电话几点上班",
        "human resources portal",
        "How do I talk to a human about refunds?",
        "How do I open the app and talk to a human?",
        "What happens when a visitor asks to talk to a human about a refund?",
        "I do not want to talk to a human about it",
        "no need to talk to an agent",
        "I need an agent for my workspace",
        "I am a customer support agent",
        "transfer a ticket to another agent",
        "Can agents see my questions?",
        "Can I speak to a person under 18?",
        "怎么转人工",
        "转人工要收费吗",
        "客户要求转人工怎么办",
        "不用转人工，告诉我运费就行",
        "可以找客服改地址吗",
        "我要人工审核文章",
        "换人收货",
        "轉人工的比例在哪裡看",
    ],
)
def test_questions_about_people_are_questions(text: str) -> None:
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    "words", ["i want to ", "please can you get me a ", "someone ", "我要找", "帮我给我", "转", "人 "]
)
def test_no_run_of_words_of_wishes_is_slow(words: str) -> None:
    assert asks_for_person(words * 500) in {True, False}


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
