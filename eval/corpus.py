"""A set's articles cut into the same passages that the index holds, so that systems differ in ranking alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from indexer.frontmatter import read_article
from indexer.passages import split_passages
from indexer.sources import scan

from kb.errors import NotFoundError
from kb.types import Article, Passage


@dataclass(frozen=True)
class Corpus:
    """Articles by id and their passages in index order: by article id, then by place in the file."""

    folder: Path
    articles: Mapping[str, Article]
    passages: tuple[Passage, ...]

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Whole file by article id."""
        return {article.id: article.text for article in self.articles.values()}

    @cached_property
    def search_texts(self) -> tuple[str, ...]:
        """What the baselines search, one text per passage: title and headings in a first line, then the plain text."""
        return tuple(f"{' - '.join(p.heading_path)}\n{p.plain}" for p in self.passages)


def load_corpus(folder: Path) -> Corpus:
    """Read every article below ``folder``. Raises NotFoundError when none can be indexed."""
    articles: dict[str, Article] = {}
    for source in scan(folder).files:
        article = read_article(source).article
        if article is not None:
            articles[article.id] = article
    if not articles:
        raise NotFoundError(f"{folder} holds no article that can be indexed.", "Run `kb lint` on it.")
    passages = tuple(p for article in articles.values() for p in split_passages(article))
    return Corpus(folder, articles, passages)
