"""What the index would be with some drafts in it: made in memory beside the live one, nothing written, nothing published."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from indexer.counting import index_terms
from indexer.frontmatter import read_article
from indexer.metadata import HeaderError, read_header
from indexer.owners import Owners, read_owners
from indexer.passages import split_passages
from indexer.sources import MAX_BYTES, article_id, source_from_bytes
from indexer.terms import embedding_text, wording_texts
from kb.answer.spelling import inherit_speller
from kb.errors import InvalidInputError, NotFoundError
from kb.index.snapshot import Derived, Snapshot, Wordings
from kb.text.language import detect_language
from kb.types import Article, Encoder, FloatArray, Passage, Problem

# From here on the background of the live index is kept: no single article moves the mean of its 256 samples by a hundredth.
_BACKGROUND_KEPT_FROM = 2000  # passages
_UNNAMED = "draft"
_LONGEST_ID = 500  # code points


@dataclass(frozen=True, slots=True)
class DraftArticle:
    """Markdown that is not in the articles folder. ``article_id``: the article it replaces or adds; "" to take it from the text."""

    markdown: str
    article_id: str = ""


class DraftError(InvalidInputError):
    """A draft that could not be published as it is; ``line`` is 1-based, 0 when the whole text is meant."""

    def __init__(self, problem: Problem) -> None:
        where = f"line {problem.line}: " if problem.line else ""
        super().__init__(f"The draft cannot be read: {where}{problem.message}", "Correct it.", "/article_markdown")
        self.line = problem.line
        self.problem = problem


@dataclass(frozen=True, eq=False)
class Overlay:
    """``snapshot``: the live one with the drafts in it. ``article_ids``: of the drafts, in their order.

    ``problems``: what is wrong with them without keeping them out. ``embedded``: texts whose vectors had to be computed.
    """

    snapshot: Snapshot
    article_ids: tuple[str, ...]
    problems: tuple[Problem, ...]
    embedded: int


def overlay(
    live: Snapshot, drafts: Sequence[DraftArticle], encoder: Encoder, *, removed: Collection[str] = ()
) -> Overlay:
    """``live`` with ``drafts`` in the place of the articles of their ids, or beside them, and without ``removed`` articles.

    ``encoder``: the one of the live snapshot's model; only texts that the live articles do not have are embedded. A draft that
    says ``draft: true`` is read as if it were published. The result answers as an index of these articles would; of large ones,
    the background of the cosines is taken over. Raises ``DraftError`` for a draft that would not be indexed,
    ``InvalidInputError`` for an unusable or repeated id, ``NotFoundError`` for an unknown removed article.
    """
    unknown = sorted(set(removed) - live.articles.keys())
    if unknown:
        raise NotFoundError(f"There is no article {unknown[0]!r} in the index.", "See GET /v1/articles for the ids.")
    owners, _ = read_owners(live.articles_dir)
    read = [_read(live, draft, owners) for draft in drafts]
    fresh = {article.id: article for article, _ in read}
    if len({name.casefold() for name in fresh}) < len(read):
        raise InvalidInputError("Two drafts have the same id.", "Give each its own article_id.", "/article_id")
    articles = {i: a for i, a in live.articles.items() if i not in fresh and i not in removed}
    kept = frozenset(articles)
    articles = dict(sorted((articles | fresh).items()))
    rows = live.rows_of_article
    passages = {
        i: split_passages(a) if i in fresh else tuple(live.passages[rows[i].start : rows[i].stop])
        for i, a in articles.items()
    }
    terms = index_terms(articles, passages, kept, live, lambda stage, done, total: None, canonical=False)
    vectors, wordings, embedded = _vectors(live, articles, passages, kept, encoder)
    digest = hashlib.sha256("\n".join([*sorted(removed), *(a.content_hash for a in fresh.values())]).encode())
    replaced = {live.articles[i].path for i in live.articles if i not in kept}
    snapshot = replace(
        live,
        revision=f"{live.revision}+{digest.hexdigest()[:8]}",
        built_at=datetime.now(UTC),
        articles=articles,
        passages=[passage for group in passages.values() for passage in group],
        problems=(*(p for p in live.problems if p.path not in replaced), *(p for _, found in read for p in found)),
        counts=terms.counts,
        vectors=vectors,
        graph_file=None,
        wordings=wordings,
        passage_texts=terms.passage_texts,
        article_texts=terms.article_texts,
        derived=Derived(
            background=live.background if len(live.passages) >= _BACKGROUND_KEPT_FROM else None,
            article_counts=terms.article_counts,
        ),
    )
    inherit_speller(snapshot, live, {*fresh, *removed})
    return Overlay(snapshot, tuple(fresh), tuple(p for _, found in read for p in found), embedded)


def _read(live: Snapshot, draft: DraftArticle, owners: Owners) -> tuple[Article, tuple[Problem, ...]]:
    raw = draft.markdown.encode("utf-8", "surrogatepass")  # what cannot be encoded is the reader's to name
    name = _named(live, draft)
    known = live.articles.get(name)
    path = known.path if known is not None else f"{name}.md"
    if len(raw) > MAX_BYTES:
        raise DraftError(Problem(path, 0, "too_big", "An article may have 10 MB.", True))
    result = read_article(source_from_bytes(path, raw), owners, unpublished=True)
    if result.article is None:
        raise DraftError(next(problem for problem in result.problems if problem.fatal))
    return result.article, tuple(problem for problem in result.problems if problem.code != "draft")


def _named(live: Snapshot, draft: DraftArticle) -> str:
    """The id of the draft's article: the given one, the one its front matter gives, else a free name."""
    wanted = _clean_id(draft.article_id) if draft.article_id else _id_in_text(draft.markdown)
    if wanted:
        # Ids differ even when case is ignored, so this is the article that such a file would be.
        return next((i for i in live.articles if i.casefold() == wanted.casefold()), wanted)
    name, number = _UNNAMED, 1
    while name in live.articles:
        number += 1
        name = f"{_UNNAMED}-{number}"
    return name


