"""What the query strings of lists and reports may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.attention import Need
from api.models import Channel, LangChoice, Name, Owner, Question, Token
from kb.gaps.vocabulary import Cause, GapStatus


def _moment(value: object) -> object:
    """A day (its midnight) or an RFC 3339 time, in UTC."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        parsed = parsed if parsed is None or parsed.tzinfo else parsed.replace(tzinfo=UTC)
        if parsed is not None and 2000 <= parsed.year <= 2200:
            return parsed.astimezone(UTC)
    except ValueError:
        pass
    raise PydanticCustomError("moment", "Must be a day (2026-11-22) or a time (2026-11-22T08:00:00Z), 2000 to 2200.")


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "pattern": r"^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$", "examples": ["2026-11-01"]}
    ),
]


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Limit = Annotated[int, Field(ge=1, le=100, description="Most items to return.")]
Cursor = Annotated[
    str | None, Field(max_length=200, pattern=r"^[A-Za-z0-9_\-]+$", description="`next_cursor` of the page before.")
]


class SearchParams(_Params):
    q: Question = Field(description="What to look for.", examples=["refund"])
    lang: LangChoice = "auto"
    category: list[Name] = Field(default=[], max_length=20)
    tag: list[Name] = Field(default=[], max_length=20)
    mode: Literal["typeahead", "full"] = Field(
        default="full", description="`typeahead`: the last word may be unfinished."
    )
    limit: Annotated[int, Field(ge=1, le=50)] = 10
    cursor: Cursor = None
    channel: Channel = Field(
        default="api", description="Where somebody searches, as in `context.channel` of a question."
    )


class ArticleListParams(_Params):
    status: Need | None = Field(
        default=None, description="Only articles that need this kind of attention; owners only."
    )
    lang: Literal["en", "zh"] | None = None
    category: Name | None = None
    limit: Limit = 50
    cursor: Cursor = None


class GapListParams(_Params):
    status: list[GapStatus] = Field(default=[], max_length=10)
    cause: Cause | None = None
    owner: Owner | None = Field(default=None, description="Exact name; empty: gaps that nobody owns.")
    lang: Literal["en", "zh"] | None = None
    sort: Literal["people"] = Field(default="people", description="Most people affected in 28 days first.")
    limit: Limit = 50
    cursor: Cursor = None


class GapFeedParams(_Params):
    status: list[GapStatus] = Field(default=[], max_length=10)
    cause: Cause | None = None
    owner: Owner | None = Field(
        default=None, description="Exact name of the owner or assignee; empty: gaps that nobody owns."
    )
    lang: Literal["en", "zh"] | None = None


class ReportParams(_Params):
    """The period is ``[from, to)``; by default the last 28 days."""

    from_: Moment | None = Field(default=None, alias="from", description="First day, or time, that counts (UTC).")
    to: Moment | None = Field(default=None, description="End, not included (UTC).")
    lang: Literal["en", "zh"] | None = None
    channel: Channel | None = None
    category: Name | None = None
    utc_offset: int = Field(
        default=0, ge=-840, le=840, description="Minutes east of UTC, for the weekday and hour table only."
    )


class HandoffListParams(_Params):
    status: Literal["waiting", "queued", "delivered", "acknowledged", "failed"] | None = Field(
        default=None, description="`waiting`: all that nobody has acknowledged."
    )
    limit: Limit = 50
    cursor: Cursor = None


class HandoffParams(_Params):
    token: Token | None = Field(
        default=None, description="What the visitor got who asked: gives the status and the replies."
    )
    link: Token | None = Field(
        default=None,
        description="The `link` in the address of `agent_url`: gives the packet without a key, until it ends.",
    )


class AgentLinkParams(_Params):
    link: Token | None = Field(default=None, description="The `link` in the address of `agent_url`, instead of a key.")


class RenderParams(_Params):
    """How `text` is made; the other channels have limits of their own."""

    limit: int | None = Field(default=None, ge=160, le=100_000, description="Most characters of `text`.")
    links: bool = Field(default=True, description="Of `text`: with addresses of sources and pages.")
