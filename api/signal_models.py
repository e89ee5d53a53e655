"""What is reported from outside: needs that were not met, and articles that were opened."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.models import ArticleId, Channel, Identifier, LangChoice, Name, Question, StrictBody, Visitor
from kb.gaps.vocabulary import SignalKind
from kb.records.rows import DOWN_REASONS

MAX_SIGNALS = 100
_TIME = r"^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _time(value: object) -> object:
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) and _RFC_3339.fullmatch(value) else None
    except ValueError:
        parsed = None
    if parsed is None or not 2000 <= parsed.year <= 2099:
        raise PydanticCustomError("time", "Must be a time with its zone (2026-11-22T08:00:00Z), 2000 to 2099.")
    return parsed.astimezone(UTC)


Time = Annotated[datetime, BeforeValidator(_time), WithJsonSchema({"type": "string", "pattern": _TIME})]
KindName = Literal[
    "no_answer",
    "suggested_not_taken",
    "thumbs_down",
    "asked_for_person",
    "rephrased",
    "search_without_click",
    "cross_language",
    "stale_citation",
    "owner_flag",
]
DownReason = Literal[
    "incorrect", "outdated", "incomplete", "not_relevant", "hard_to_understand", "wrong_language", "other"
]
# What is counted and what may be sent are the same words.
assert set(KindName.__args__) == {kind.value for kind in SignalKind}  # type: ignore[attr-defined]
assert set(DownReason.__args__) == set(DOWN_REASONS)  # type: ignore[attr-defined]


def _one_of(*names: str) -> dict[str, Any]:
    """At least one of these fields, with a value, in JSON Schema."""
    return {"anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in names]}


class SignalRequest(StrictBody):
    """A need that was not met, seen by a bot or a person: in words, or as the answer or article that it is about."""

    model_config = ConfigDict(
        json_schema_extra={
            **_one_of("question", "answer_id", "article_id"),
            "examples": [
                {"question": "Do you ship to Norway?", "external_id": "wecom-88213", "channel": "wecom"},
                {
                    "kind": "owner_flag",
                    "external_id": "review-2026-11-refunds",
                    "article_id": "en/shop/refunds",
                },
            ],
        }
    )

    kind: KindName = Field(
        default="no_answer",
        description="What happened. `owner_flag`: somebody who answers for it says that it needs work; that counts as nobody "
        "affected.",
    )
    question: Question | None = Field(
        default=None, description="The need in words; without them those of the answer, else the article's title."
    )
    external_id: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")] = Field(
        description="The sender's own name of the event; sent again, it is counted once."
    )
    lang: LangChoice = "auto"
    channel: Channel = "api"
    at: Time | None = Field(
        default=None, description="When it happened (RFC 3339); now, if that is not given or ahead."
    )
    answer_id: Identifier | None = Field(default=None, description="The answer that it is about.")
    article_id: ArticleId | None = Field(
        default=None, description="The article that it is about, or that came nearest."
    )
    category: Name | None = Field(default=None, description="Where no article came near: whose business it is.")
    visitor: Visitor | None = Field(
        default=None, description="The sender's own name of the person; kept as a hash that changes every day."
    )
    reasons: list[DownReason] = Field(default=[], max_length=10, description="Of a `thumbs_down`.")

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.question is None and self.answer_id is None and self.article_id is None:
            raise PydanticCustomError("empty", "Send at least one of question, answer_id and article_id.")
        return self


class SignalBatch(StrictBody):
    """Several signals at once: all of them are counted, or none if one of them is wrong."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"signals": [{"question": "Do you ship to Norway?", "external_id": "w-1"}]}]}
    )

    signals: list[SignalRequest] = Field(min_length=1, max_length=MAX_SIGNALS)


class OpeningRequest(StrictBody):
    """A visitor opened an article that an answer or a search had shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"article_id": "en/shop/refunds", "source_id": "ans_01KB3VA2M7Q2V5H0D6N8R4T9WX"}]
        }
    )

    article_id: ArticleId
    source_id: Identifier | None = Field(
        default=None, description="`id` of the answer or of the search that it was opened from."
    )
    channel: Channel = "api"
    visitor: Visitor | None = Field(
        default=None, description="Your own name of the person, as in `context.visitor`; heeded with a secret key only."
    )
