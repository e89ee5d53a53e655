"""What the articles hold: the text of a file, its parts, and where exactly each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal, NamedTuple

Lang = Literal["en", "zh"]
Audience = Literal["public", "bot", "agent"]
Policy = Literal["answer", "link_only", "handoff"]


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int


class BlockKind(StrEnum):
    """What a top-level Markdown block is; decides how an answer may cut it."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    PROCEDURE = "procedure"  # an ordered list: steps, never cut
    TABLE = "table"
    CODE = "code"
    QUOTE = "quote"  # block quotes and admonitions
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Block:
    """One Markdown block of a passage.

    ``span`` indexes the article file. ``lead_in`` says that the block is a
    paragraph which introduces the list, table or code after it.
    """

    kind: BlockKind
    span: Span
    lead_in: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article: ``level`` 1-6, ``span`` of its source lines."""

    level: int
    text: str
    anchor: str
    span: Span
    line: int  # 1-based


@dataclass(frozen=True, slots=True)
class Action:
    """A button that an article offers with its answer."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Article:
    """One help article: what its front matter says and the file's full text.

    ``text`` is the file decoded as UTF-8 with front matter included, so that every span
    of every citation can be checked against it. ``body_start`` is the offset behind the front matter.
    """

    id: str  # path below the articles folder without ".md"
    path: str  # path below the articles folder, POSIX separators
    title: str
    lang: Lang
    text: str
    body_start: int
    content_hash: str  # "sha256:<hex>" of the file's bytes
    category: str = ""
    description: str = ""
    owner: str | None = None
    tags: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("public",)
    questions: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    policy: Policy = "answer"
    last_reviewed_on: date | None = None
    review_due_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    url: str | None = None
    translation_of: str | None = None
    resolves: tuple[str, ...] = ()
    headings: tuple[Heading, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable piece of an article: ``article.text[span.start:span.end] == text``."""

    id: str  # "<article id>#<anchor>.<ordinal under that anchor>"
    article_id: str
    heading_path: tuple[str, ...]  # article title first
    anchor: str  # "" for text before the first heading below the title
    span: Span
    lines: tuple[int, int]  # 1-based, inclusive
    text: str  # the source, verbatim
    plain: str  # the same without markup, for searching and embedding
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an article: where, what, and whether it was left out."""

    path: str
    line: int  # 1-based, 0 when the whole file is meant
    code: str
    message: str
    fatal: bool  # True: this version of the article is not indexed
