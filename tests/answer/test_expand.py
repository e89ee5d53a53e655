"""Typing errors and synonyms: what a question is searched as."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.answer.expand import Expanded, expand, find_in_any_wording
from kb.answer.find import Findings, find
from kb.answer.question import Question, understand
from kb.answer.spelling import Speller, misspelt
from kb.index.snapshot import Snapshot
from kb.text.synonym_yaml import read_synonyms
from kb.text.synonyms import NO_SYNONYMS, Synonyms
from kb.types import Filters, Lang, Substitution


def table(source: str) -> Synonyms:
    synonyms, problems = read_synonyms(source.encode())
    assert synonyms is not None, problems
    return synonyms


def ask(snapshot: Snapshot, text: str, synonyms: Synonyms, written: Lang) -> Findings:
    def search(question: Question) -> Findings:
        return find(snapshot, question, None, skill={}, written=written, filters=Filters(), today=date(2026, 11, 1))

    return find_in_any_wording(expand(understand(text), snapshot, synonyms), snapshot, written, search)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("refnud", "refund"),
        ("how long does a reufnd take", "refund"),
        ("怎么重置rotuer", "router"),
        ("satrts", "starts"),  # the stem of a typing error is not the error in a stem
    ],
)
def test_an_unknown_word_is_read_as_the_word_of_an_article(snapshot: Snapshot, text: str, meant: str) -> None:
    assert [s.meant for s in misspelt(text, snapshot)] == [meant]
    assert meant in expand(understand(text), snapshot, NO_SYNONYMS).question.text


@pytest.mark.parametrize(
    "text",
    [
        "refund",  # some article has it
        "mortgage and vegetarian",  # English words that no article has
        "refnd-x kb_refnud refnud@example.com refnud2",  # parts of names
        "rfd",
        "退款",
        "",
    ],
)
def test_other_words_stay_as_they_are(snapshot: Snapshot, text: str) -> None:
    assert not misspelt(text, snapshot)


def test_a_short_word_is_corrected_only_where_one_word_is_near() -> None:
    speller = Speller({"w": ["waited", "wait", "want"]}, {"waited": 1, "wait": 2, "want": 3}, {})
    assert speller.nearest("waxt") is None
    assert speller.nearest("watn") == "want"
    assert speller.nearest("waitde") == "waited"


def test_a_private_word_is_no_typing_error(snapshot: Snapshot) -> None:
    asked = expand(understand("my refundo"), snapshot, table("- {from: refundo, to: 退款}"))
    assert not asked.corrections
    assert [use.said for use in asked.uses] == ["refundo"]


def test_the_question_remembers_how_it_was_asked(snapshot: Snapshot) -> None:
    asked = expand(understand("refnud when"), snapshot, NO_SYNONYMS)
    assert asked == Expanded(
        understand("refund when"), "refnud when", (Substitution("refnud", "refund", "spelling"),), ()
    )


def test_a_single_character_stands_for_the_words_that_articles_have_with_it(snapshot: Snapshot) -> None:
    asked = expand(understand("怎么退"), snapshot, NO_SYNONYMS)
    assert asked.guessed
    assert "退款" in asked.question.content
    found = ask(snapshot, "退", NO_SYNONYMS, "zh")
    assert found.hits[0].article.id == "zh/billing/refunds"
    assert 0.0 < found.score <= 0.5


@pytest.mark.parametrize("text", ["猫", "退款", "x", "", "退 refund"])
def test_other_questions_are_not_completed(snapshot: Snapshot, text: str) -> None:
    asked = expand(understand(text), snapshot, NO_SYNONYMS)
    assert not asked.guessed
    assert asked.question == understand(text)


@pytest.mark.parametrize(("text", "written"), [("blorfing how long", "en"), ("blorfing how long", "zh")])
def test_a_synonym_finds_what_the_words_alone_do_not(snapshot: Snapshot, text: str, written: Lang) -> None:
    without = ask(snapshot, text, NO_SYNONYMS, written)
    found = ask(snapshot, text, table("- [blorfing, refund, 退款]"), written)
    assert found.score > without.score
    assert found.rewording is not None
    assert [s.meant for s in found.rewording.substitutions] == ["refund" if written == "en" else "退款"]
    assert "refund" in found.hits[0].article.id


def test_the_own_wording_decides_when_the_synonym_knows_no_more(snapshot: Snapshot) -> None:
    found = ask(snapshot, "refund", table("- [refund, unheard-of nonsense]"), "en")
    assert found.rewording is None


def test_a_large_group_asks_only_one_other_question(snapshot: Snapshot) -> None:
    searched: list[str] = []
    own = ask(snapshot, "blorf", NO_SYNONYMS, "en")

    def search(question: Question) -> Findings:
        searched.append(question.text)
        return replace(own, hits=())

    group = ", ".join(["blorf", "refund", "router", "days", "password", "invoice", "account"])
    find_in_any_wording(expand(understand("blorf"), snapshot, table(f"- [{group}]")), snapshot, "en", search)
    assert searched[0] == "blorf"
    assert len(searched) == 2


def test_a_sure_answer_asks_no_other_wording(snapshot: Snapshot) -> None:
    searched: list[str] = []
    own = ask(snapshot, "refund", NO_SYNONYMS, "en")

    def search(question: Question) -> Findings:
        searched.append(question.text)
        return replace(own, score=0.97)

    asked = expand(understand("refund"), snapshot, table("- [refund, invoice]"))
    assert find_in_any_wording(asked, snapshot, "en", search).rewording is None
    assert searched == ["refund"]


def test_the_wording_is_asked_that_one_passage_holds_most_of(snapshot: Snapshot) -> None:
    group = table("- [blorf, days, router]")
    found = ask(snapshot, "who may reset a lost blorf password", group, "en")
    assert found.rewording is not None
    assert found.rewording.text == "who may reset a lost router password"
