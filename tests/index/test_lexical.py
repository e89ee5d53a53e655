"""BM25 from postings agrees with the package it takes its statistics from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from kb.index.lexical import Bm25Parameters, build_lexical, count_terms, merge_counts

_TERMS = st.sampled_from([f"t{i}" for i in range(12)])
_DOCUMENTS = st.lists(st.lists(_TERMS, min_size=1, max_size=15), min_size=2, max_size=12)


@settings(max_examples=200)
@given(_DOCUMENTS, st.lists(_TERMS, max_size=6))
def test_scores_are_those_of_rank_bm25(documents: list[list[str]], query: list[str]) -> None:
    oracle = BM25Okapi(documents)
    # Where the package's own idf floor is not positive, matches would lower a score; there ours differs on purpose.
    assume(all(idf > 2e-3 for idf in oracle.idf.values()))
    counts = count_terms(Counter(document) for document in documents)
    index = build_lexical(counts, Bm25Parameters(k1=oracle.k1, b=oracle.b, epsilon=oracle.epsilon))
    np.testing.assert_allclose(index.scores(query), oracle.get_scores(query), rtol=1e-4, atol=1e-5)


@given(_DOCUMENTS, st.lists(_TERMS, min_size=1, max_size=6))
def test_a_match_never_lowers_a_score(documents: list[list[str]], query: list[str]) -> None:
    scores = build_lexical(count_terms(Counter(document) for document in documents)).scores(query)
    for document, score in zip(documents, scores, strict=True):
        assert (score > 0) == bool(set(document) & set(query))


def test_an_empty_corpus_has_no_scores() -> None:
    assert build_lexical(count_terms([])).scores(["any"]).shape == (0,)


def test_a_single_passage_that_matches_scores_above_zero() -> None:
    assert build_lexical(count_terms([{"refund": 1, "time": 2}])).scores(["refund"])[0] > 0


@given(_DOCUMENTS, _DOCUMENTS, st.randoms(use_true_random=False))
def test_merging_gives_what_counting_afresh_gives(
    before: list[list[str]], added: list[list[str]], random: object
) -> None:
    kept = list(range(0, len(before), 2))
    order = list(range(len(kept) + len(added)))
    random.shuffle(order)  # type: ignore[attr-defined]
    merged = merge_counts(count_terms(map(Counter, before)), kept, count_terms(map(Counter, added)), order)
    stacked = [before[row] for row in kept] + added
    fresh = count_terms(Counter(stacked[i]) for i in order)
    assert merged.vocabulary == fresh.vocabulary
    for name in ("starts", "columns", "counts"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(fresh, name))


@pytest.mark.parametrize("parameters", [Bm25Parameters(k1=0.9, b=0.4), Bm25Parameters(k1=2.0, b=0.0)])
def test_parameters_mean_what_they_mean_in_rank_bm25(parameters: Bm25Parameters) -> None:
    documents = [["a", "b", "b"], ["a", "c"], ["d", "e", "f", "g"], ["h", "i"], ["j"]]
    oracle = BM25Okapi(documents, k1=parameters.k1, b=parameters.b)
    index = build_lexical(count_terms(map(Counter, documents)), parameters)
    np.testing.assert_allclose(index.scores(["b", "c", "j"]), oracle.get_scores(["b", "c", "j"]), rtol=1e-5)
