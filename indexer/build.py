"""From a folder of Markdown to a published snapshot, doing again only what changed."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from indexer.counting import index_terms
from indexer.embedding_cache import ModelVectors, text_key
from indexer.frontmatter import read_article
from indexer.owners import Owners, read_owners
from indexer.passages import PARSER_VERSION, split_passages
from indexer.sources import SourceFile, article_id, scan
from indexer.terms import FieldWeights, embedding_text, wording_texts
from kb.errors import (
    ConflictError,
    IndexCorruptError,
    IndexMismatchError,
    IndexMissingError,
    InvalidInputError,
    StorageError,
)
from kb.index.revisions import current_revision, publish
from kb.index.snapshot import Identity, Snapshot, Wordings
from kb.index.storage import load_snapshot, write_snapshot
from kb.text.embedding import open_bulk_encoder, open_encoder, prepare_model
from kb.text.language import detect_language
from kb.text.model_card import ModelCard
from kb.text.tokenize import TOKENIZER_VERSION
from kb.types import Article, FloatArray, Passage, Problem

Progress = Callable[[str, int, int], None]  # stage, done, total

# Starting torch costs seconds; below this many passages the light runtime is done sooner.
_BULK_FROM = 128
_LOCK_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. ``changed`` is False when the published index was already up to date."""

    revision: str
    articles: int
    passages: int
    embedded: int  # texts (passages, titles, known phrasings) whose vectors had to be computed
    reread: int  # articles that were parsed again
    problems: tuple[Problem, ...]
    changed: bool
    seconds: float

    @property
    def needs_attention(self) -> bool:
        """True when some article could not be indexed as it is."""
        return any(problem.fatal for problem in self.problems)


@dataclass(frozen=True)
class _Reading:
    """All articles in id order; those that are as they were carry the old snapshot's rows."""

    articles: dict[str, Article]
    passages: dict[str, tuple[Passage, ...]]
    kept: frozenset[str]
    problems: list[Problem] = field(default_factory=list)


