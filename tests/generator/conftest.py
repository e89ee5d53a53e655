"""Passages to write from, a made-up endpoint, and a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from indexer.frontmatter import read_article
from indexer.passages import split_passages
from indexer.sources import scan
from kb.generator.endpoint import Stop
from kb.generator.generator import Task
from kb.generator.sources import Source, sources_of
from kb.types import Article, Lang, Passage
from tests.model_server import ModelServer, model_server

_ARTICLES = Path(__file__).parents[1] / "fixtures" / "articles"


class Scripted:
    """An endpoint that writes ``text`` in pieces of ``size``, then raises ``error`` if there is one."""

    def __init__(self, text: str, error: Exception | None = None, size: int = 7) -> None:
        self.text, self.error, self.size = text, error, size
        self.calls = 0

    def stream(
        self, messages: Sequence[Mapping[str, str]], stop: Stop | None = None, max_tokens: int | None = None
    ) -> Iterator[str]:
        self.calls += 1
        for i in range(0, len(self.text), self.size):
            yield self.text[i : i + self.size]
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        pass


@pytest.fixture(scope="session")
def passages() -> dict[str, list[tuple[Article, Passage]]]:
    """The passages of every fixture article."""
    found: dict[str, list[tuple[Article, Passage]]] = {}
    for source in scan(_ARTICLES).files:
        article = read_article(source).article
        assert article is not None
        found[article.id] = [(article, passage) for passage in split_passages(article)]
    return found


@pytest.fixture(scope="session")
def refunds(passages: dict[str, list[tuple[Article, Passage]]]) -> dict[Lang, tuple[Source, ...]]:
    """Four passages in each language: 1 the start, 2 a table of times, 3 what is excluded, 4 (English) the steps."""
    return {"en": sources_of(passages["en/billing/refunds"]), "zh": sources_of(passages["zh/billing/refunds"])}


@pytest.fixture
def task(refunds: dict[Lang, tuple[Source, ...]]) -> Callable[..., Task]:
    def make(lang: Lang = "en", cited: tuple[int, ...] = (1, 2, 3, 4)) -> Task:
        return Task("How long do refunds take?", lang, refunds[lang], frozenset(cited), lambda _: 1.0)

    return make


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server
