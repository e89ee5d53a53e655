"""The order of the optional reranker, with a reranker that is a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from kb.answer.find import Findings, find
from kb.answer.question import understand
from kb.answer.rerank import RerankParameters, rerank
from kb.index.snapshot import Snapshot
from kb.types import Filters, FloatArray, Hit

QUESTION = "How long does a refund take?"


class Likes:
    """Prefers passages that hold ``word``."""

    name = "likes"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def load(self) -> None: ...

    def scores(self, question: str, passages: Sequence[str]) -> FloatArray:
        assert question == QUESTION
        self.read += passages
        return np.asarray([0.9 if self.word in passage else 0.1 for passage in passages], dtype=np.float32)


def search(snapshot: Snapshot, reranker: Likes | None) -> Findings:
    return find(
        snapshot,
        understand(QUESTION),
        None,
        skill={},
        written="en",
        filters=Filters(),
        today=date(2026, 11, 1),
        reranker=reranker,
    )


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.id for hit in hits]


def test_without_a_reranker_nothing_is_read_again(snapshot: Snapshot) -> None:
    assert all(hit.rerank is None for hit in search(snapshot, None).hits)


def test_the_reranker_decides_the_order_and_shows_its_scores(snapshot: Snapshot) -> None:
    plain = search(snapshot, None)
    last = plain.hits[-1]
    found = search(snapshot, Likes(last.passage.plain[:40]))
    assert found.hits[0].passage.id == last.passage.id
    assert found.hits[0].rerank == pytest.approx(0.9)
    assert sorted(ids(found.hits)) == sorted(ids(plain.hits))
    # Those it likes equally stay in their order.
    assert ids(found.hits[1:]) == ids(plain.hits[:-1])


def test_a_hit_keeps_the_numbers_that_the_confidence_was_fitted_on(snapshot: Snapshot) -> None:
    plain = search(snapshot, None)
    by_id = {hit.passage.id: hit for hit in plain.hits}
    found = search(snapshot, Likes(plain.hits[-1].passage.plain[:40]))
    assert all(hit.score == by_id[hit.passage.id].score for hit in found.hits)
    assert found.features["margin"] < 0.0 < plain.features["margin"]
    assert found.score < plain.score


def test_only_the_first_are_read(snapshot: Snapshot) -> None:
    hits = search(snapshot, None).hits
    reranker = Likes("nothing")
    found = rerank(QUESTION, hits, reranker, RerankParameters(depth=2))
    assert len(reranker.read) == 2
    assert [hit.rerank is None for hit in found] == [False, False, *[True] * (len(hits) - 2)]


def test_a_passage_is_read_with_its_headings(snapshot: Snapshot) -> None:
    reranker = Likes("nothing")
    hits = rerank(QUESTION, search(snapshot, None).hits, reranker)
    assert all(" > ".join(hit.passage.heading_path) in text for hit, text in zip(hits, reranker.read, strict=True))


def test_no_hits_are_no_work() -> None:
    assert rerank(QUESTION, [], Likes("x")) == []
