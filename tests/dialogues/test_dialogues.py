"""Dialogues from beginning to end, through every door, in both languages and both Chinese scripts."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from bots import BOTS, Reply
from scripts import SCRIPTS, Lines

from api.speech.spoken import as_markdown, spoken

if TYPE_CHECKING:
    from bots import Bot
    from conftest import Desk

_PAGE = re.compile(r"(http://[^/]+)/person\?answer=")
DOORS = pytest.mark.parametrize("door", sorted(BOTS))
SCRIPT = pytest.mark.parametrize("lines", SCRIPTS.values(), ids=SCRIPTS.keys())


def bot(desk: Desk, door: str, person: str | None = None) -> Bot:
    return BOTS[door](desk.url, desk.key, person)


def words_of(reply: Reply) -> str:
    """What is said, which is the same wherever a door says anything."""
    said = as_markdown(spoken(reply.document))
    for page in _PAGE.findall(reply.text or ""):  # where there is no button, the way to a person is a link
        said = as_markdown(spoken(reply.document, page))
    assert reply.text in (None, said)
    return said


def hand_over(desk: Desk, reply: Reply) -> dict[str, Any]:
    """Ask for a person after ``reply``, and read what that person gets."""
    headers = {"Authorization": f"Bearer {desk.key}"}
    wish = {
        "answer_id": reply.document["id"],
        "token": reply.document["feedback_token"],
        "contact": {"name": "Ada", "email": "ada@example.com", "consent": True},
    }
    taken = httpx.post(f"{desk.url}/v1/handoffs", json=wish, headers=headers, timeout=60)
    assert taken.status_code == 202, taken.text
    read = httpx.get(f"{desk.url}/v1/handoffs/{taken.json()['id']}", headers=headers, timeout=60)
    assert read.status_code == 200, read.text
    packet: dict[str, Any] = read.json()
    return packet


@DOORS
@SCRIPT
def test_a_vague_question_is_asked_back_and_the_choice_answered(desk: Desk, door: str, lines: Lines) -> None:
    speaker = bot(desk, door)
    asked_back = speaker.say(lines.vague)
    assert asked_back.document["outcome"] == "clarify"
    options = asked_back.document["options"]
    assert sorted(option["article_id"] for option in options) == [
        f"{lines.lang}/password-router",
        f"{lines.lang}/password-shop",
    ]
    assert all(option["label"] in words_of(asked_back) for option in options)
    wanted = next(option for option in options if option["article_id"].endswith("shop"))
    answered = speaker.choose(wanted)
    assert answered.document["outcome"] == "answered"
    assert [c["article_id"] for c in answered.document["citations"]] == [f"{lines.lang}/password-shop"]
    assert answered.document["conversation_id"] == asked_back.document["conversation_id"]
    assert "[1]" in words_of(answered)


@DOORS
@SCRIPT
def test_an_option_is_chosen_by_its_place(desk: Desk, door: str, lines: Lines) -> None:
    speaker = bot(desk, door)
    options = speaker.say(lines.vague).document["options"]
    answered = speaker.say("the second one" if lines.lang == "en" else "第二个").document
    assert answered["outcome"] == "answered"
    assert answered["citations"][0]["article_id"] == options[1]["article_id"]
    assert answered["gap_id"] is None


@DOORS
@SCRIPT
def test_what_is_not_known_is_recorded_and_a_person_gets_it_all(desk: Desk, door: str, lines: Lines) -> None:
    speaker = bot(desk, door)
    unknown = speaker.say(lines.unknown)
    assert unknown.document["outcome"] == "no_answer"
    assert unknown.document["answer"] is None
    assert lines.recorded in words_of(unknown)
    wished = speaker.say(lines.person)
    assert (wished.document["outcome"], wished.document["reason"]["code"]) == ("handoff", "asked_for_person")
    assert wished.document["handoff"]["offered"] is True
    assert wished.document["handoff"]["accepts"] is True
    packet = hand_over(desk, wished)
    assert [turn["question"] for turn in packet["turns"]] == [lines.unknown, lines.person]
    assert [turn["outcome"] for turn in packet["turns"]] == ["no_answer", "handoff"]
    assert packet["turns"][0]["reason"] == unknown.document["reason"]
    assert packet["conversation_id"] == unknown.document["conversation_id"]
    assert packet["lang"] == lines.lang
    assert packet["contact"]["email"] == "ada@example.com"
    gap = httpx.get(
        f"{desk.url}/v1/gaps/{unknown.document['gap_id']}", headers={"Authorization": f"Bearer {desk.key}"}, timeout=60
    )
    assert lines.unknown in [question["text"] for question in gap.json()["questions"]]


@DOORS
@SCRIPT
def test_who_is_angry_hears_sympathy_and_gets_a_person(desk: Desk, door: str, lines: Lines) -> None:
    speaker = bot(desk, door)
    speaker.say(lines.first)
    angry = speaker.say(lines.angry)
    assert angry.document["outcome"] == "handoff"
    preface = angry.document["preface"]
    assert lines.sorry in preface
    assert words_of(angry).startswith(preface)
    packet = hand_over(desk, angry)
    assert [turn["question"] for turn in packet["turns"]] == [lines.first, lines.angry]
    assert packet["turns"][0]["shown"][0]["article_id"] == f"{lines.lang}/refunds"


@pytest.mark.parametrize(("before", "after"), [("rest", "openai"), ("openai", "mcp"), ("mcp", "rest")])
@SCRIPT
def test_who_changes_the_channel_is_not_asked_again(desk: Desk, before: str, after: str, lines: Lines) -> None:
    person = f"crm-{uuid.uuid4()}"
    first = bot(desk, before, person).say(lines.first)
    second = bot(desk, after, person).say(lines.follow_up)
    assert second.document["conversation_id"] == first.document["conversation_id"]
    assert second.document["outcome"] == "answered"
    assert second.document["citations"][0]["article_id"] == f"{lines.lang}/refunds"
    stranger = bot(desk, after, f"crm-{uuid.uuid4()}").say(lines.follow_up)
    assert stranger.document["conversation_id"] != first.document["conversation_id"]
