"""Searching the articles of the other language: by translated words where there are no vectors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.answer.find import Findings, find, prefer
from kb.answer.question import understand
from kb.index.snapshot import Snapshot
from kb.types import Filters, Lang

EN: Lang = "en"
ZH: Lang = "zh"


def search(snapshot: Snapshot, text: str, written: Lang) -> list[str]:
    found = find(
        snapshot, understand(text), None, skill={}, written=written, filters=Filters(), today=date(2026, 11, 1)
    )
    assert all(hit.article.lang == written for hit in found.hits)
    assert all(0.0 <= hit.score <= 1.0 for hit in found.hits)
    assert found.regime == ("other" if understand(text).lang != written else "lexical")
    return [hit.article.id for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "written", "article"),
    [
        ("退款要多久才能到账？", "en", "en/billing/refunds"),
        ("怎么下载发票", "en", "en/billing/invoices"),
        ("two-step verification with a new phone", "zh", "zh/devices/two-step"),
        ("How do I get a refund?", "zh", "zh/billing/refunds"),
    ],
)
def test_a_question_finds_the_article_of_the_other_language(
    snapshot: Snapshot, text: str, written: Lang, article: str
) -> None:
    assert search(snapshot, text, written)[0] == article


def test_the_own_language_is_searched_by_its_own_words(snapshot: Snapshot) -> None:
    assert search(snapshot, "How long does a refund take?", "en")[0] == "en/billing/refunds"


def test_a_word_without_translation_finds_nothing(snapshot: Snapshot) -> None:
    assert search(snapshot, "魑魅魍魉", "en") == []


def found(snapshot: Snapshot, text: str, written: Lang, score: float) -> Findings:
    findings = find(
        snapshot, understand(text), None, skill={}, written=written, filters=Filters(), today=date(2026, 11, 1)
    )
    return replace(findings, score=score)


def test_what_the_other_language_finds_is_read_in_the_language_of_the_question(snapshot: Snapshot) -> None:
    own, other = (found(snapshot, "退款要多久才能到账？", written, s) for written, s in ((ZH, 0.3), (EN, 0.95)))
    shuffled = replace(own, hits=own.hits[::-1])
    chosen = prefer(shuffled, other, bar=0.8)
    assert (chosen.lang, chosen.hits[0].article.id, chosen.score) == ("zh", "zh/billing/refunds", 0.95)
    assert {hit.row for hit in chosen.hits} == {hit.row for hit in own.hits}


def test_the_other_language_is_read_where_there_is_no_translation(snapshot: Snapshot) -> None:
    own, other = (found(snapshot, "退款要多久才能到账？", written, s) for written, s in ((ZH, 0.3), (EN, 0.95)))
    elsewhere = found(snapshot, "两步验证", ZH, 0.3)
    assert elsewhere.hits
    assert all(hit.article.id != "zh/billing/refunds" for hit in elsewhere.hits)
    assert prefer(elsewhere, other, bar=0.8) == other
    assert prefer(replace(elsewhere, hits=()), other, bar=0.8) == other
    assert prefer(elsewhere, replace(other, score=0.4), bar=0.8) == elsewhere
    assert prefer(replace(own, score=0.85), other, bar=0.8).hits == own.hits
