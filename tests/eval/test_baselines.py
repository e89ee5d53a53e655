"""The yardsticks are what they say they are: rank-bm25 itself, cosine, and their reciprocal rank fusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from eval.baselines import PlainBm25, baseline_rankings, plain_tokens, reciprocal_rank_fusion, top_rows

WORDS = st.sampled_from(["reset", "password", "order", "退款", "配送", "时间", "iPhone", "15"])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=12)


@given(TEXTS, st.lists(WORDS, max_size=6).map(" ".join))
def test_bm25_scores_are_those_of_the_package(texts: list[str], question: str) -> None:
    expected = BM25Okapi([plain_tokens(text) for text in texts]).get_scores(plain_tokens(question))
    np.testing.assert_allclose(PlainBm25(texts).scores(question), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Wi-Fi E-203", ["wi", "fi", "e", "203"]),
        ("退", ["退"]),
        ("退款政策", ["退款", "款政", "政策"]),
        ("退款policy政策", ["退款", "policy", "政策"]),
        ("運費", ["运费"]),
        ("?!", []),
    ],
)
def test_plain_tokens(text: str, tokens: list[str]) -> None:
    assert plain_tokens(text) == tokens


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 30))
def test_top_rows_are_best_first_and_ties_keep_their_order(scores: list[int], k: int) -> None:
    rows = top_rows(np.asarray(scores, dtype=np.float64), k)
    assert rows == sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:k]


@given(st.permutations(range(1, 8)), st.permutations(range(1, 8)))
def test_fusion_keeps_what_both_agree_on(one: list[int], other: list[int]) -> None:
    fused = reciprocal_rank_fusion([[0, *one], [0, *other]])
    assert fused[0] == (0, pytest.approx(2 / 61))
    assert sorted(row for row, _ in fused) == list(range(8))


def test_every_baseline_ranks_every_question() -> None:
    texts = ["reset the password", "refund an order", "delivery time"]
    vectors = np.eye(3, dtype=np.float32)
    ranked = baseline_rankings(texts, ["password reset", "when"], vectors, vectors[[0, 2]])
    assert {name: [ranking[0][0] for ranking in ranking_list] for name, ranking_list in ranked.items()} == {
        "bm25": [0, 0],  # no word of "when" is known: row order decides
        "minilm": [0, 2],
        "rrf": [0, 0],
    }
