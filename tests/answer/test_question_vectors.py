"""Vectors of texts are computed once, several at a time where several are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb import question_vectors
from kb.answer.question import understand
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot
from kb.question_vectors import QuestionVectors
from kb.types import FloatArray
from tests.conftest import Site


class CountingEncoder:
    """Gives each text a vector of its own and remembers what it was asked for."""

    fingerprint = "counted"
    dimensions = 3

    def __init__(self) -> None:
        self.calls: list[tuple[bool, tuple[str, ...]]] = []

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        self.calls.append((query, tuple(texts)))
        return np.asarray([[len(text), float(query), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def snapshot(built_site: Site) -> Snapshot:
    return load_snapshot(built_site.data)


@pytest.fixture
def vectors(models: Path, encoder: CountingEncoder) -> QuestionVectors:
    return QuestionVectors(models, lambda folder: encoder)


def test_questions_that_are_remembered_are_embedded_together_and_once(
    vectors: QuestionVectors, encoder: CountingEncoder, snapshot: Snapshot
) -> None:
    questions = [understand(text) for text in ("a longer refund?", "refund?", "refund?")]
    vectors.remember(snapshot, questions, ("en", "zh"))
    assert encoder.calls == [(True, ("refund?", "a longer refund?"))]
    found = vectors.vector(snapshot, questions[0], ("en",))
    assert found is not None
    assert found.tolist() == [16.0, 1.0, 1.0]
    assert len(encoder.calls) == 1


def test_a_passage_and_a_question_of_the_same_words_have_their_own_vectors(
    vectors: QuestionVectors, encoder: CountingEncoder, snapshot: Snapshot
) -> None:
    remembering = vectors.encoder(snapshot)
    model = snapshot.identity.model_fingerprint
    encoder.fingerprint = model
    vectors.remember(snapshot, [understand("refund?")], ("en",))
    passages = remembering.encode(["refund?", "other"])
    assert passages[:, 1].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(remembering.encode(["other", "refund?"]), passages[::-1])
    assert [query for query, _ in encoder.calls] == [True, False]
    assert remembering.encode([]).shape == (0, 3)
    vectors.forget()
    remembering.encode(["other"])
    assert len(encoder.calls) == 3


def test_the_oldest_texts_are_forgotten_first(
    vectors: QuestionVectors, encoder: CountingEncoder, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_vectors, "_REMEMBERED", 2)
    for text in ("one refund", "two refunds", "one refund", "three refunds", "one refund"):
        vectors.vector(snapshot, understand(text), ("en",))
    assert [texts for _, texts in encoder.calls] == [("one refund",), ("two refunds",), ("three refunds",)]
    vectors.vector(snapshot, understand("two refunds"), ("en",))
    assert len(encoder.calls) == 4


def test_more_texts_than_are_remembered_all_get_a_vector(
    vectors: QuestionVectors, encoder: CountingEncoder, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_vectors, "_REMEMBERED", 2)
    encoder.fingerprint = snapshot.identity.model_fingerprint
    assert vectors.encoder(snapshot).encode(["a", "bb", "ccc"])[:, 0].tolist() == [1.0, 2.0, 3.0]
