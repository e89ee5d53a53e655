"""A policy in the answers themselves: with the real model, through the service that all doors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.composition import OpenService, open_service
from kb.documents import answer_document
from kb.policy.parse import shipped_policy
from kb.settings import Settings
from kb.types import Answer, Outcome, Query, ReasonCode
from tests.conftest import Site

Say = Callable[..., Answer]
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
HOURS = "hours: {zone: Asia/Shanghai, open: {mon-fri: '09:00-18:00'}}\n"


@pytest.fixture
def opened(site: Site) -> Iterator[OpenService]:
    with open_service(Settings(data=site.data, articles=site.articles)) as opened:
        yield opened


@pytest.fixture
def say(opened: OpenService) -> Say:
    """Ask in one conversation."""
    held: list[str] = []

    def ask(text: str) -> Answer:
        answer = opened.service.ask(Query(text, conversation_id=held[-1] if held else None))
        held.append(answer.conversation_id)
        return answer

    return ask


def write(site: Site, source: str) -> None:
    (site.articles / "policy.yaml").write_text(source, encoding="utf-8")


def at(opened: OpenService, moment: datetime) -> None:
    answerer = opened.service.answerer
    answerer.options = replace(answerer.options, now=lambda: moment)


@pytest.mark.parametrize(
    ("text", "preface"),
    [
        ("I want to file a complaint about you", shipped_policy().say["topic"]["en"]),
        ("我要投诉你们的客服", shipped_policy().say["topic"]["zh"]),
        ("我要投訴你們的客服", "很抱歉發生了這樣的事，我們會認真對待。"),
        ("You are all thieves", shipped_policy().say["angry"]["en"]),
    ],
)
def test_what_belongs_to_a_person_goes_to_one(say: Say, text: str, preface: str) -> None:
    answer = say(text)
    assert answer.outcome is Outcome.HANDOFF
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.POLICY
    assert answer.reason.detail.startswith("Rule ")
    assert answer.preface == preface
    assert answer.handoff.offered
    assert answer.handoff.team == "support"
    assert answer.answer is None


def test_who_is_upset_hears_so_before_the_answer_and_is_offered_a_person(say: Say) -> None:
    answer = say("This is ridiculous. How long does a refund to my credit card take?")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.preface == shipped_policy().say["frustrated"]["en"]
    assert answer.handoff.offered
    again = say("I am fed up. How long does a refund to my credit card take?")
    assert again.preface == shipped_policy().say["again"]["en"]
    calm = say("How long does a refund to my credit card take?")
    assert not calm.preface


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("I am so angry", "en"),
        ("this is the third time I ask", "en"),
        ("That does not help at all, you are useless", "en"),
        ("我很生气", "zh"),
        ("这是第三次问了还没解决", "zh"),
        ("我真的太失望了", "zh"),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_who_is_upset_and_asks_nothing_gets_a_person_and_no_article(
    say: Say, text: str, lang: str, later: bool
) -> None:
    if later:
        say("How long does a refund to my credit card take?")
    answer = say(text)
    assert (answer.outcome, answer.question_lang) == (Outcome.HANDOFF, lang)
    assert answer.preface
    assert not answer.suggestions
    assert not answer.options
    assert answer.gap_id is None
    assert answer.confidence.score == 0


def test_an_operator_may_only_offer_a_person_to_who_is_upset(site: Site, say: Say) -> None:
    write(site, "moods: {frustrated: {do: offer}}\n")
    assert say("I am so angry").outcome is not Outcome.HANDOFF


def test_after_three_questions_without_an_answer_a_person_takes_over(say: Say, opened: OpenService) -> None:
    unknown = ["Do you sell bicycles?", "Do you sell sailing boats?", "Do you sell hot air balloons?"]
    answers = [say(question) for question in unknown]
    assert [answer.outcome for answer in answers] == [Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.HANDOFF]
    assert "repeated_failure" in (answers[2].reason.detail if answers[2].reason else "")
    assert answers[2].preface == shipped_policy().say["failed"]["en"]
    assert answers[2].gap_id is not None  # what is missing stays known
    assert opened.records.get_gap(answers[2].gap_id).summary.label == unknown[2]


def test_who_is_upset_waits_for_two_only(say: Say) -> None:
    say("Do you sell bicycles? This is ridiculous")
    assert say("Do you sell sailing boats?").outcome is Outcome.HANDOFF


def test_an_answer_ends_the_count(say: Say) -> None:
    for question in ("Do you sell bicycles?", "Do you sell sailing boats?", "how do I reset the router password"):
        say(question)
    assert say("Do you sell hot air balloons?").outcome is Outcome.NO_ANSWER


def test_a_topic_that_needs_a_person_opens_no_gap(say: Say) -> None:
    assert say("I want to file a complaint about you").gap_id is None


def test_who_only_asks_about_a_topic_gets_the_article_and_the_offer(site: Site, say: Say) -> None:
    write(site, "topics: {refunds: {phrases: {en: [refund ... card]}, do: handoff}}\n")
    asked = say("How long does a refund to my credit card take?")
    assert (asked.outcome, asked.handoff.offered) == (Outcome.ANSWERED, True)
    assert say("Give me the refund to my credit card").outcome is Outcome.HANDOFF
    write(site, "topics: {refunds: {phrases: {en: [refund ... card]}, do: handoff, asked: handoff}}\n")
    assert say("How long does a refund to my credit card take?").outcome is Outcome.HANDOFF


def test_outside_hours_the_offer_says_when_somebody_is_back(site: Site, say: Say, opened: OpenService) -> None:
    write(site, HOURS)
    at(opened, SUNDAY)
    person = say("转人工").handoff
    assert (person.open, person.opens_at) == (False, datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert "11月23日（周一）09:00（Asia/Shanghai）" in person.message
    at(opened, datetime(2026, 11, 23, 2, tzinfo=UTC))
    person = say("talk to a human").handoff
    assert (person.open, person.opens_at, person.message) == (True, None, "")


def test_the_document_of_an_answer_carries_all_of_it(site: Site, say: Say, opened: OpenService) -> None:
    write(site, HOURS + "teams: {safe: {channels: [mail]}}\ntopics: {security: {team: safe}}\n")
    at(opened, SUNDAY)
    document = answer_document(say("My account was hacked"))
    person = document["handoff"]
    assert (person["team"], person["urgency"], person["open"]) == ("safe", "high", False)
    assert person["opens_at"] == "2026-11-23T01:00:00Z"
    assert document["preface"] == shipped_policy().topics["security"].preface["en"]


def test_a_person_who_was_asked_for_is_never_refused(site: Site, say: Say) -> None:
    write(site, "topics: {person: {phrases: {en: [agent, human]}, do: offer, asked: offer}}\nmoods: {angry: off}\n")
    for wish in ("agent", "talk to a human", "人工", "转人工", "真人"):
        answer = say(wish)
        assert answer.reason is not None
        assert (answer.outcome, answer.reason.code) == (Outcome.HANDOFF, ReasonCode.ASKED_FOR_PERSON)


def test_an_operators_word_for_a_person_works_like_the_built_in_ones(site: Site, say: Say) -> None:
    write(site, "person: {en: [concierge]}\n")
    answer = say("the concierge please")
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.ASKED_FOR_PERSON


def test_an_explanation_names_the_rule(opened: OpenService) -> None:
    found = opened.service.explain(Query("I want to file a complaint about you"))
    assert found.reason is not None
    assert (found.outcome, "complaint" in found.reason.detail) == (Outcome.HANDOFF, True)
