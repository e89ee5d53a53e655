"""A snapshot of the fixture articles without any model: made-up vectors, real terms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from indexer.frontmatter import read_article
from indexer.passages import split_passages
from indexer.sources import scan
from indexer.terms import passage_terms
from kb.index.lexical import count_terms
from kb.index.snapshot import Identity, Snapshot, Wordings

_ARTICLES = Path(__file__).parents[1] / "fixtures" / "articles"


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    articles, passages, counts = {}, [], []
    for source in scan(_ARTICLES).files:
        article = read_article(source).article
        assert article is not None
        articles[article.id] = article
        for passage in split_passages(article):
            passages.append(passage)
            counts.append(passage_terms(article, passage))
    vectors = np.random.default_rng(0).standard_normal((len(passages), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Snapshot(
        revision="r-test",
        built_at=datetime(2026, 11, 1, tzinfo=UTC),
        identity=Identity("t", "w", "p", "m", "f", 8),
        articles_dir=_ARTICLES,
        articles=articles,
        passages=passages,
        problems=(),
        counts=count_terms(counts),
        vectors=vectors,
        graph_file=Path("none"),
        wordings=Wordings(
            vectors[: len(articles)],
            np.arange(len(articles)),
            np.asarray([a.lang == "zh" for a in articles.values()]),
        ),
    )
