"""Questions about the visitor's own data, and what they make of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.answer.account import AccountQuestion, account_question, account_question_in_context
from kb.answer.compose import Place
from kb.answer.decide import Decision
from kb.answer.question import understand
from kb.answer.replies import about_own_data, not_twice
from kb.index.snapshot import Snapshot
from kb.types import Confidence, Option, Outcome, ReasonCode


@pytest.mark.parametrize(
    "text",
    [
        "where is MY order 123",
        "Where is my order LTN-2611080042?",
        "what is the status of order #88213",
        "has refund RF-2201 been sent? status please",
        "我的订单 LTN-2611080042 到哪了",
        "帮我查一下订单号 20261108004",
        "快递单号 SF1234567890 怎么还没到",
    ],
)
def test_a_named_case_is_recognised(text: str) -> None:
    assert account_question(text) is AccountQuestion.CASE


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "why was I charged twice",
        "When will my parcel arrive?",
        "I still haven't received my refund",
        "how many points do I have",
        "我的订单到哪了",
        "我的包裹怎么还没到",
        "為什麼扣了我兩次錢",
        "我还有多少积分",
    ],
)
def test_a_question_about_ones_own_things_is_recognised(text: str) -> None:
    assert account_question(text) is AccountQuestion.OWN


@pytest.mark.parametrize(
    "text",
    [
        "how do I see the status of my order",
        "Where can I find my order number?",
        "What do I do if my order 4711 has not arrived?",
        "How long does a refund take?",
        "what does E-203 mean",
        "怎么查看我的订单",
        "订单多久发货",
        "退款多久到账",
        "我的订单怎么取消",
    ],
)
def test_asking_for_the_way_is_not_asking_for_data(text: str) -> None:
    assert account_question(text) is AccountQuestion.NO


@settings(deadline=None)
@given(st.text(max_size=1000))
def test_every_text_is_judged(text: str) -> None:
    assert account_question(text) in AccountQuestion


SURE = Confidence(0.9, "high")
QUESTION = understand("where is my order 123")


@pytest.mark.parametrize("asked", [AccountQuestion.OWN, AccountQuestion.CASE])
@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.SUGGESTED, Outcome.CLARIFY])
def test_what_is_not_answered_is_said_to_need_account_data(asked: AccountQuestion, outcome: Outcome) -> None:
    options = (Option("a#b.0", "A", "a", "b"),) if outcome is Outcome.CLARIFY else ()
    decision = about_own_data(Decision(outcome, None, SURE, options=options), asked, QUESTION)
    assert decision.outcome in {Outcome.NO_ANSWER, Outcome.SUGGESTED}
    assert decision.reason is not None
    assert decision.reason.code is ReasonCode.NEEDS_ACCOUNT_DATA
    assert decision.options == ()
    assert decision.offer_person


def test_an_article_answers_the_general_question_and_never_a_named_case() -> None:
    answered = Decision(Outcome.ANSWERED, None, SURE)
    assert about_own_data(answered, AccountQuestion.OWN, QUESTION).outcome is Outcome.ANSWERED
    assert about_own_data(answered, AccountQuestion.OWN, QUESTION).offer_person
    assert about_own_data(answered, AccountQuestion.CASE, QUESTION).outcome is Outcome.NO_ANSWER
    assert about_own_data(answered, AccountQuestion.NO, QUESTION) is answered


def test_another_case_is_asked_the_same() -> None:
    topic = "where is my order 123"
    assert account_question_in_context("and order 456?", topic) is AccountQuestion.CASE
    assert account_question_in_context("and order 456?", "how do I cancel an order") is AccountQuestion.NO
    assert account_question_in_context("how long does delivery take?", topic) is AccountQuestion.NO


def test_a_named_case_is_shown_only_what_is_about_the_same_thing(snapshot: Snapshot) -> None:
    places = tuple(
        Place(article, passage, passage.span)
        for article in snapshot.articles.values()
        for passage in snapshot.passages
        if passage.article_id == article.id
    )
    answered = Decision(Outcome.ANSWERED, None, SURE, places=places)
    shown = about_own_data(answered, AccountQuestion.CASE, understand("where is my refund 123"))
    assert shown.outcome is Outcome.SUGGESTED
    assert {place.article.id for place in shown.suggestions} == {"en/billing/refunds", "zh/billing/refunds"}
    nothing = about_own_data(answered, AccountQuestion.CASE, understand("where is my parcel 123"))
    assert (nothing.outcome, nothing.suggestions, nothing.places) == (Outcome.NO_ANSWER, (), ())


def test_who_is_asked_for_a_person_is_left_to_it() -> None:
    handoff = Decision(Outcome.HANDOFF, None, SURE)
    assert about_own_data(handoff, AccountQuestion.CASE, QUESTION) is handoff


def test_nobody_is_asked_back_without_anything_to_show() -> None:
    clarify = Decision(Outcome.CLARIFY, None, SURE, options=(Option("a#b.0", "A", "a", "b"),))
    assert not_twice(clarify) is clarify
