"""BM25 from postings agrees with the package it takes its statistics from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from kb.index.lexical import Bm25Parameters, append_counts, build_lexical, count_terms, merge_counts, sort_pairs

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


@given(_DOCUMENTS, _DOCUMENTS, _DOCUMENTS, st.lists(_TERMS, max_size=6))
def test_appending_scores_as_counting_afresh_does(
    before: list[list[str]], added: list[list[str]], later: list[list[str]], query: list[str]
) -> None:
    """Twice in a row: the second time on columns that are neither sorted nor all in use."""
    counts, stacked = count_terms(map(Counter, before)), before
    for more in (added, later):
        kept = list(range(0, len(stacked), 2))
        order = list(reversed(range(len(kept) + len(more))))
        counts = append_counts(counts, kept, count_terms(map(Counter, more)), order)
        stacked = [([stacked[row] for row in kept] + more)[i] for i in order]
    index, fresh = build_lexical(counts), build_lexical(count_terms(map(Counter, stacked)))
    np.testing.assert_allclose(index.scores(query), fresh.scores(query), rtol=1e-6)
    assert index.vocabulary.keys() == fresh.vocabulary.keys()
    for term in (*fresh.vocabulary, "no passage has this"):
        assert index.idf_of(term) == pytest.approx(fresh.idf_of(term))
        np.testing.assert_array_equal(index.postings(term), fresh.postings(term))


@pytest.mark.parametrize("largest", [9, 2**30])
def test_sorting_pairs_orders_by_first_second_and_count_however_large_they_are(largest: int) -> None:
    numbers = np.random.default_rng(7).integers(0, largest, (3, 50))
    numbers[0, :25] = numbers[0, 25:]
    found = np.stack(sort_pairs(*numbers))
    assert found.T.tolist() == sorted(numbers.T.tolist())


@pytest.mark.parametrize("parameters", [Bm25Parameters(k1=0.9, b=0.4), Bm25Parameters(k1=2.0, b=0.0)])
def test_parameters_mean_what_they_mean_in_rank_bm25(parameters: Bm25Parameters) -> None:
    documents = [["a", "b", "b"], ["a", "c"], ["d", "e", "f", "g"], ["h", "i"], ["j"]]
    oracle = BM25Okapi(documents, k1=parameters.k1, b=parameters.b)
    index = build_lexical(count_terms(map(Counter, documents)), parameters)
    np.testing.assert_allclose(index.scores(["b", "c", "j"]), oracle.get_scores(["b", "c", "j"]), rtol=1e-5)
