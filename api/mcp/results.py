"""What `search` and `fetch` give; the other tools give documents that the HTTP doors have as well."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class FoundDocument(BaseModel, extra="forbid", defer_build=True):
    """An article that matches."""

    id: str = Field(description="For `fetch`.")
    title: str
    url: str = Field(description="Where a person reads it; never empty.")
    text: str = Field(description="Where it matches, shortened.")


class SearchResultsDocument(BaseModel, extra="forbid", defer_build=True):
    results: list[FoundDocument]


class FetchedDocument(BaseModel, extra="forbid", defer_build=True):
    id: str
    title: str
    text: str = Field(description="The whole article as Markdown.")
    url: str = Field(description="Where a person reads it; never empty.")
    metadata: dict[str, Any] = Field(description="Language, category, day of the last review, whether that is overdue.")
