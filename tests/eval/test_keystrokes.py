"""What the measurement of search as you type types, and what it counts."""

from __future__ import annotations

import pytest
from rapidfuzz.distance import OSA

from eval.bench.keystrokes import (
    Aim,
    aims_in_other_words,
    aims_of,
    plain_search,
    some,
    telling_part,
    typed_so_far,
    with_error,
)
from eval.bench.typeahead import _shares, quality_table
from eval.datasets import Gold, Question
from kb.types import Article


def article(name: str, title: str, *questions: str, audience: str = "public") -> Article:
    facts = {"path": f"{name}.md", "text": "", "body_start": 0, "content_hash": "", "lang": "en", "title": title}
    return Article(id=name, questions=questions, audience=(audience,), **facts)  # type: ignore[arg-type]


ARTICLES = {
    one.id: one
    for one in (
        article("a", "Reset a password", "I forgot it"),
        article("b", "Wi-Fi and the reset"),
        article("c", "Reset a Password"),
        article("d", "For agents", audience="agent"),
    )
}


def test_a_text_that_several_articles_have_may_lead_to_any_of_them() -> None:
    aims = {aim.text: aim.article_ids for aim in aims_of(ARTICLES)}
    assert aims == {"reset a password": {"a", "c"}, "wi-fi and the reset": {"b"}}
    assert [aim.text for aim in aims_of(ARTICLES, phrasings=True)] == ["i forgot it"]


def test_other_words_are_earlier_titles_and_links() -> None:
    def question(kind: str, file: str = "questions") -> Question:
        gold = (Gold("a", "", ""),)
        return Question(kind, "set", file, "zh-TW", "舊標題", True, gold, (), kind, "article", "g")

    kinds = [question("old-title"), question("link-text"), question("span"), question("old-title", "questions-xling")]
    assert aims_in_other_words(kinds) == [Aim("旧标题", "zh", frozenset({"a"}))]


@pytest.mark.parametrize(
    ("text", "lang", "telling"),
    [
        ("how do I reset it", "en", "reset it"),
        ("what is this", "en", "what is this"),
        ("怎么开发票", "zh", "开发票"),
        ("退款多久", "zh", "退款多久"),
    ],
)
def test_the_telling_part_begins_at_the_first_word_that_is_no_frame(text: str, lang: str, telling: str) -> None:
    assert telling_part(text, lang) == telling  # type: ignore[arg-type]


def test_what_is_typed_is_shorter_than_the_text_or_all_of_it() -> None:
    assert [typed_so_far("reset it", k) for k in (3, 6, 8, "whole")] == ["res", "reset", None, "reset it"]


@pytest.mark.parametrize("text", ["reset a password", "download an invoice", "conditional access policies", "ssssss"])
def test_one_wrong_key_is_one_edit_and_always_the_same(text: str) -> None:
    wrong = with_error(text)
    assert wrong is None or (wrong == with_error(text) and OSA.distance(wrong, text) == 1)
    assert with_error("a few 退款") is None


def test_the_plain_service_finds_titles_with_the_text_beginnings_first() -> None:
    assert list(plain_search(ARTICLES, "RESET")) == ["a", "c", "b"]
    assert list(plain_search(ARTICLES, "forgot")) == []


def test_shares_count_the_texts_that_are_long_enough() -> None:
    aims = some([Aim("abcdef", "en", frozenset({"a"})), Aim("ab", "en", frozenset({"b"}))], 5)
    shares = _shares(aims, lambda typed: ["a"], lambda typed: [], telling=False)
    assert shares["n"] == 2
    assert (shares["1"], shares["3"], shares["whole"], shares["whole plain"]) == (0.5, 1.0, 0.5, 0.0)
    assert "8" not in shares
    table = quality_table({"set": {"en titles": shares}})
    assert [next(iter(column.cells)) for column in table.columns][:4] == ["set", "en titles", "2", "0.50 (0.00)"]
