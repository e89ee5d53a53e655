"""Nearest passages agree with plain NumPy, exactly or, for the graph, nearly always."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kb.index.vector import VectorIndex, VectorParameters
from kb.types import FloatArray


def _unit_vectors(rows: int, seed: int = 0) -> FloatArray:
    vectors = np.random.default_rng(seed).standard_normal((rows, 32)).astype(np.float32)
    result: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result


@pytest.mark.parametrize("filtered", [False, True])
def test_exact_search_is_numpys(filtered: bool) -> None:
    vectors, question = _unit_vectors(300), _unit_vectors(1, seed=1)[0]
    allowed = np.arange(300) % 3 == 0 if filtered else None
    cosines = np.where(allowed, vectors @ question, -2) if allowed is not None else vectors @ question
    rows, scores = VectorIndex.build(vectors).search(question, 7, allowed)
    np.testing.assert_array_equal(rows, np.argsort(-cosines)[:7])
    np.testing.assert_allclose(scores, np.sort(cosines)[::-1][:7], rtol=1e-5)


def test_the_graph_finds_nearly_all_that_exact_search_finds() -> None:
    vectors = _unit_vectors(3000)
    graph = VectorIndex.build(vectors, VectorParameters(exact_up_to=100))
    exact = VectorIndex.build(vectors)
    questions = _unit_vectors(50, seed=2)
    shared = [len(set(graph.search(q, 10)[0]) & set(exact.search(q, 10)[0])) for q in questions]
    assert not graph.exact
    assert np.mean(shared) > 9.5


def test_the_graph_returns_allowed_rows_only() -> None:
    vectors = _unit_vectors(1000)
    allowed = np.arange(1000) < 50
    rows, _ = VectorIndex.build(vectors, VectorParameters(exact_up_to=10)).search(vectors[999], 10, allowed)
    assert len(rows) == 10
    assert rows.max() < 50


def test_a_saved_graph_answers_as_before(tmp_path: Path) -> None:
    vectors, parameters = _unit_vectors(500), VectorParameters(exact_up_to=10)
    index = VectorIndex.build(vectors, parameters)
    assert index.save(tmp_path / "graph.faiss")
    loaded = VectorIndex.load(tmp_path / "graph.faiss", vectors, parameters)
    np.testing.assert_array_equal(loaded.search(vectors[3], 5)[0], index.search(vectors[3], 5)[0])


def test_an_empty_index_finds_nothing() -> None:
    rows, scores = VectorIndex.build(np.zeros((0, 32), dtype=np.float32)).search(_unit_vectors(1)[0], 5)
    assert rows.size == scores.size == 0


def test_fewer_allowed_than_wanted_gives_those() -> None:
    vectors = _unit_vectors(100)
    allowed = np.zeros(100, dtype=np.bool_)
    allowed[[4, 8]] = True
    rows, _ = VectorIndex.build(vectors).search(vectors[0], 10, allowed)
    assert set(rows.tolist()) == {4, 8}