def _clean_id(text: str) -> str:
    name = article_id(text.strip().removeprefix("./"))
    parts = name.split("/")
    if len(name) > _LONGEST_ID or not name.isprintable() or "\\" in name or any(p in {"", ".", ".."} for p in parts):
        raise InvalidInputError(
            f"{text[:80]!r} is no id of an article.",
            "An id is a path below the articles folder: en/refunds.",
            "/article_id",
        )
    return name


def _id_in_text(markdown: str) -> str:
    """What ``id`` or ``slug`` of the front matter say, where that can be an id."""
    try:
        fields = read_header(markdown).fields
    except HeaderError:
        return ""  # the reader of articles names the line
    for key in ("article_id", "id", "slug"):
        value = fields[key].raw if key in fields else None
        if isinstance(value, str) and re.fullmatch(r"[\w./-]+", value):
            try:
                return _clean_id(value.strip("/"))
            except InvalidInputError:
                continue
    return ""


def _vectors(
    live: Snapshot,
    articles: Mapping[str, Article],
    passages: Mapping[str, Sequence[Passage]],
    kept: Collection[str],
    encoder: Encoder,
) -> tuple[FloatArray, Wordings, int]:
    """Vectors of all passages and of all wordings, and how many texts were embedded for them."""
    fresh = [name for name in articles if name not in kept]
    known = _known_vectors(live, fresh)
    wanted = [embedding_text(p) for name in fresh for p in passages[name]]
    phrasings = {name: wording_texts(articles[name]) for name in fresh}
    wanted += [text for name in fresh for text in phrasings[name]]
    missing = list(dict.fromkeys(text for text in wanted if text not in known))
    if missing:
        known |= dict(zip(missing, encoder.encode(missing), strict=True))
    rows, groups, owner, chinese = live.rows_of_article, [live.vectors[:0]], [], []
    starts = np.searchsorted(live.wordings.article, np.arange(len(live.article_ids) + 1))
    position = {name: i for i, name in enumerate(live.article_ids)}
    worded = [live.wordings.vectors[:0]]
    for place, name in enumerate(articles):
        if name in kept:
            groups.append(live.vectors[rows[name].start : rows[name].stop])
            part = slice(starts[position[name]], starts[position[name] + 1])
            worded.append(live.wordings.vectors[part])
            said = live.wordings.chinese[part].tolist()
        else:
            groups += [known[embedding_text(p)][None, :] for p in passages[name]]
            worded += [known[text][None, :] for text in phrasings[name]]
            said = [detect_language(text) == "zh" for text in phrasings[name]]
        chinese += said
        owner += [place] * len(said)
    wordings = Wordings(np.concatenate(worded), np.asarray(owner, np.int64), np.asarray(chinese, np.bool_))
    return np.concatenate(groups), wordings, len(missing)


def _known_vectors(live: Snapshot, names: Sequence[str]) -> dict[str, FloatArray]:
    """What the articles that are replaced have of their own text, so that an edit embeds what it changed."""
    found: dict[str, FloatArray] = {}
    position = {name: i for i, name in enumerate(live.article_ids)}
    for name in names:
        article = live.articles.get(name)
        if article is None:
            continue
        found |= {embedding_text(live.passages[row]): live.vectors[row] for row in live.rows_of_article[name]}
        vectors = live.wordings.vectors[live.wordings.article == position[name]]
        found |= dict(zip(wording_texts(article), vectors, strict=True))
    return found
