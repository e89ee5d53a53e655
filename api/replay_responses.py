"""What a replay looks like; see ``api.responses`` for what these models are for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.article_responses import ProblemOfArticle
from api.responses import Count, Share01
from kb.types import Outcome

Status = Literal["now_answered", "still_not", "unchanged_right", "was_right_and_is_lost"]


class ShownDocument(BaseModel, extra="forbid", defer_build=True):
    """What was said to a question: the first quote where it is stated, else the first suggestion."""

    outcome: Outcome
    score: Share01
    answered: bool = Field(description="Stated with confidence, in the language of the question.")
    article_id: str | None
    title: str | None
    quote: str | None


class ReplayedDocument(BaseModel, extra="forbid", defer_build=True):
    question: str
    lang: Literal["auto", "en", "zh"]
    count: Count = Field(description="How often it was asked.")
    source: Literal["gap", "extra", "answered", "verified"] = Field(
        description="A wording of the gap, one of `questions`, one answered in the last 28 days, or one of a verified gap."
    )
    gap_id: str | None
    status: Status
    before: ShownDocument
    after: ShownDocument
    took_its_place: str | None = Field(description="For a lost question, the article that is shown instead, if any.")
    why: Literal["not_sure", "other_language", "said_before", "not_from_changed"] | None = Field(
        description="Of a question that is still not answered: nothing is sure enough, it is in another language, it was said "
        "before and did not help, or it comes from another article."
    )


class LeftOutDocument(BaseModel, extra="forbid", defer_build=True):
    """Wordings that there was no room for."""

    gap: Count
    answered: Count
    verified: Count


class ReplayDocument(BaseModel, extra="forbid", defer_build=True):
    object: Literal["replay"]
    revision: str = Field(description="The published index that the draft was tried beside.")
    article_id: str
    gap_id: str | None
    verdict: Literal["breaks", "closes", "helps", "no_effect"] = Field(
        description="`breaks`: something right is lost, whatever is won."
    )
    closes: bool
    asked: Count = Field(description="How often the questions that wait for an answer were asked.")
    answered: Count = Field(description="How often those of them that would now be answered from the draft.")
    counts: dict[Status, Count]
    results: list[ReplayedDocument]
    left_out: LeftOutDocument
    problems: list[ProblemOfArticle]
    seconds: float = Field(ge=0)
