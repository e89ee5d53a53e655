"""A draft beside the live index answers as an index of the same articles would, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer import overlay as overlay_module
from indexer.build import BuildReport
from indexer.overlay import DraftArticle, DraftError, Overlay, overlay
from kb.answer.spelling import speller_of
from kb.answering import Answerer, AnswerOptions
from kb.errors import InvalidInputError, NotFoundError
from kb.index.sequences import TermSequences
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot
from kb.text.embedding import open_encoder
from kb.text.tokenize import stem_word
from kb.types import Encoder, Outcome, Query
from tests.conftest import Site

Index = Callable[[Path, Path], BuildReport]

QUESTIONS = (
    "How long does a refund to my credit card take?",
    "how do I reset the router password",
    "When do I get my money back?",
    "Can I pay by invoice?",
    "Do you rent out canoes?",
    "退款到信用卡需要多久到账？",
    "換手機後怎麼重新綁定兩步驗證？",
    "可以租独木舟吗？",
    "pasword of the rooter",
)
CANOES = "---\ntitle: Renting a canoe\nquestions: [Do you rent out canoes?]\n---\n\n# Rent\n\nA canoe costs 30 euros a day.\n"
CANOES_ZH = (
    "---\ntitle: 租独木舟\nlang: zh\n---\n\n# 租金\n\n"
    "独木舟每天三十欧元，押金一百欧元。\n\n## 归还\n\n请在晚上八点前归还。\n"
)
REFUNDS = (
    "---\ntitle: Refunds\n---\n\n# Refunds\n\n"
    "A refund to a credit card takes 12 working days.\n\n## Vouchers\n\nNot refunded.\n"
)


@pytest.fixture(scope="session")
def live(built_site: Site) -> Snapshot:
    return load_snapshot(built_site.data)


@pytest.fixture(scope="session")
def encoder(live: Snapshot, models: Path) -> Encoder:
    return open_encoder(models / live.identity.model_fingerprint)


@pytest.fixture(scope="session")
def answerer(models: Path) -> Answerer:
    return Answerer(AnswerOptions(models, open_encoder))


def _counts(snapshot: Snapshot, row: int) -> dict[str, int]:
    counts = snapshot.counts
    entries = slice(counts.starts[row], counts.starts[row + 1])
    terms = [counts.vocabulary[column] for column in counts.columns[entries]]
    return dict(zip(terms, counts.counts[entries].tolist(), strict=True))


def _terms(snapshot: Snapshot, texts: TermSequences) -> list[list[list[str]]]:
    names = (*snapshot.counts.vocabulary, "")  # the last one is UNKNOWN
    return [[[names[column] for column in text] for text in texts.texts_of(g)] for g in range(texts.groups)]


def _assert_same_index(made: Snapshot, built: Snapshot) -> None:
    assert list(made.articles.values()) == [
        replace(a, extra=made.articles[a.id].extra) for a in built.articles.values()
    ]
    assert [p.id for p in made.passages] == [p.id for p in built.passages]
    assert [_counts(made, row) for row in range(made.counts.rows)] == [
        _counts(built, r) for r in range(built.counts.rows)
    ]
    assert made.lexical.vocabulary.keys() == built.lexical.vocabulary.keys()
    for term in built.lexical.vocabulary:
        np.testing.assert_array_equal(made.article_lexical.postings(term), built.article_lexical.postings(term))
        found, expected = made.article_lexical.scores([term]), built.article_lexical.scores([term])
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert made.lexical.sorted_terms == built.lexical.sorted_terms
    for part in ("passage_texts", "article_texts"):
        assert _terms(made, getattr(made, part)) == _terms(built, getattr(built, part))
    np.testing.assert_allclose(made.vectors, built.vectors, atol=2e-3)
    np.testing.assert_allclose(made.wordings.vectors, built.wordings.vectors, atol=2e-3)
    np.testing.assert_array_equal(made.wordings.article, built.wordings.article)
    np.testing.assert_array_equal(made.wordings.chinese, built.wordings.chinese)


def _assert_same_answers(answerer: Answerer, made: Snapshot, built: Snapshot) -> None:
    for text in QUESTIONS:
        one, other = (answerer.draft(snapshot, Query(text)) for snapshot in (made, built))
        assert [hit.passage.id for hit in one.decision.hits] == [hit.passage.id for hit in other.decision.hits], text
        assert one.answer.outcome is other.answer.outcome, text
        assert [c.quote for c in one.answer.citations] == [c.quote for c in other.answer.citations], text
        assert one.answer.confidence.score == pytest.approx(other.answer.confidence.score, abs=5e-3), text


CHANGES = {
    "a new article": ([DraftArticle(CANOES, "en/sports/canoe")], ()),
    "a new article in the other language": ([DraftArticle(CANOES_ZH, "zh/sports/canoe")], ()),
    "another text of an article": ([DraftArticle(REFUNDS, "en/billing/refunds")], ()),
    "an article taken away": ([], ("en/billing/invoices",)),
    "several at once": (
        [
            DraftArticle(REFUNDS, "en/billing/refunds"),
            DraftArticle(CANOES, "aa/canoe"),
            DraftArticle(CANOES_ZH, "zz/canoe"),
        ],
        ("zh/devices/two-step",),
    ),
    "nothing": ([], ()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_overlay_is_the_index_that_a_build_of_the_same_articles_gives(
    name: str, live: Snapshot, encoder: Encoder, answerer: Answerer, site: Site, index_into: Index
) -> None:
    drafts, removed = CHANGES[name]
    made = overlay(live, drafts, encoder, removed=removed).snapshot
    for draft in drafts:
        file = site.articles / f"{draft.article_id}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(draft.markdown, "utf-8")
    for article_id in removed:
        (site.articles / f"{article_id}.md").unlink()
    index_into(site.articles, site.data)
    built = load_snapshot(site.data)
    _assert_same_index(made, built)
    _assert_same_answers(answerer, made, built)


def test_the_background_of_a_large_index_is_taken_over_and_moves_no_answer(
    live: Snapshot, encoder: Encoder, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [DraftArticle(CANOES, "en/sports/canoe")]
    exact = overlay(live, drafts, encoder).snapshot
    monkeypatch.setattr(overlay_module, "_BACKGROUND_KEPT_FROM", 0)
    quick = overlay(live, drafts, encoder).snapshot
    assert quick.background is live.background
    assert exact.background is not live.background
    for text in QUESTIONS:
        assert answerer.draft(quick, Query(text)).answer.outcome is answerer.draft(exact, Query(text)).answer.outcome


def test_words_of_a_draft_are_known_to_the_speller_and_those_it_takes_away_are_not(
    live: Snapshot, encoder: Encoder
) -> None:
    speller_of(live)
    made = overlay(live, [DraftArticle(CANOES, "en/sports/canoe")], encoder, removed=["en/devices/router"]).snapshot
    assert speller_of in made.memo
    inherited = speller_of(made)
    afresh = speller_of(replace(made))
    assert "canoe" in inherited.passages
    assert "router" not in inherited.passages
    assert afresh.passages.keys() <= inherited.passages.keys()
    other_forms = inherited.passages.keys() - afresh.passages.keys()
    assert all(stem_word(word) in made.lexical.vocabulary for word in other_forms), "another form is still there"
    assert sorted(word for forms in inherited.by_letter.values() for word in forms) == sorted(inherited.passages)


def test_only_what_a_draft_says_anew_is_embedded(live: Snapshot, encoder: Encoder) -> None:
    text = live.articles["en/devices/router"].text
    assert "Hold the reset button" in text
    assert overlay(live, [DraftArticle(text, "en/devices/router")], encoder).embedded == 0
    edited = text.replace("Hold the reset button", "Press the reset button")
    assert overlay(live, [DraftArticle(edited, "en/devices/router")], encoder).embedded == 1


def test_the_live_index_is_left_as_it_is(
    live: Snapshot, encoder: Encoder, answerer: Answerer, built_site: Site
) -> None:
    files = {path: path.stat().st_mtime_ns for path in sorted(built_site.data.rglob("*")) if "models" not in path.parts}
    vectors, articles = live.vectors.copy(), dict(live.articles)
    before = [answerer.draft(live, Query(text)).answer.answer for text in QUESTIONS]
    made = overlay(live, [DraftArticle(REFUNDS, "en/billing/refunds")], encoder, removed=["zh/devices/two-step"])
    for text in QUESTIONS:
        answerer.draft(made.snapshot, Query(text))
    assert [answerer.draft(live, Query(text)).answer.answer for text in QUESTIONS] == before
    assert dict(live.articles) == articles
    np.testing.assert_array_equal(live.vectors, vectors)
    after = {path: path.stat().st_mtime_ns for path in sorted(built_site.data.rglob("*")) if "models" not in path.parts}
    assert after == files


@pytest.mark.parametrize(
    ("markdown", "line", "word"),
    [
        ("---\ntitle: Canoes\nlang: en\n  tags: x\n---\nText.\n", 4, "colon"),
        ("---\ntitle: ok\nvalid_from: someday\n---\ntext\n", 3, "valid_from"),
        ("---\ntitle: never closed\n", 1, "closed"),
        ("No title anywhere.\n", 1, "title"),
        ("# Title\n\nlone \ud800 surrogate\n", 3, "UTF-8"),
    ],
)
def test_a_broken_draft_names_its_line_and_the_reason(
    live: Snapshot, encoder: Encoder, markdown: str, line: int, word: str
) -> None:
    with pytest.raises(DraftError) as caught:
        overlay(live, [DraftArticle(markdown, "en/canoe")], encoder)
    assert caught.value.line == line
    assert f"line {line}" in caught.value.detail
    assert word in caught.value.detail
    assert caught.value.pointer == "/article_markdown"


@pytest.mark.parametrize(
    ("markdown", "given", "expected"),
    [
        (CANOES, "", "draft"),
        ("---\nid: en/canoe\ntitle: Canoe\n---\nText.\n", "", "en/canoe"),
        ("---\nslug: /canoe/\ntitle: Canoe\n---\nText.\n", "", "canoe"),
        ("---\nslug: https://example.com/canoe\ntitle: Canoe\n---\nText.\n", "", "draft"),
        ("---\nid: 7\ntitle: Canoe\n---\nText.\n", "en/other.md", "en/other"),
        (CANOES, "EN/Billing/Refunds", "en/billing/refunds"),
    ],
)
def test_a_draft_without_an_id_gets_the_one_it_says_or_a_free_one(
    live: Snapshot, encoder: Encoder, markdown: str, given: str, expected: str
) -> None:
    made = overlay(live, [DraftArticle(markdown, given)], encoder)
    assert made.article_ids == (expected,)
    assert expected in made.snapshot.articles


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "a//b", "a\\b", "x" * 501, "a\tb", ".md"])
def test_what_is_no_path_below_the_folder_is_no_id(live: Snapshot, encoder: Encoder, name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        overlay(live, [DraftArticle(CANOES, name)], encoder)
    assert caught.value.pointer == "/article_id"


def test_an_unknown_article_cannot_be_taken_away(live: Snapshot, encoder: Encoder) -> None:
    with pytest.raises(NotFoundError):
        overlay(live, [], encoder, removed=["en/nothing"])


def test_two_drafts_of_one_article_are_refused(live: Snapshot, encoder: Encoder) -> None:
    with pytest.raises(InvalidInputError):
        overlay(live, [DraftArticle(CANOES, "a"), DraftArticle(REFUNDS, "A")], encoder)


def test_a_draft_that_is_marked_as_one_is_tried_all_the_same(
    live: Snapshot, encoder: Encoder, answerer: Answerer
) -> None:
    made = overlay(live, [DraftArticle(CANOES.replace("title:", "draft: true\ntitle:"), "en/canoe")], encoder)
    assert not made.problems
    answer = answerer.draft(made.snapshot, Query("Do you rent out canoes?")).answer
    assert answer.outcome is Outcome.ANSWERED
    assert {c.article_id for c in answer.citations} == {"en/canoe"}


def test_all_articles_may_be_taken_away(live: Snapshot, encoder: Encoder, answerer: Answerer) -> None:
    made: Overlay = overlay(live, [], encoder, removed=list(live.articles))
    assert answerer.draft(made.snapshot, Query("How long does a refund take?")).answer.outcome is Outcome.NO_ANSWER
