"""Snapshots of small folders without any model: made-up vectors, real terms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from indexer.counting import index_terms
from indexer.frontmatter import read_article
from indexer.passages import split_passages
from indexer.sources import scan
from kb.index.snapshot import Identity, Snapshot, Wordings

_ARTICLES = Path(__file__).parents[1] / "fixtures" / "articles"


def fixture_snapshot(folder: Path = _ARTICLES) -> Snapshot:
    """The fixture articles, or those of another folder, indexed in memory."""
    articles, passages = {}, {}
    for source in scan(folder).files:
        article = read_article(source).article
        assert article is not None
        articles[article.id] = article
        passages[article.id] = split_passages(article)
    terms = index_terms(articles, passages, frozenset(), None, lambda stage, done, total: None)
    rows = [passage for group in passages.values() for passage in group]
    vectors = np.random.default_rng(0).standard_normal((len(rows), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Snapshot(
        revision="r-test",
        built_at=datetime(2026, 11, 1, tzinfo=UTC),
        identity=Identity("t", "w", "p", "m", "f", 8),
        articles_dir=folder,
        articles=articles,
        passages=rows,
        problems=(),
        counts=terms.counts,
        vectors=vectors,
        graph_file=Path("none"),
        wordings=Wordings(
            vectors[: len(articles)],
            np.arange(len(articles)),
            np.asarray([a.lang == "zh" for a in articles.values()]),
        ),
        passage_texts=terms.passage_texts,
        article_texts=terms.article_texts,
    )
