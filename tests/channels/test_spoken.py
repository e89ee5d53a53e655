"""What is said for every outcome and reason, in the visitor's language and script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from channel_answers import REASONS, document, place

from api.speech.spoken import as_markdown, as_text, spoken, with_marks, words

ROOT = Path(__file__).parents[2]
OUTCOMES = ("answered", "suggested", "clarify", "no_answer", "handoff")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("reason", [None, *REASONS])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_everything_has_words(outcome: str, reason: str | None, lang: str) -> None:
    said = spoken(document(outcome, lang, reason=reason and {"code": reason, "detail": ""}))
    assert said.text.strip()
    assert said.markdown.strip()
    assert as_text(said).strip()
    if outcome != "answered":
        assert any(said.text.startswith(text) for text in words(lang).values())  # type: ignore[arg-type]


def test_both_tables_have_the_same_keys_and_all_are_used() -> None:
    english, chinese = words("en"), words("zh")
    assert english.keys() == chinese.keys()
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("speech", "channels", "inbound", "routes")
        for path in (ROOT / "api" / folder).rglob("*.py")
    )
    assert [
        key for key in english if f'"{key}"' not in source and f"'{key}'" not in source and "foreign" not in key
    ] == []


def test_the_tables_say_the_same_as_the_pages() -> None:
    pages: dict[str, dict[str, str]] = {}
    for lang in ("en", "zh"):
        folder = ROOT / "api" / "pages" / "strings"
        pages[lang] = json.loads((folder / f"answer.{lang}.json").read_text(encoding="utf-8"))
        pages[lang] |= json.loads((folder / f"{lang}.json").read_text(encoding="utf-8"))
    for lang in ("en", "zh"):
        says, page = words(lang), pages[lang]  # type: ignore[arg-type]
        assert says["handoff"] == page["answer.handoff_lead"]
        assert says["stale"].lower() == page["answer.stale"].lower()


@pytest.mark.parametrize(
    ("question", "has"),
    [("退款多久到帳，怎麼辦？", "沒有答案"), ("退款多久到账，怎么办？", "没有答案")],
)
def test_our_words_are_in_the_visitors_script(question: str, has: str) -> None:
    answer = document("no_answer", "zh", question={"text": question, "lang": "zh", "redactions": 0})
    said = spoken(answer)
    assert has in said.text
    assert said.nearest[0].title == spoken(document("no_answer", "zh")).nearest[0].title
    assert said.nearest[0].quote == place(1, "zh")["quote"]


def test_quotes_stay_as_the_article_has_them() -> None:
    answer = document("answered", "zh", question={"text": "退款多久到帳？", "lang": "zh", "redactions": 0})
    said = spoken(answer)
    assert "退款一般在 3 到 5 天内到账。 [1]" in said.text
    assert said.says["talk"] == "轉人工"


@pytest.mark.parametrize(("question", "lang"), [("thanks a lot", "en"), ("谢谢", "zh"), ("hello", "en")])
def test_small_talk_is_no_question_that_was_not_understood(question: str, lang: str) -> None:
    asked = {"text": question, "lang": lang, "redactions": 0}
    reason = {"code": "unclear_question", "detail": ""}
    said = spoken(document("no_answer", lang, question=asked, reason=reason, suggestions=[], gap_id=None))
    assert said.text == words(lang)["small_talk"]  # type: ignore[arg-type]
    said = spoken(document("no_answer", lang, reason=reason, suggestions=[], gap_id=None))
    assert said.text == words(lang)["unclear"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ({"message": "Our team is back at 9."}, "Our team is back at 9."),
        (
            {"message": "Back at 9.", "contact_url": "https://x.example/chat"},
            "Back at 9.\nTalk to a person: https://x.example/chat",
        ),
        ({"contact_url": "tel:+123"}, "Talk to a person: tel:+123"),
        ({"channels": ["phone", "chat"]}, "You can reach a person here: phone, chat."),
        ({}, words("en")["person_none"]),
        ({"offered": False, "message": "x"}, ""),
    ],
)
def test_the_way_to_a_person(person: dict[str, Any], says: str) -> None:
    offer = {"offered": True, "channels": [], "message": "", "contact_url": None, "accepts": False} | person
    assert spoken(document("handoff", handoff=offer)).person == says


def test_asking_for_a_person_is_answered_otherwise_than_being_sent_to_one() -> None:
    asked = spoken(document("handoff")).text
    sent = spoken(document("handoff", reason={"code": "policy", "detail": ""})).text
    assert asked == words("en")["asked_for_person"]
    assert sent == words("en")["handoff"]


def test_notes_say_what_to_know_before_relying_on_a_source() -> None:
    answer = document("suggested", "en", suggestions=[place(1, "en") | {"lang": "zh", "stale": True}])
    assert spoken(answer).nearest[0].note == "in Chinese only, review overdue"


def test_marks_stand_behind_what_they_support() -> None:
    citations = [
        {"n": 1, "answer_spans": [{"start": 0, "end": 3}]},
        {"n": 2, "answer_spans": [{"start": 0, "end": 3}, {"start": 4, "end": 7}]},
    ]
    assert with_marks("One Two.", citations) == "One [1] [2] Two [2]."


def test_nothing_in_markdown_ends_a_link_early() -> None:
    answer = document("suggested", suggestions=[place(1, "en") | {"heading_path": ["a](https://evil.example) [b"]}])
    line = as_markdown(spoken(answer)).split("\n\n")[1]
    assert line.startswith("[1] [a\\](https://evil.example) \\[b](https://help.example.com/")
    assert line.endswith("Refunds%20%28reach%29,days.)")


def test_nothing_is_asked_of_a_person_who_was_not_offered() -> None:
    said = spoken(document("answered"))
    assert said.person == ""
    assert as_text(said).endswith("Refund form: /refund/new")
