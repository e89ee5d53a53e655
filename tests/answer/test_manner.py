"""Small talk, complaints, calls for a person, and turns without a subject."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.answer.manner import Manner, is_place, manner_of

SMALL_TALK = """thanks|ok thanks|Great, thank you!|thanks, bye|perfect|cool|hello|Hi there|thank you so much!!
    |that's all, thanks|got it 👍
    |你好|谢谢|好的，知道了|嗯嗯|謝謝你|好的|明白了，谢谢|早上好|在吗|再见"""
FAILED = """I still can't get in|that didn't help|still not working|it still doesn't work
    |I tried that already, it doesn't work|doesn't work
    |that's not what I asked|still nothing|I still cannot log in|还是不行|没用|還是不行|還是登不進去|还是没收到
    |试过了，还是不行|不行
    |不是这个意思|我不是这个意思|不是我想要的|你没明白我的意思|你误会了|我问的不是这个|没有回答我的问题|你答错了|這不是我要問的|你沒聽懂
    |that's not what I meant|That is not what I'm looking for|this doesn't answer my question|you misunderstood
    |wrong answer|no, that's not it|It did not help me at all.|you are not answering my question|I meant something else"""
QUESTIONS = """how do I turn it off?|is it helpful|The robot does not start|the email doesn't arrive
    |how do I pay again|it doesn't charge
    |and for Android?|does that work for flash sales too?|good battery|hi-fi|okra recipe|thank you letter template
    |可以吗|可以退吗|好用吗|我还是想退货|这个不能用优惠券吗|信用卡呢|开错了|怎么用|怎么还没到|好评返现|早餐几点
    |不是会员可以退吗|不是这个地址怎么改|我不是本人可以取吗|地址错了|发错了|不是原包装能退吗|這不是正品怎麼辦
    |wrong size|wrong address|I meant the blue one|the answer is not saved|my question is about refunds"""
VAGUE = """help|it doesn't work|I have a problem|something went wrong|asdf|qwerty|aaaaaa|???|😀|不行|有问题|坏了|帮帮我|怎么办"""


def _each(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split("|")]


@pytest.mark.parametrize("text", _each(SMALL_TALK))
@pytest.mark.parametrize("in_conversation", [False, True])
def test_small_talk_is_never_a_question(text: str, in_conversation: bool) -> None:
    assert manner_of(text, in_conversation=in_conversation) is Manner.SMALL_TALK


@pytest.mark.parametrize("text", _each(FAILED))
def test_that_nothing_helped_is_understood_after_an_answer_only(text: str) -> None:
    assert manner_of(text, in_conversation=True) is Manner.FAILED
    assert manner_of(text) is Manner.VAGUE


@pytest.mark.parametrize("text", _each(QUESTIONS))
@pytest.mark.parametrize("in_conversation", [False, True])
def test_a_question_is_not_silenced(text: str, in_conversation: bool) -> None:
    assert manner_of(text, in_conversation=in_conversation) is Manner.QUESTION


@pytest.mark.parametrize("text", _each(VAGUE))
def test_a_turn_without_a_subject_is_vague(text: str) -> None:
    assert manner_of(text) is Manner.VAGUE


@pytest.mark.parametrize("text", ["E-203", "AX-1800", "P-104 呢", "iPhone15", "https://example.com/wwwwww1"])
def test_codes_are_not_keys_hit_at_random(text: str) -> None:
    assert manner_of(text) is Manner.QUESTION


@settings(deadline=None)
@given(st.text(max_size=1000), st.booleans())
def test_every_text_has_a_manner(text: str, in_conversation: bool) -> None:
    assert manner_of(text, in_conversation=in_conversation) in Manner


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["你好", "ok", "谢谢", "还是", "不行", "no", "still", "我", "都", " ", "that's", "it"]),
        max_size=40,
    )
)
def test_no_run_of_these_words_makes_the_patterns_slow(words: list[str]) -> None:
    assert manner_of("".join(words), in_conversation=True) in Manner


@pytest.mark.parametrize("text", ["99", "2.", "[1]", "#3", "９９。"])
def test_a_short_number_alone_is_a_place_in_a_list(text: str) -> None:
    assert is_place(text)


@pytest.mark.parametrize("text", ["404", "12306", "E-401", "¥99", "5折", "2+2", "3 days", "9块9", "99%", ""])
def test_codes_prices_and_sums_are_no_place_in_a_list(text: str) -> None:
    assert not is_place(text)