def build(
    articles_dir: Path,
    data: Path,
    *,
    encoder: str,
    models: Path | None = None,
    light: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Index ``articles_dir`` into ``data`` and publish the result.

    ``encoder``: model name or path. ``models``: folder of prepared models, default ``data/models``. ``light``: never load torch for
    embedding (inside a running service). Raises ``ConflictError`` when another build holds the folder for two minutes,
    ``EncoderError`` for an unusable model, ``NotFoundError`` when the folder does not exist.
    """
    started = time.monotonic()
    report = progress or (lambda stage, done, total: None)
    with _locked(data):
        previous = _previous(data)
        reading = _read(articles_dir, previous, report)
        folder, card = prepare_model(encoder, models or data / "models")
        identity = Identity(
            tokenizer=TOKENIZER_VERSION,
            fields=repr(FieldWeights()),
            parser=_parser_key(articles_dir),
            model_name=card.name,
            model_fingerprint=card.fingerprint,
            dimensions=card.dimensions,
        )
        usable = previous if _same_terms(previous, identity) else None
        terms = index_terms(reading.articles, reading.passages, reading.kept, usable, report)
        vectors, wordings, embedded = _embed(reading, data, folder, card, light, report)
        passages = [passage for group in reading.passages.values() for passage in group]
        revision = write_snapshot(
            data,
            identity=identity,
            articles_dir=articles_dir.resolve(),
            articles=reading.articles,
            passages=passages,
            problems=reading.problems,
            counts=terms.counts,
            vectors=vectors,
            wordings=wordings,
            passage_texts=terms.passage_texts,
            article_texts=terms.article_texts,
        )
        changed = revision != current_revision(data)
        if changed:
            publish(data, revision)
    return BuildReport(
        revision=revision,
        articles=len(reading.articles),
        passages=len(passages),
        embedded=embedded,
        reread=len(reading.articles) - len(reading.kept),
        problems=tuple(reading.problems),
        changed=changed,
        seconds=time.monotonic() - started,
    )


def _previous(data: Path) -> Snapshot | None:
    try:
        return load_snapshot(data)
    except (IndexMissingError, IndexMismatchError, IndexCorruptError):
        return None


def _parser_key(articles_dir: Path) -> str:
    owners = articles_dir / "owners.yaml"
    return f"{PARSER_VERSION}+{text_key(owners.read_text('utf-8', 'replace')).hex()[:8] if owners.is_file() else '0'}"


def _same_terms(previous: Snapshot | None, identity: Identity) -> bool:
    return previous is not None and (previous.identity.tokenizer, previous.identity.fields) == (
        identity.tokenizer,
        identity.fields,
    )


def _read(articles_dir: Path, previous: Snapshot | None, report: Progress) -> _Reading:
    """Parse what is new or edited; keep the last good version of what is broken."""
    listing = scan(articles_dir)
    owners, owner_problems = read_owners(articles_dir)
    parser = _parser_key(articles_dir)
    problems = [*listing.problems, *owner_problems]
    sources: dict[str, SourceFile | None] = {article_id(p.path): None for p in listing.problems if p.fatal}
    sources |= {source.id: source for source in listing.files}
    old_problems = _by_path(previous.problems if previous else ())
    articles: dict[str, Article] = {}
    passages: dict[str, tuple[Passage, ...]] = {}
    kept: set[str] = set()
    for done, name in enumerate(sorted(sources)):
        report("read", done, len(sources))
        source = sources[name]
        old = previous.articles.get(name) if previous else None
        current = old is not None and previous is not None and previous.identity.parser == parser
        if source and old and current and old.content_hash == source.content_hash:
            settled = _Settled(old, True, [p for p in old_problems.get(source.path, ()) if not p.fatal])
        else:
            settled = _settle(source, old, owners)
        problems.extend(settled.problems)
        if settled.article is None:
            continue
        articles[name] = settled.article
        if settled.kept and previous is not None:
            kept.add(name)
            passages[name] = tuple(previous.passages[row] for row in previous.rows_of_article[name])
        else:
            passages[name] = split_passages(settled.article)
    report("read", len(sources), len(sources))
    if previous and previous.articles and not articles:
        raise InvalidInputError(
            f"{articles_dir} holds no articles, but the index has {len(previous.articles)}.",
            "Check the path and that the folder is mounted; to empty the index on purpose, delete its index/ folder.",
        )
    return _Reading(articles, passages, frozenset(kept), problems)


@dataclass(frozen=True, slots=True)
class _Settled:
    """Which version of one article is indexed; ``kept``: the one that the previous snapshot has."""

    article: Article | None
    kept: bool
    problems: Sequence[Problem]


def _settle(source: SourceFile | None, old: Article | None, owners: Owners) -> _Settled:
    """Read an article; ``source`` is None when its file was refused, which the listing has reported."""
    if source is None:
        return _Settled(old, old is not None, ())
    result = read_article(source)
    if result.article is not None:
        return _Settled(owners.assign(result.article), False, result.problems)
    if any(problem.fatal for problem in result.problems):
        return _Settled(old, old is not None, result.problems)
    return _Settled(None, False, result.problems)  # withdrawn on purpose: a draft


def _by_path(problems: Sequence[Problem]) -> Mapping[str, list[Problem]]:
    grouped: dict[str, list[Problem]] = {}
    for problem in problems:
        grouped.setdefault(problem.path, []).append(problem)
    return grouped


def _embed(
    reading: _Reading, data: Path, folder: Path, card: ModelCard, light: bool, report: Progress
) -> tuple[FloatArray, Wordings, int]:
    """Vectors of all passages in order, of the articles' wordings, and how many had to be computed."""
    texts = [embedding_text(passage) for group in reading.passages.values() for passage in group]
    rows = len(texts)
    owner: list[int] = []
    chinese: list[bool] = []
    for position, article in enumerate(reading.articles.values()):
        phrasings = wording_texts(article)
        texts.extend(phrasings)
        owner.extend([position] * len(phrasings))
        chinese.extend(detect_language(phrasing) == "zh" for phrasing in phrasings)
    store = ModelVectors(data / "cache", card)
    vectors, embedded = store.embed(
        texts,
        lambda missing: open_bulk_encoder(folder) if missing > _BULK_FROM and not light else open_encoder(folder),
        lambda done, total: report("embed", done, total),
    )
    store.trim(texts)
    wordings = Wordings(vectors[rows:], np.asarray(owner, dtype=np.int64), np.asarray(chinese, dtype=np.bool_))
    return vectors[:rows], wordings, embedded


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Hold the data folder's build lock; the operating system lets go of it if the process dies."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "build.lock").open("w")
    except OSError as error:
        raise StorageError(f"The data folder {data} cannot be written: {error}.", "Name a writable folder.") from error
    with lock as stream:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConflictError(
                        f"Another build of {data} is still running.", "Wait for it to finish, then try again."
                    ) from None
                time.sleep(0.05)
        yield
