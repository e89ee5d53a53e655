"""A conversation that its caller keeps: the messages of a chat program mean what a stored conversation means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.composition import OpenService, open_service
from kb.earlier import Before, Earlier
from kb.settings import Settings
from kb.types import Option, Outcome, Query, ReasonCode
from tests.conftest import Site

CONVERSATIONS = [
    ("退款到信用卡需要多久到账？", "银行转账呢？"),
    ("How long does a refund to my credit card take?", "and by bank transfer?"),
    ("how do I reset the router password", "still not working"),
    ("Do you sell electric bicycles?", "talk to a human"),
]


@pytest.fixture
def opened(site: Site) -> Iterator[OpenService]:
    with open_service(Settings(data=site.data)) as opened:
        yield opened


@pytest.mark.parametrize(("first", "then"), CONVERSATIONS)
def test_messages_lead_to_the_answer_of_a_stored_conversation(opened: OpenService, first: str, then: str) -> None:
    begun = opened.service.ask(Query(first))
    stored = opened.service.ask(Query(then, conversation_id=begun.conversation_id))
    told = opened.service.ask(Query(then, earlier=(first,)))
    for name in ("outcome", "reason", "citations", "confidence", "gap_id", "handoff"):
        assert getattr(told, name) == getattr(stored, name), name


def test_the_next_message_goes_on_in_the_conversation_that_was_written_down(opened: OpenService) -> None:
    first = opened.service.ask(Query("退款到信用卡需要多久到账？", visitor="a", earlier=()))
    second = opened.service.ask(Query("银行转账呢？", visitor="a", earlier=("退款到信用卡需要多久到账？",)))
    assert second.conversation_id == first.conversation_id
    assert [turn.question for turn in opened.records.turns(first.conversation_id)] == [
        "退款到信用卡需要多久到账？",
        "银行转账呢？",
    ]


@pytest.mark.parametrize("other", [{"visitor": "b"}, {"visitor": "a", "channel": "chat"}])
def test_nobody_goes_on_in_the_conversation_of_somebody_else(opened: OpenService, other: dict[str, str]) -> None:
    first = opened.service.ask(Query("How long does a refund take?", visitor="a", earlier=()))
    follow_up = Query("and by bank transfer?", earlier=("How long does a refund take?",))
    assert opened.service.ask(replace(follow_up, **other)).conversation_id != first.conversation_id


def test_two_people_behind_one_key_who_begin_alike_are_kept_apart(opened: OpenService) -> None:
    asked = "How long does a refund take?"
    for _ in range(2):
        opened.service.ask(Query(asked, visitor="shared", earlier=()))
    one = opened.service.ask(Query("and by bank transfer?", visitor="shared", earlier=(asked,)))
    two = opened.service.ask(Query("and to a credit card?", visitor="shared", earlier=(asked,)))
    assert one.conversation_id != two.conversation_id


def test_earlier_messages_are_drafted_once_and_leave_no_record(
    opened: OpenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted: list[str] = []
    draft = opened.service.answerer.draft

    def counted(*given: object, **more: object) -> object:
        drafted.append(given[1].question)  # type: ignore[attr-defined]
        return draft(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(opened.service.answerer, "draft", counted)
    earlier = ("Do you sell bicycles?", "How long does a refund take?")
    opened.service.ask(Query("and by bank transfer?", earlier=earlier))
    opened.records.flush()
    assert opened.records.list_gaps().gaps == ()
    assert drafted == [*earlier, "and by bank transfer?"]
    drafted.clear()
    opened.service.ask(Query("and to a card?", earlier=(*earlier, "and by bank transfer?")))
    assert drafted == ["and to a card?"]


def test_only_the_last_messages_of_a_long_conversation_are_drafted(opened: OpenService) -> None:
    earlier = tuple(f"Do you sell bicycle number {n}?" for n in range(200))
    answer = opened.service.ask(Query("How long does a refund take?", earlier=earlier))
    assert answer.outcome is Outcome.ANSWERED


def test_a_stored_conversation_that_is_named_goes_before_messages(opened: OpenService) -> None:
    first = opened.service.ask(Query("退款到信用卡需要多久到账？"))
    told = Query("银行转账呢？", conversation_id=first.conversation_id, earlier=("两步验证",))
    assert opened.service.ask(told).citations[0].article_id == "zh/billing/refunds"


def test_messages_count_in_a_conversation_that_nobody_has_stored(opened: OpenService) -> None:
    told = Query("银行转账呢？", conversation_id="cnv_ours", earlier=("退款到信用卡需要多久到账？",))
    answer = opened.service.ask(told)
    assert answer.citations[0].article_id == "zh/billing/refunds"
    assert answer.conversation_id == "cnv_ours"


def test_a_person_who_changes_to_a_chat_program_is_not_asked_again(opened: OpenService) -> None:
    opened.service.ask(Query("退款到信用卡需要多久到账？", person_ref="customer-7"))
    answer = opened.service.ask(Query("银行转账呢？", person_ref="customer-7", earlier=()))
    assert answer.citations[0].article_id == "zh/billing/refunds"


def test_what_was_said_before_is_masked_where_it_becomes_a_need(opened: OpenService) -> None:
    earlier = ("My mail is jo@example.com, do you sell bicycles?",)
    answer = opened.service.ask(Query("talk to a human", earlier=earlier))
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.ASKED_FOR_PERSON
    assert answer.gap_id is not None
    assert "jo@example.com" not in opened.records.get_gap(answer.gap_id).summary.label


@pytest.mark.parametrize("message", ["", "   ", "x" * 5000, "\ud800", "!!!"])
def test_strange_earlier_messages_do_no_harm(opened: OpenService, message: str) -> None:
    answer = opened.service.ask(Query("How long does a refund take?", earlier=(message,)))
    assert answer.outcome is Outcome.ANSWERED


def test_a_choice_may_be_sent_as_its_label(opened: OpenService) -> None:
    snapshot, asked = opened.live.current(), Query("refund?", earlier=())
    passage = next(p for p in snapshot.passages if p.article_id == "en/billing/refunds" and "card" in p.plain)
    option = Option(passage.id, "By credit card", passage.article_id, passage.anchor)
    said = replace(opened.service.ask(asked), outcome=Outcome.CLARIFY, options=(option,))
    earlier = Earlier(lambda *_: said)
    for told in (earlier, Earlier(lambda *_: said)):
        earlier.remember(snapshot, asked, said)
        before = told.before(snapshot, Query("BY CREDIT card ", earlier=("refund?",)))
        assert before.chosen(" BY CREDIT card") == option.id
        assert before.chosen("by bank") is None
        assert [turn.outcome for turn in before.turns] == [Outcome.CLARIFY]


def test_a_chosen_label_is_answered_from_its_place(opened: OpenService, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = next(
        p for p in opened.live.current().passages if p.article_id == "en/billing/refunds" and "card" in p.plain
    )
    monkeypatch.setattr(Before, "chosen", lambda before, words: passage.id)
    chosen = opened.service.ask(Query("By bank transfer", earlier=("refund?",)))
    assert chosen.outcome is Outcome.ANSWERED
    assert chosen.citations[0].passage_id == passage.id
