"""The evidence behind a confidence: on known scales, the same each time, and compared with the index's own background."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer.confidence import estimate
from kb.answer.confidence_features import DIRECTIONS, FEATURES
from kb.answer.find import Findings, find
from kb.answer.question import understand
from kb.answer.reason import TOPIC_FEATURES, off_topic_probability, unanswered_reason
from kb.index.background import Background, measure_background
from kb.types import Filters, ReasonCode

if TYPE_CHECKING:
    from kb.index.snapshot import Snapshot


def found(snapshot: Snapshot, text: str, hidden: frozenset[str] | None = None) -> Findings:
    return find(
        snapshot,
        understand(text),
        None,
        skill={},
        written="en",
        filters=Filters(),
        today=date(2026, 11, 22),
        hidden=hidden,
    )


@pytest.mark.parametrize(
    "text", ["What does error E-203 mean?", "refund", "How do I contact the pope?", "E-204 E-205 7"]
)
def test_values_are_known_features_on_known_scales(snapshot: Snapshot, text: str) -> None:
    values = found(snapshot, text).features
    assert values == found(snapshot, text).features
    assert values.keys() <= {*FEATURES, "known_wording"}
    for name in values.keys() - {"terms", "margin"}:
        assert -1.0 <= values[name] <= 2.0, name


def test_a_code_that_is_not_there_counts_against_the_passage(snapshot: Snapshot) -> None:
    right, wrong = (found(snapshot, f"What does error {code} mean?").features for code in ("E-203", "E-999"))
    assert (right["code_missing"], wrong["code_missing"]) == (0.0, 1.0)
    assert wrong["unknown"] > right["unknown"] == 0.0
    assert wrong["missing"] > right["missing"]


def test_a_hidden_article_is_not_found_and_its_words_are_not_known(snapshot: Snapshot) -> None:
    text = "What does error E-203 mean on the router?"
    own = found(snapshot, text).hits[0].article.id
    without = found(snapshot, text, frozenset({own}))
    assert own not in {hit.article.id for hit in without.hits}
    assert without.features.get("unknown", 1.0) > 0.0
    assert without.score < found(snapshot, text).score


def test_a_question_is_tried_without_the_shortcut_of_known_phrasings(snapshot: Snapshot) -> None:
    titles = [article.title for article in snapshot.articles.values() if article.lang == "en"]
    assert any("known_wording" in found(snapshot, title).features for title in titles)
    assert not any("known_wording" in found(snapshot, title, frozenset()).features for title in titles)


def test_nothing_found_has_no_features_and_no_chance() -> None:
    assert estimate({}, "hybrid") == 0.0
    assert unanswered_reason({}, "lexical").code is ReasonCode.OFF_TOPIC


@given(st.dictionaries(st.sampled_from(FEATURES), st.floats(-1, 2)), st.sampled_from(["hybrid", "lexical", "other"]))
def test_a_confidence_is_a_probability_and_always_the_same(values: dict[str, float], regime: str) -> None:
    if values:
        assert 0.01 <= estimate(values, regime) <= 0.99  # type: ignore[arg-type]
        assert estimate(values, regime) == estimate(dict(reversed(values.items())), regime)  # type: ignore[arg-type]


def test_the_topic_is_foreign_where_words_and_meaning_are() -> None:
    foreign = {"standout": -1.0, "wording_standout": -1.0, "unknown": 0.8, "coverage": 0.1, "sentence_coverage": 0.1}
    near = {"standout": 0.2, "wording_standout": 0.1, "unknown": 0.0, "coverage": 0.8, "sentence_coverage": 0.6}
    near |= {"rank_score": 0.9}
    assert off_topic_probability(foreign, "hybrid") > 0.5 > off_topic_probability(near, "hybrid")
    assert unanswered_reason(foreign, "hybrid").code is ReasonCode.OFF_TOPIC
    assert unanswered_reason(near, "hybrid").code is ReasonCode.NOT_COVERED
    assert set(TOPIC_FEATURES) <= set(DIRECTIONS)


def test_the_background_is_what_other_articles_give() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((60, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    owner = np.repeat(np.arange(20), 3)
    wordings = vectors[::3]
    measured = measure_background(vectors, owner, wordings, np.arange(20))
    best = [max(float(w @ v) for v, o in zip(vectors, owner, strict=True) if o != i) for i, w in enumerate(wordings)]
    assert measured.passage == pytest.approx(np.mean(best), abs=1e-5)
    assert measured.of_passage(measured.passage) == 0.0
    assert measured.of_wording(1.0) > measured.of_wording(0.5)
    assert measured.of_passage(100.0) == 6.0


@pytest.mark.parametrize("articles", [0, 1, 3])
def test_too_few_articles_say_nothing_about_a_background(articles: int) -> None:
    vectors = np.eye(4, dtype=np.float32)[:articles]
    assert measure_background(vectors, np.arange(articles), vectors, np.arange(articles)) == Background()
