"""What the doors say about articles: one, a list of them, and what is wrong with each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.responses import ActionDocument, Count, ListDocument, Share01
from kb.types import Lang


class ArticleSummaryDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["article"]
    id: str
    title: str
    lang: Lang
    category: str
    description: str
    tags: list[str]
    owner: str | None
    url: str
    content_hash: str
    last_reviewed_on: str | None
    review_due_on: str | None
    stale: bool
    translation_of: str | None


class ProblemOfArticle(BaseModel, extra="forbid", defer_build=True):
    path: str
    line: Count
    code: str
    message: str
    fatal: bool = Field(description="True: this version of the file is not in the index.")


class ListedUsageDocument(BaseModel, extra="forbid", defer_build=True):
    """What people did with an article. `foreign`: questions in the other language that it answered."""

    days: int
    cited: Count
    suggested: Count
    opened: Count
    foreign: Count
    up: Count
    down: Count


class PairPlaceDocument(BaseModel, extra="forbid", defer_build=True):
    """Two places that say the same, or not. `says`, `other_says`: numbers that differ; empty for a denial."""

    passage_id: str
    text: str
    says: list[str]
    other_passage_id: str
    other_text: str
    other_says: list[str]
    overlap: Share01


class ArticlePairDocument(BaseModel, extra="forbid", defer_build=True):
    article_id: str
    share: Share01 = Field(description="How much of the shorter article stands in the other; 0 for a conflict.")
    places: list[PairPlaceDocument]


class SourceStateDocument(BaseModel, extra="forbid", defer_build=True):
    """Of the article that this one translates."""

    article_id: str
    ahead_since: str | None = Field(description="Day on which the source was reviewed or edited without this one.")
    numbers: list[str] = Field(description="Numbers that only the source states.")
    numbers_here: list[str]


class ListedArticleDocument(BaseModel, extra="forbid", defer_build=True):
    """One row of the list. For `status=broken` a file that never was indexed has only path and problems."""

    object: Literal["article"]
    id: str
    title: str
    lang: Lang | None
    category: str
    description: str
    tags: list[str]
    owner: str | None
    url: str | None
    content_hash: str | None
    last_reviewed_on: str | None
    review_due_on: str | None
    stale: bool
    translation_of: str | None
    problems: list[ProblemOfArticle] | None = Field(default=None, description="With status=broken.")
    usage: ListedUsageDocument | None = Field(
        default=None, description="With status=stale, unused, downvoted, untranslated."
    )
    pairs: list[ArticlePairDocument] | None = Field(default=None, description="With status=duplicate, conflict.")
    source: SourceStateDocument | None = Field(default=None, description="With status=behind.")


class ArticleListDocument(ListDocument):
    data: list[ListedArticleDocument]


class HeadingDocument(BaseModel, extra="forbid", defer_build=True):
    level: int = Field(ge=1, le=6)
    text: str
    anchor: str
    line: int = Field(ge=1)


class UsageDocument(BaseModel, extra="forbid", defer_build=True):
    """What became of an article in 28 days."""

    days: int
    cited: Count
    suggested: Count
    up: Count
    down: Count
    last_at: str | None


class ArticleDocument(ArticleSummaryDocument):
    path: str
    audience: list[str]
    headings: list[HeadingDocument]
    actions: list[ActionDocument]
    translations: list[str] = Field(description="Ids of the same article in the other language.")
    usage: UsageDocument
