"""A set's articles, indexed once per machine: all systems rank the passages of this index, so only ranking differs."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from eval.datasets import PROJECT
from indexer.build import build
from indexer.embedding_cache import ModelVectors
from indexer.terms import embedding_text
from kb.index.revisions import index_folder
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot
from kb.text.embedding import DEFAULT_MODEL, ENGLISH_MODEL, open_bulk_encoder, open_encoder, prepare_model
from kb.text.model_card import ModelCard
from kb.types import FloatArray

Progress = Callable[[str, int, int], None]  # step, done, of
# What decides how articles become passages; an index made by other code is made anew, its vectors are kept.
_PARSERS = ("indexer/*.py", "kb/text/*.py", "kb/index/*.py")


@dataclass(frozen=True)
class Corpus:
    """An indexed articles folder with its data folder and the folder and card of its prepared model."""

    data: Path
    snapshot: Snapshot
    model: Path
    card: ModelCard

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Whole file by article id."""
        return {article.id: article.text for article in self.snapshot.articles.values()}

    @cached_property
    def search_texts(self) -> tuple[str, ...]:
        """What the baselines search, one text per passage: title and headings in a first line, then the plain text."""
        return tuple(embedding_text(passage) for passage in self.snapshot.passages)

    def question_vectors(self, questions: Sequence[str], progress: Progress) -> FloatArray:
        """Unit vectors of the questions, shape ``(len(questions), d)``, each embedded once per machine."""
        store = ModelVectors(cache_folder() / "questions", self.card)
        vectors, _ = store.embed(
            questions,
            lambda missing: open_encoder(self.model),
            lambda done, of: progress("embed questions", done, of),
            query=True,
        )
        return vectors


@dataclass(frozen=True)
class PlainVectors:
    """Vectors of the packaged English model, which the baselines use whatever model the index has."""

    corpus: Corpus

    def passages(self, progress: Progress) -> FloatArray:
        """Unit vectors of ``corpus.search_texts``, shape ``(passages, d)``."""
        # Beside the index's own: of a bilingual model, the English texts have these very vectors.
        return self._embed(self.corpus.data / "cache", self.corpus.search_texts, progress, query=False)

    def questions(self, questions: Sequence[str], progress: Progress) -> FloatArray:
        """Unit vectors, shape ``(len(questions), d)``."""
        return self._embed(cache_folder() / "questions", questions, progress, query=True)

    def _embed(self, cache: Path, texts: Sequence[str], progress: Progress, *, query: bool) -> FloatArray:
        folder, card = prepare_model(ENGLISH_MODEL, cache_folder() / "models")
        vectors, _ = ModelVectors(cache, card).embed(
            texts,
            lambda missing: open_encoder(folder) if query else open_bulk_encoder(folder),
            lambda done, of: progress("embed for the baselines", done, of),
            query=query,
        )
        return vectors


def cache_folder() -> Path:
    """Where built indexes, models and question vectors are kept: ``KB_EVAL_CACHE``, else ``~/.cache/kb-eval``."""
    return Path(os.environ.get("KB_EVAL_CACHE") or Path.home() / ".cache" / "kb-eval")


def open_corpus(articles: Path, name: str, progress: Progress, encoder: str = DEFAULT_MODEL) -> Corpus:
    """Index ``articles`` below the cache folder, or bring the index of an earlier run up to date.

    ``name`` only labels the progress. Raises InvalidInputError (no such folder), EncoderError,
    ConflictError (another run is building the same set).
    """
    data, models = corpus_folder(articles, encoder), cache_folder() / "models"
    stamp, now = data / "parsers.sha256", _parsers_hash()
    if not stamp.is_file() or stamp.read_text() != now:
        shutil.rmtree(index_folder(data), ignore_errors=True)
    build(
        articles,
        data,
        encoder=encoder,
        models=models,
        progress=lambda step, done, of: progress(f"{name}: {step}", done, of),
    )
    stamp.write_text(now)
    folder, card = prepare_model(encoder, models)
    return Corpus(data, load_snapshot(data), folder, card)


def corpus_folder(articles: Path, encoder: str = DEFAULT_MODEL) -> Path:
    """Where ``open_corpus`` keeps an index, one for all sets over the same articles. The hash in its name tells folders apart."""
    place = articles.resolve()
    digest = hashlib.sha256(f"{place}\n{encoder}".encode()).hexdigest()
    return cache_folder() / "indexes" / f"{place.parent.name}-{digest[:8]}"


def _parsers_hash() -> str:
    digest = hashlib.sha256()
    for pattern in _PARSERS:
        for file in sorted(PROJECT.glob(pattern)):
            digest.update(file.read_bytes())
    return digest.hexdigest()
