"""A snapshot as one immutable folder: written whole, published by one pointer swap, checked when opened.

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
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from kb.errors import IndexCorruptError, IndexMismatchError, IndexMissingError
from kb.index.lexical import TermCounts
from kb.index.revisions import (
    FORMAT_VERSION,
    REPAIR,
    current_revision,
    describe,
    index_folder,
    is_complete,
    read_checked,
    read_manifest,
    sync,
)
from kb.index.sequences import TermSequences
from kb.index.snapshot import Identity, Snapshot, Wordings
from kb.index.stored import (
    article_from_json,
    article_to_json,
    passage_from_json,
    passage_to_json,
    problem_from_json,
    problem_to_json,
)
from kb.index.vector import VectorIndex
from kb.types import Article, FloatArray, Passage, Problem


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
    files = {file.name: describe(file) for file in sorted(building.iterdir())}
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
        sync(file)
    target = folder / revision
    if is_complete(target):
        shutil.rmtree(building)
    else:
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    sync(folder)
    return revision


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


def load_revision(data: Path, revision: str) -> Snapshot:
    """Open a revision that need not be published. Raises ``IndexCorruptError``, ``IndexMismatchError``."""
    return _load(data, revision, None, None)


def _load(data: Path, revision: str, tokenizer: str | None, encoder: str | None) -> Snapshot:
    folder = index_folder(data) / revision
    manifest = read_manifest(folder)
    identity = Identity(**manifest["identity"])
    if tokenizer is not None and identity.tokenizer != tokenizer:
        raise IndexMismatchError(
            f"The index was made with tokenizer {identity.tokenizer}; this version uses {tokenizer}.", REPAIR
        )
    if encoder is not None and identity.model_name != encoder:
        raise IndexMismatchError(
            f"The index was made with the model {identity.model_name!r}; KB_ENCODER asks for {encoder!r}.",
            f"Run `kb index ARTICLES --data DIR` to rebuild it, or set KB_ENCODER={identity.model_name}.",
        )
    contents = {name: read_checked(folder / name, facts) for name, facts in manifest["files"].items()}
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
        raise IndexCorruptError(f"Revision {revision} cannot be read: {error}.", REPAIR) from error
    if not len(passages) == counts.rows == len(vectors) == passage_texts.groups:
        raise IndexCorruptError(f"The parts of revision {revision} have different numbers of passages.", REPAIR)
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
