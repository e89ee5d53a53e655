"""What requests about gaps may hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.models import Comment, Name, StrictBody
from api.models import Owner as _Owner


def _day(value: str) -> str:
    """An ISO 8601 date, or "" for none. A day that is over is taken: somebody may have promised it."""
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        raise PydanticCustomError("date", "Must be a date like 2026-12-31.") from None


Owner = Annotated[_Owner, AfterValidator(str.strip)]  # white space is nobody
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
    dismissed_reason: Owner | None = Field(default=None, description="Needed with the status `dismissed`.")
    label: Name | None = Field(default=None, description="A better name for the need.")
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
