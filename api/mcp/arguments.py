"""What the tools take. Checked here, so that behind the door values are known to be good."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.models import ArticleId, Identifier, LangChoice, Name, OptionId, Owner, Question, StrictBody, Visitor, Whole
from kb.gaps.vocabulary import Cause, GapStatus
from kb.types import Audience

_AUDIENCE = "Whose articles. Anything but `public` needs a secret key."
Audiences = Annotated[list[Audience], Field(min_length=1, max_length=3)]


class SearchArguments(StrictBody):
    query: Question = Field(description="What to look for, in English or Chinese: a question or a few words.")
    lang: LangChoice = Field(default="auto", description="Language of the query; `auto` detects it.")
    category: list[Name] = Field(default=[], max_length=20, description="Only articles of any of these categories.")
    limit: Whole = Field(default=10, ge=1, le=50, description="Most articles to return.")
    audience: Audiences | None = Field(default=None, description=_AUDIENCE)


class FetchArguments(StrictBody):
    id: ArticleId = Field(description="`id` of a search result, or `article_id` of a citation.")


class AskArguments(StrictBody):
    question: Question = Field(
        description="The person's question in their own words, in English or Chinese; 1 to 1000 characters."
    )
    lang: LangChoice = Field(default="auto", description="Language of the question; `auto` detects it.")
    conversation_id: Identifier | None = Field(
        default=None, description="`conversation_id` of the answer before, so that a follow-up is understood."
    )
    earlier: list[Question] | None = Field(
        default=None,
        max_length=6,
        description="What the person asked before, oldest first, where no `conversation_id` is known.",
    )
    option_id: OptionId | None = Field(
        default=None,
        description="`id` of the option that the person chose after an outcome `clarify`; `question` is then its label.",
    )
    person_ref: Visitor | None = Field(
        default=None,
        description="Your own name of the person who asks: their latest conversation goes on, whatever channel it was in. Kept as "
        "a keyed hash; needs a secret key.",
    )
    category: list[Name] = Field(default=[], max_length=20, description="Only articles of any of these categories.")
    audience: Audiences | None = Field(default=None, description=_AUDIENCE)


class ListGapsArguments(StrictBody):
    status: list[GapStatus] = Field(default=[], max_length=10, strict=False, description="Only gaps in these states.")
    cause: Cause | None = Field(default=None, strict=False, description="Only gaps with this cause.")
    owner: Owner | None = Field(default=None, description="Exact name; empty: gaps that nobody owns.")
    lang: Literal["en", "zh"] | None = Field(default=None, description="Only gaps in this language.")
    limit: Whole = Field(default=20, ge=1, le=100, description="Most gaps to return.")
    cursor: str | None = Field(default=None, max_length=200, description="`next_cursor` of the page before.")


class GapArguments(StrictBody):
    gap_id: Identifier = Field(description="`id` of a gap, from `list_gaps`.")
