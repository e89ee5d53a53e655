"""Features say what they are named for, and the order follows from them and from nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from kb.answer.evidence import weigh_terms
from kb.answer.lookup import Lookup, look_up
from kb.answer.question import understand
from kb.answer.rank import REGIMES, Ranker, contributions, load_rankers, standing
from kb.answer.rank_features import FEATURES, Candidates, asked_terms, candidate_features, held_terms
from kb.answer.retrieve import RetrievalParameters, retrieve
from kb.index.sequences import write_sequences
from kb.index.snapshot import Snapshot
from kb.text.sentences import split_sentences
from kb.types import FloatArray, Hit


def _lookup(snapshot: Snapshot, text: str) -> Lookup:
    question = understand(text)
    weights = weigh_terms(question.content, snapshot.lexical.idf_of)
    return look_up(snapshot.lexical, question.searched, weights, question.terms)


def _features(snapshot: Snapshot, text: str, cosines: FloatArray | None = None) -> dict[str, FloatArray]:
    """Features of every passage, in the order of the rows."""
    lookup, size = _lookup(snapshot, text), len(snapshot.passages)
    nothing = np.zeros(size, dtype=np.float32)
    candidates = Candidates(np.arange(size), nothing, nothing if cosines is None else cosines, nothing)
    asked = asked_terms(snapshot, lookup.weights, lookup.terms)
    matrix = candidate_features(snapshot, asked, lookup.searched, candidates)
    assert matrix.shape == (size, len(FEATURES))
    return dict(zip(FEATURES, matrix.T, strict=True))


def _hits(snapshot: Snapshot, text: str, ranker: Ranker | None = None, ranked: int = 20) -> list[Hit]:
    return retrieve(
        snapshot,
        _lookup(snapshot, text),
        snapshot.vectors[3],
        weight=0.4,
        ranker=ranker or load_rankers()["hybrid"],
        parameters=RetrievalParameters(ranked=ranked),
    )


def _only(**weights: float) -> Ranker:
    return Ranker(np.asarray([weights.get(name, 0.0) for name in FEATURES], dtype=np.float32), 0.0)


def test_a_sentence_that_says_all_of_it_is_worth_one(snapshot: Snapshot) -> None:
    row = max(range(len(snapshot.passages)), key=lambda i: len(snapshot.passages[i].plain))
    passage = snapshot.passages[row]
    span = max(split_sentences(passage.plain), key=lambda span: span.end - span.start)
    features = _features(snapshot, passage.plain[span.start : span.end])
    assert features["sentence"][row] == pytest.approx(1.0)
    assert features["sentence"].max() <= 1.0 + 1e-6


def test_a_question_worded_like_a_title_is_titled(snapshot: Snapshot) -> None:
    article = snapshot.articles["en/billing/refunds"]
    features = _features(snapshot, article.title)
    rows = snapshot.rows_of_article[article.id]
    assert set(np.flatnonzero(features["titled"] == features["titled"].max()).tolist()) == set(rows)


def test_codes_and_latin_names_are_told_apart_from_words(snapshot: Snapshot) -> None:
    router = list(snapshot.rows_of_article["en/devices/router"])
    assert _features(snapshot, "error E-203")["codes"][router].max() == 1.0
    assert _features(snapshot, "router error")["codes"].max() == 0.0
    assert _features(snapshot, "router error")["names"].max() == 0.0
    assert _features(snapshot, "重置 router")["names"][router].min() > 0.0


def test_what_is_beside_compares_passages_of_one_article_only(snapshot: Snapshot) -> None:
    cosines = np.random.default_rng(1).random(len(snapshot.passages)).astype(np.float32)
    features = _features(snapshot, "refund by credit card", cosines)
    for rows in snapshot.rows_of_article.values():
        if rows:  # all fused scores are equal here, so the first passage is each article's first candidate
            assert features["meaning_beside"][rows.start] == 0.0
            assert features["sentence_beside"][rows.start] == 0.0


def test_neighbours_count_only_as_neighbours_and_in_order() -> None:
    texts = write_sequences([[[], ["a", "b", "c"]], [[], ["b", "a"], ["c"]], [["c"], ["a"]]], {"a": 0, "b": 1, "c": 2})
    asked = _asked(["a", "b", "c"])
    held = held_terms(texts, np.arange(3), asked, 3)
    assert held.joined.tolist() == [2.0, 0.0, 0.0]
    assert held.held.astype(int).tolist() == [
        *([0, 0, 0], [1, 1, 1]),
        *([0, 0, 0], [1, 1, 0], [0, 0, 1]),
        *([0, 0, 1], [1, 0, 0]),
    ]
    assert held.first.tolist() == [0, 2, 5]


def _asked(order: list[str]):  # type: ignore[no-untyped-def]
    from kb.answer.rank_features import AskedTerms

    size = len(order)
    return AskedTerms(
        columns=np.arange(size),
        weights=np.ones(size, dtype=np.float32),
        total=float(size),
        follows=np.eye(size, k=1, dtype=np.bool_),
        pairs=size - 1,
        codes=np.zeros(size, dtype=np.bool_),
        names=np.zeros(size, dtype=np.bool_),
    )


def test_the_order_is_that_of_the_weighted_sum(snapshot: Snapshot) -> None:
    hits = _hits(snapshot, "how long does a refund to a credit card take")
    weights = load_rankers()["hybrid"].weights.tolist()
    for hit in hits:
        assert list(hit.features) == list(FEATURES)
        assert hit.logit == pytest.approx(
            sum(w * v for w, v in zip(weights, hit.features.values(), strict=True)), abs=1e-4
        )
        assert sum(contributions(hit.features, "hybrid").values()) == pytest.approx(hit.logit, abs=1e-4)
    assert [(hit.logit, -hit.row) for hit in hits] == sorted(((hit.logit, -hit.row) for hit in hits), reverse=True)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


def test_the_mix_alone_changes_no_order(snapshot: Snapshot) -> None:
    ranked = _hits(snapshot, "reset the router", _only(fused=1.0))
    assert [hit.fused for hit in ranked] == sorted((hit.fused for hit in ranked), reverse=True)


def test_what_is_not_looked_at_closely_stays_behind(snapshot: Snapshot) -> None:
    hits = _hits(snapshot, "reset the router refund parcel", ranked=3)
    assert [bool(hit.features) for hit in hits] == [True] * 3 + [False] * (len(hits) - 3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.fused for hit in hits[3:]] == sorted((hit.fused for hit in hits[3:]), reverse=True)


def test_the_same_question_gets_the_same_bits(snapshot: Snapshot) -> None:
    one, other = (_hits(snapshot, "信用卡退款到账时间") for _ in range(2))
    assert one == other


def test_a_question_that_no_article_shares_a_word_with_can_be_ranked(snapshot: Snapshot) -> None:
    hits = _hits(snapshot, "zzz qqq")
    assert hits
    assert all(np.isfinite(hit.logit) and 0.0 <= hit.score <= 1.0 for hit in hits)


def test_the_standing_of_a_clear_winner(snapshot: Snapshot) -> None:
    hits = _hits(snapshot, "how long does a refund to a credit card take")
    values = standing(hits)
    assert 0.0 < values["rank_share"] <= values["rank_article_share"] <= 1.0 + 1e-6
    assert 0.0 <= values["rank_margin"] <= 10.0
    assert standing(hits[:1])["rank_margin"] == 10.0
    assert standing([]) == {}


@pytest.mark.parametrize("regime", REGIMES)
def test_the_shipped_weights_are_known_features_that_never_count_against_a_passage(regime: str) -> None:
    weights = load_rankers()[regime].weights  # type: ignore[index]
    assert weights.shape == (len(FEATURES),)
    assert (weights >= 0.0).all()
    assert weights[list(FEATURES).index("fused")] > 0.0
