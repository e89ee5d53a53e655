"""What responses say of the proof of a gap."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.responses import Share01
from kb.types import Lang, Outcome


class GapCheckDocument(BaseModel, extra="forbid", defer_build=True):
    question: str
    lang: Lang
    at: str
    revision: str
    outcome: Outcome
    reason: str | None
    score: Share01
    answered: bool = Field(description="Stated with confidence, in the language of the question.")
    new_text: bool = Field(description="From text that is newer than the gap.")
    article_id: str | None = Field(description="Quoted, or suggested first where nothing is stated.")
    quote: str | None


class GapFoundDocument(BaseModel, extra="forbid", defer_build=True):
    """The article that answers the gap when it is tried."""

    kind: Literal["found", "language", "alone", "conflict"] = Field(
        description="`found`: asked again, it is found now. `language`: it is in the other language. `alone`: when it is the "
        "only article that is searched. `conflict`: otherwise than `other_id` does."
    )
    article_id: str
    passage_id: str
    quote: str
    score: Share01
    other_id: str = Field(description="The article that says something else; empty without a conflict.")
    other_quote: str
