"""Which section of an article answers: by what it gives, where the ranker can hardly tell sections apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.answer.asked_for import asked_for
from kb.answer.question import understand
from kb.answer.section import sections_in_order
from kb.index.snapshot import Snapshot
from kb.types import BlockKind, Hit


def _hits(snapshot: Snapshot, article_id: str, first: str, lead: float) -> list[Hit]:
    """All sections of an article; the one under ``first`` leads the others by ``lead`` in log-odds."""
    rows = sorted(snapshot.rows_of_article[article_id], key=lambda row: snapshot.passages[row].anchor != first)
    article = snapshot.articles[article_id]
    return [
        Hit(row, snapshot.passages[row], article, 0.9, 1.0, 0.5, 1, 1, logit=-lead * (n > 0), features={"fused": 1.0})
        for n, row in enumerate(rows)
    ]


def _best(hits: list[Hit], question: str) -> str:
    asked = understand(question)
    return sections_in_order(hits, asked, asked_for(asked))[0].passage.anchor


def test_every_hit_is_kept_and_articles_hold_their_places(snapshot: Snapshot) -> None:
    hits = [
        Hit(row, p, snapshot.articles[p.article_id], 0.9, 1.0, 0.5, 1, 1, logit=-row / 9, features={"fused": 1.0})
        for row, p in enumerate(snapshot.passages)
    ]
    for text in ("how do I reset it", "how long does it take", "退款多久到账", "what if it fails"):
        question = understand(text)
        ordered = sections_in_order(hits, question, asked_for(question))
        assert sorted(h.row for h in ordered) == sorted(h.row for h in hits)
        assert [h.article.id for h in ordered] == [h.article.id for h in hits]


def test_without_evidence_or_after_a_reranker_the_order_stands(snapshot: Snapshot) -> None:
    question = understand("how do I reset it")
    article_id = next(iter(snapshot.articles))
    hits = _hits(snapshot, article_id, "", 0.1)
    for changed in (
        [replace(hit, features={}) for hit in hits],
        [replace(hit, rerank=1.0 - n / 9) for n, hit in enumerate(hits)],
    ):
        assert list(sections_in_order(changed, question, asked_for(question))) == changed


def test_a_sure_ranker_is_not_overruled(snapshot: Snapshot) -> None:
    for article_id, rows in snapshot.rows_of_article.items():
        for row in rows:
            anchor = snapshot.passages[row].anchor
            assert _best(_hits(snapshot, article_id, anchor, 20.0), "how long does the blue thing take") == anchor


@pytest.mark.parametrize("lead", [0.2, 1.0])
def test_a_question_of_how_gets_the_procedure(snapshot: Snapshot, lead: float) -> None:
    found = 0
    for article_id, rows in snapshot.rows_of_article.items():
        kinds = {snapshot.passages[r].anchor: {b.kind for b in snapshot.passages[r].blocks} for r in rows}
        with_steps = [anchor for anchor, has in kinds.items() if BlockKind.PROCEDURE in has]
        without = [anchor for anchor, has in kinds.items() if BlockKind.PROCEDURE not in has]
        if len(with_steps) == 1 and without:
            found += 1
            assert (
                _best(_hits(snapshot, article_id, without[0], lead), "how do I pair a green lamp today")
                == with_steps[0]
            )
    assert found
