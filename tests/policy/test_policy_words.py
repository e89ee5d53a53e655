"""What the shipped policy reads out of sentences, in English and in Chinese of both scripts."""

from __future__ import annotations

import json

import pytest

from eval.datasets import SHIPPED_QUESTIONS
from kb.policy import Policy
from kb.policy.parse import read_policy, shipped_policy

LINES = [json.loads(line) for line in (SHIPPED_QUESTIONS / "policy.jsonl").read_text("utf-8").splitlines()]


def read(text: str) -> str:
    """The label that the shipped policy would give."""
    judged = shipped_policy().judge(text)
    if judged.topic is not None:
        return f"{'about' if judged.about else 'topic'}:{judged.topic.name}"
    return judged.mood


def policy(source: str) -> Policy:
    found, problems = read_policy(source.encode())
    assert found is not None, problems
    return found


@pytest.mark.parametrize("line", LINES, ids=[line["id"] for line in LINES])
def test_the_written_list_is_read_as_it_is_labelled(line: dict[str, str]) -> None:
    judged = shipped_policy().judge(line["text"])
    if line["expected"] in ("angry", "frustrated", "calm"):
        assert judged.mood == line["expected"] or (line["expected"], judged.mood) == ("frustrated", "angry")
        assert line["expected"] != "calm" or judged.topic is None
    else:
        assert read(line["text"]) == line["expected"]


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        ("Please cancel my subscription", "How do I cancel my subscription?"),
        ("Can you cancel my membership?", "Can I cancel my membership?"),
        ("I want to file a complaint", "I want to know how to file a complaint"),
        ("我要取消会员", "怎么取消会员"),
        ("能不能帮我取消会员", "能不能取消会员"),
        ("你们怎么回事，我要投诉", "请问怎么投诉"),
    ],
)
def test_a_wish_is_told_from_a_question_about_it(own: str, asked: str) -> None:
    judged = [shipped_policy().judge(text) for text in (own, asked)]
    assert [(j.topic is not None, j.about) for j in judged] == [(True, False), (True, True)]


@pytest.mark.parametrize(
    "text",
    [
        "I do not want to cancel my subscription",
        "I never wanted to file a complaint",
        "I don’t want to complain",
        "dont cancel my membership",
        "My account was not hacked",
        "我不想投诉",
        "我没有要取消会员",
        "先别帮我取消会员",
        "账号没有被盗",
    ],
)
def test_what_is_denied_is_no_topic(text: str) -> None:
    judged = shipped_policy().judge(text)
    assert judged.topic is None
    assert judged.matches
    assert all(match.negated for owner, found in judged.matches.items() if owner.startswith("topic") for match in found)


@pytest.mark.parametrize(
    "text",
    [
        "No, I want to cancel my subscription",
        "I cannot cancel my subscription",
        "Not only was my account hacked",
        "我不得不投诉",
        "不行，我要投诉",
        "钱还没退，我要投诉",
    ],
)
def test_a_denial_elsewhere_denies_nothing(text: str) -> None:
    assert shipped_policy().judge(text).topic is not None


def test_the_topic_of_ones_own_goes_before_one_that_is_asked_about() -> None:
    judged = shipped_policy().judge("How do I file a complaint? Cancel my subscription now!")
    assert judged.topic is not None
    assert (judged.topic.name, judged.about) == ("cancellation", False)


def test_words_of_an_operator_add_to_the_shipped_ones_and_exceptions_take_away() -> None:
    said = policy(
        """
topics:
  complaint:
    phrases: {en: [ombuds* office]}
    except: {en: [complaint box]}
  cancellation: off
  vip: {phrases: {en: [platinum ... desk], zh: [白金|铂金 ... 专线]}, do: offer, asked: offer}
"""
    )
    assert said.judge("I call the Ombudsman office!").topic == said.topics["complaint"]
    assert said.judge("I want to complain to you").topic == said.topics["complaint"]
    assert said.judge("I dropped a letter into your complaint box!").topic is None
    assert said.judge("cancel my subscription").topic is None
    assert said.judge("我要接铂金会员的专线").topic == said.topics["vip"]


def test_phrases_keep_their_order_and_whole_words() -> None:
    said = policy("topics: {a: {phrases: {en: [big red ... car], zh: [红色 ... 车]}}}")
    named = [
        (said.judge(text).topic or said.topics["complaint"]).name == "a"
        for text in (
            "my big red and old car",
            "my red big car",
            "my big red carpet",
            "a big red. My car",
            "我的红色的车",
        )
    ]
    assert named == [True, False, False, False, True]


def test_who_shouts_is_upset_and_codes_are_no_shouting() -> None:
    assert [
        shipped_policy().judge(text).mood
        for text in ("WHERE IS MY PARCEL I WANT IT!", "RESET AX-1800 E-203", "还没到！！！")
    ] == ["frustrated", "calm", "frustrated"]


def test_earlier_texts_show_that_it_is_not_the_first_time() -> None:
    assert shipped_policy().judge("This is ridiculous", ["I am fed up", "ok"]).again
    assert not shipped_policy().judge("This is ridiculous", ["How do I pay?"]).again
    assert not shipped_policy().judge("Hm", ["I am fed up", "a", "b", "c"]).again  # long ago


def test_a_whole_conversation_is_referred() -> None:
    from kb.types import Outcome

    found = shipped_policy().refer(
        ["Where is my parcel?", "You are all thieves", "I want to file a complaint"], [Outcome.NO_ANSWER] * 3
    )
    assert (found.topic, found.urgency, found.mood) == ("complaint", "high", "angry")
    assert set(found.reasons) == {"angry", "repeated_failure"}
    assert shipped_policy().refer(["How do I pay?"], [Outcome.ANSWERED]).urgency == "normal"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("This is ridiculous. When do I get my money back?", "When do I get my money back?"),
        ("烦死了，怎么重置密码？", "怎么重置密码？"),
        ("This is ridiculous", "This is ridiculous"),
        (
            "I am so frustrated with this router, how do I reset it?",
            "I am so frustrated with this router, how do I reset it?",
        ),
        ("How do I pay?", "How do I pay?"),
    ],
)
def test_what_only_vents_is_not_looked_up(text: str, heard: str) -> None:
    assert shipped_policy().heard(text, shipped_policy().judge(text)) == heard
