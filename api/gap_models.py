"""What requests about gaps may hold."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.models import Comment, Name, StrictBody
from api.models import Owner as Reason
from kb.records.gap_values import DIRECTIONS, FIRST_DUE, LAST_DUE, MAX_NAME, due_day, unfit


def _day(value: str) -> str:
    """An ISO 8601 date, or "" for none. A day that is over is taken: somebody may have promised it."""
    day = due_day(value) if value else None
    if value and day is None:
        limits = {"first": str(FIRST_DUE), "last": str(LAST_DUE)}
        raise PydanticCustomError("date", "Must be a date like 2026-12-31, from {first} to {last}.", limits)
    return day.isoformat() if day else ""


def _one_line(value: str) -> str:
    found = unfit(value)
    if found is not None:
        raise PydanticCustomError("unfit", "Has {found}; send one line of readable text.", {"found": found})
    if len(value) > MAX_NAME:
        raise PydanticCustomError("too_long", "Must have at most {limit} characters.", {"limit": MAX_NAME})
    return value


_READABLE = f"[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029{DIRECTIONS}]"
_LINE = {"type": "string", "maxLength": MAX_NAME, "pattern": f"^{_READABLE}*$"}
Owner = Annotated[
    str, AfterValidator(_one_line), AfterValidator(str.strip), WithJsonSchema(_LINE)
]  # white space is nobody
Label = Annotated[Name, AfterValidator(_one_line)]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class GapPatch(StrictBody):
    """What an owner may change of a gap; at least one field. That a gap is `verified` is for its questions to prove."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "examples": [
                {"status": "assigned", "owner": "billing-docs", "assignee": "Ada", "due_on": "2026-12-01"},
                {"status": "dismissed", "dismissed_reason": "We do not sell bicycles."},
            ],
        }
    )

    status: Literal["open", "assigned", "drafted", "resolved", "verified", "reopened", "dismissed"] | None = Field(
        default=None, description="`resolved` is a claim that is checked at once; nobody can set `verified`."
    )
    owner: Owner | None = Field(default=None, description="Who answers for the subject; null or empty: nobody.")
    assignee: Owner | None = Field(default=None, description="Who writes; null or empty: nobody.")
    due_on: Day | None = Field(default=None, description="Until when; null: no date.")
    dismissed_reason: Reason | None = Field(default=None, description="Needed with the status `dismissed`.")
    label: Label | None = Field(default=None, description="A better name for the need.")
    note: Comment = Field(default="", description="Kept with the history.")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.model_fields_set:
            names = ", ".join(list(type(self).model_fields)[:-1])
            raise PydanticCustomError("empty", "Send at least one of {names} and note.", {"names": names})
        return self

    def cleared(self, name: str) -> str | None:
        """The field ``name`` as a change: "" when it was sent as null or empty, None when it was not sent."""
        value: str | None = getattr(self, name)
        return "" if value is None and name in self.model_fields_set else value
