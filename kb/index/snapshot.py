"""What the articles say, as one immutable folder: written whole, published by one pointer swap, checked when opened.

Layout below the data folder::

    index/CURRENT                 name of the published revision
    index/<revision>/manifest.json  written last: format, versions, counts, hash and size of every other file
    index/<revision>/articles.json  passages.json  terms.json  counts.npz  vectors.npy  [graph.faiss]
    index/<revision>/wordings.npz   vectors of titles and known phrasings, each with its article's position
    index/<revision>/texts.npz      the terms of every sentence, heading, title and phrasing in reading order
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kb.errors import IndexCorruptError, IndexMismatchError, IndexMissingError
from kb.index.background import Background, measure_background
from kb.index.lexical import LexicalIndex, TermCounts, build_lexical
from kb.index.sequences import TermSequences, count_articles
from kb.index.stored import (
    article_from_json,
    article_to_json,
    passage_from_json,
    passage_to_json,
    problem_from_json,
    problem_to_json,
)
from kb.index.vector import VectorIndex, VectorParameters
from kb.types import Article, BoolArray, FloatArray, IntArray, Passage, Problem

# Raise when files of an older snapshot can no longer be read as they are.
FORMAT_VERSION = 5
# Older revisions that stay on disk: readers load at once, so one is enough to look back at.
_KEPT_REVISIONS = 2
_REPAIR = "Run `kb index ARTICLES --data DIR` to rebuild it."


@dataclass(frozen=True, slots=True)
class Identity:
    """What must agree between the snapshot and the running code, or their terms and vectors do not meet."""

    tokenizer: str
    fields: str  # which texts were counted, and with what weights
    parser: str
    model_name: str
    model_fingerprint: str
    dimensions: int


@dataclass(frozen=True, eq=False)
class Wordings:
    """How articles are asked for: one vector for each title and each known phrasing.

    ``vectors``: shape ``(wordings, dimensions)``, unit length; ``article``: position of each one's article, shape ``(wordings,)``.
    ``chinese``: whether it is written in Chinese, which need not be the language of its article.
    """

    vectors: FloatArray
    article: IntArray
    chinese: BoolArray

    @cached_property
    def nearest(self) -> VectorIndex:
        return VectorIndex.build(self.vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What follows from the rest of a snapshot, taken from another one instead of being worked out."""

    background: Background | None = None
    article_counts: TermCounts | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One revision of the index, fully in memory. Row ``i`` is the same passage in every part.

    ``passage_texts`` has one group for each row, ``article_texts`` one for each article, both by columns of ``counts.vocabulary``.
    ``graph_file``: None for a revision that is in memory only, which is searched exactly. ``derived``: what is known already.
    """

    revision: str
    built_at: datetime
    identity: Identity
    articles_dir: Path
    articles: Mapping[str, Article]
    passages: Sequence[Passage]
    problems: tuple[Problem, ...]
    counts: TermCounts
    vectors: FloatArray
    graph_file: Path | None
    wordings: Wordings
    passage_texts: TermSequences
    article_texts: TermSequences
    derived: Derived = Derived()

    def prepare(self) -> None:
        """Build what the first question would otherwise wait for."""
        _ = (
            self.lexical,
            self.nearest,
            self.wordings.nearest,
            self.background,
            self.article_of_row,
            self.rows_of_article,
            self.article_lexical,
            self.article_text_weights,
        )

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What readers have worked out from this snapshot and want again; it goes when the snapshot goes."""
        return {}

    @cached_property
    def lexical(self) -> LexicalIndex:
        return build_lexical(self.counts)

    @cached_property
    def article_counts(self) -> TermCounts:
        """Weighted term counts of whole articles, in the order of ``article_ids``."""
        if self.derived.article_counts is not None:
            return self.derived.article_counts
        return count_articles(
            self.counts.vocabulary,
            self.passage_texts,
            self.article_texts,
            self.article_of_row.astype(np.int64),
            numbers=self.counts.numbers,
        )

    @cached_property
    def article_lexical(self) -> LexicalIndex:
        """BM25 over whole articles, in the order of ``article_ids``."""
        return build_lexical(self.article_counts)

    @cached_property
    def article_text_weights(self) -> FloatArray:
        """The summed idf of the terms of each text of ``article_texts``, shape ``(texts,)``."""
        idf = np.append(self.lexical.idf, np.float32(0.0))  # the last one is where UNKNOWN looks
        sums = np.concatenate([np.zeros(1), np.cumsum(idf[self.article_texts.terms], dtype=np.float64)])
        return np.diff(sums[self.article_texts.text_starts]).astype(np.float32)

    @cached_property
    def nearest(self) -> VectorIndex:
        if self.graph_file is None:
            return VectorIndex.build(self.vectors, VectorParameters(exact_up_to=len(self.vectors)))
        return VectorIndex.load(self.graph_file, self.vectors)

    @cached_property
    def background(self) -> Background:
        if self.derived.background is not None:
            return self.derived.background
        return measure_background(self.vectors, self.article_of_row, self.wordings.vectors, self.wordings.article)

    @cached_property
    def article_ids(self) -> tuple[str, ...]:
        return tuple(self.articles)

    @cached_property
    def article_of_row(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Position in ``article_ids`` of every row's article, shape ``(rows,)``."""
        position = {article_id: i for i, article_id in enumerate(self.article_ids)}
        return np.fromiter((position[p.article_id] for p in self.passages), dtype=np.int32, count=len(self.passages))

    @cached_property
    def rows_of_article(self) -> Mapping[str, range]:
        """The rows of each article: they stand next to each other."""
        rows: dict[str, range] = {article_id: range(0) for article_id in self.articles}
        for row, passage in enumerate(self.passages):
            first = rows[passage.article_id].start if rows[passage.article_id] else row
            rows[passage.article_id] = range(first, row + 1)
        return rows


def index_folder(data: Path) -> Path:
    return data / "index"


def current_revision(data: Path) -> str | None:
    """Name of the published revision, or None before the first."""
    try:
        return (index_folder(data) / "CURRENT").read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def write_snapshot(
    data: Path,
    *,
    identity: Identity,
    articles_dir: Path,
    articles: Mapping[str, Article],
    passages: Sequence[Passage],
    problems: Sequence[Problem],
    counts: TermCounts,
    vectors: FloatArray,
    wordings: Wordings,
    passage_texts: TermSequences,
    article_texts: TermSequences,
) -> str:
    """Write a revision folder and return its name; nothing is published yet.

    The name is a hash of the content, so equal content gives an equal name and is not written twice.
    """
    folder = index_folder(data)
    building = folder / f".building.{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    (building / "articles.json").write_bytes(orjson.dumps([article_to_json(a) for a in articles.values()]))
    (building / "passages.json").write_bytes(orjson.dumps([passage_to_json(p) for p in passages]))
    (building / "terms.json").write_bytes(orjson.dumps(counts.vocabulary))
    with (building / "counts.npz").open("wb") as stream:
        np.savez(stream, starts=counts.starts, columns=counts.columns, counts=counts.counts)
    with (building / "wordings.npz").open("wb") as stream:
        np.savez(stream, vectors=wordings.vectors, article=wordings.article, chinese=wordings.chinese)
    with (building / "texts.npz").open("wb") as stream:
        np.savez(
            stream, **_sequences_to_arrays("passage", passage_texts), **_sequences_to_arrays("article", article_texts)
        )
    np.save(building / "vectors.npy", vectors)
    VectorIndex.build(vectors).save(building / "graph.faiss")
    files = {file.name: _describe(file) for file in sorted(building.iterdir())}
    content = {
        "format": FORMAT_VERSION,
        "identity": {
            "tokenizer": identity.tokenizer,
            "fields": identity.fields,
            "parser": identity.parser,
            "model_name": identity.model_name,
            "model_fingerprint": identity.model_fingerprint,
            "dimensions": identity.dimensions,
        },
        "articles_dir": str(articles_dir),
        "counts": {"articles": len(articles), "passages": len(passages), "terms": len(counts.vocabulary)},
        "problems": [problem_to_json(problem) for problem in problems],
        "files": files,
    }
    revision = "r-" + hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = orjson.dumps({"revision": revision, "built_at": built_at, **content}, option=orjson.OPT_INDENT_2)
    (building / "manifest.json").write_bytes(manifest)
    for file in building.iterdir():
        _sync(file)
    target = folder / revision
    if _is_complete(target):
        shutil.rmtree(building)
    else:
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    _sync(folder)
    return revision


def publish(data: Path, revision: str) -> None:
    """Make ``revision`` the current one by one atomic rename, and drop revisions nobody needs any more."""
    folder = index_folder(data)
    pointer = folder / f"CURRENT.{os.getpid()}"
    pointer.write_text(revision + "\n", encoding="ascii")
    _sync(pointer)
    pointer.replace(folder / "CURRENT")
    _sync(folder)
    revisions = sorted(folder.glob("r-*"), key=lambda f: f.stat().st_mtime_ns, reverse=True)
    for stale in [r for r in revisions if r.name != revision][_KEPT_REVISIONS - 1 :]:
        shutil.rmtree(stale, ignore_errors=True)
    for abandoned in folder.glob(".building.*"):
        if not _is_running(abandoned.name.rpartition(".")[2]):
            shutil.rmtree(abandoned, ignore_errors=True)


def load_snapshot(data: Path, *, tokenizer: str | None = None, encoder: str | None = None) -> Snapshot:
    """Open the published revision of the data folder.

    Raises ``IndexMissingError`` before the first index, ``IndexCorruptError`` when a file is missing or differs from the
    manifest, ``IndexMismatchError`` for another format, another tokenizer than ``tokenizer`` or another model than ``encoder``.
    """
    for _ in range(3):
        revision = current_revision(data)
        if revision is None:
            raise IndexMissingError(f"No index in {data} yet.", "Run `kb index ARTICLES --data DIR` to build it.")
        try:
            return _load(data, revision, tokenizer, encoder)
        except IndexCorruptError:
            # Between reading the pointer and the files, another process may have published and cleaned up.
            if current_revision(data) == revision:
                raise
    raise IndexCorruptError(f"The index in {data} keeps changing while it is read.", "Try again in a moment.")


def kept_revisions(data: Path) -> list[str]:
    """Names of the revisions on disk that are complete, oldest first: the published one and few before it."""
    built = []
    for folder in index_folder(data).glob("r-*"):
        with suppress(IndexCorruptError, IndexMismatchError):
            built.append((str(_read_manifest(folder)["built_at"]), folder.name))
    return [name for _, name in sorted(built)]


def load_revision(data: Path, revision: str) -> Snapshot:
    """Open a revision that need not be published. Raises ``IndexCorruptError``, ``IndexMismatchError``."""
    return _load(data, revision, None, None)


def _load(data: Path, revision: str, tokenizer: str | None, encoder: str | None) -> Snapshot:
    folder = index_folder(data) / revision
    manifest = _read_manifest(folder)
    identity = Identity(**manifest["identity"])
    if tokenizer is not None and identity.tokenizer != tokenizer:
        raise IndexMismatchError(
            f"The index was made with tokenizer {identity.tokenizer}; this version uses {tokenizer}.", _REPAIR
        )
    if encoder is not None and identity.model_name != encoder:
        raise IndexMismatchError(
            f"The index was made with the model {identity.model_name!r}; KB_ENCODER asks for {encoder!r}.",
            f"Run `kb index ARTICLES --data DIR` to rebuild it, or set KB_ENCODER={identity.model_name}.",
        )
    contents = {name: _read_checked(folder / name, facts) for name, facts in manifest["files"].items()}
    try:
        articles = {values["id"]: article_from_json(values) for values in orjson.loads(contents["articles.json"])}
        passages = [
            passage_from_json(values, articles[values[1]]) for values in orjson.loads(contents["passages.json"])
        ]
        with np.load(folder / "counts.npz", allow_pickle=False) as stored:
            counts = TermCounts(
                vocabulary=tuple(orjson.loads(contents["terms.json"])),
                starts=stored["starts"],
                columns=stored["columns"],
                counts=stored["counts"],
            )
        with np.load(folder / "wordings.npz", allow_pickle=False) as stored:
            wordings = Wordings(stored["vectors"], stored["article"], stored["chinese"])
        with np.load(folder / "texts.npz", allow_pickle=False) as stored:
            passage_texts = _sequences_from_arrays("passage", stored)
            article_texts = _sequences_from_arrays("article", stored)
        vectors = np.load(folder / "vectors.npy", allow_pickle=False)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise IndexCorruptError(f"Revision {revision} cannot be read: {error}.", _REPAIR) from error
    if not len(passages) == counts.rows == len(vectors) == passage_texts.groups:
        raise IndexCorruptError(f"The parts of revision {revision} have different numbers of passages.", _REPAIR)
    return Snapshot(
        revision=revision,
        built_at=datetime.fromisoformat(manifest["built_at"]),
        identity=identity,
        articles_dir=Path(manifest["articles_dir"]),
        articles=articles,
        passages=passages,
        problems=tuple(problem_from_json(values) for values in manifest["problems"]),
        counts=counts,
        vectors=vectors,
        graph_file=folder / "graph.faiss",
        wordings=wordings,
        passage_texts=passage_texts,
        article_texts=article_texts,
    )


def _sequences_to_arrays(name: str, sequences: TermSequences) -> dict[str, Any]:
    return {
        f"{name}_terms": sequences.terms,
        f"{name}_text_starts": sequences.text_starts,
        f"{name}_group_starts": sequences.group_starts,
    }


def _sequences_from_arrays(name: str, stored: Mapping[str, Any]) -> TermSequences:
    return TermSequences(stored[f"{name}_terms"], stored[f"{name}_text_starts"], stored[f"{name}_group_starts"])


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorruptError(f"The manifest of revision {folder.name} cannot be read: {error}.", _REPAIR) from error
    if found != FORMAT_VERSION:
        raise IndexMismatchError(f"The index has format {found}; this version reads format {FORMAT_VERSION}.", _REPAIR)
    return manifest


def _describe(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "bytes": file.stat().st_size}


def _read_checked(file: Path, facts: Mapping[str, Any]) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise IndexCorruptError(
            f"{file.name} of revision {file.parent.name} cannot be read: {error}.", _REPAIR
        ) from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise IndexCorruptError(f"{file.name} of revision {file.parent.name} differs from its manifest.", _REPAIR)
    return content


def _is_complete(folder: Path) -> bool:
    try:
        _read_manifest(folder)
    except (IndexCorruptError, IndexMismatchError):
        return False
    return True


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path) -> None:
    with suppress(OSError):  # some file systems refuse to sync folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
