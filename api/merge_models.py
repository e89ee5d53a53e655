"""What requests to merge and split gaps may hold."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.gap_models import Label
from api.models import StrictBody

GapId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Wording = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class MergeRequest(StrictBody):
    """Which gap stands for the other from now on: exactly one of both fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": "gap_01KB2T"}, {"sources": ["gap_01KB2V"]}]})

    into: GapId | None = Field(default=None, description="The gap that stands for this one.")
    sources: list[GapId] | None = Field(
        default=None, min_length=1, max_length=100, description="The gaps that this one stands for."
    )

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if (self.into is None) == (self.sources is None):
            raise PydanticCustomError("one_of", "Send either into or sources.")
        return self


class SplitRequest(StrictBody):
    """The questions that are another need."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"questions": ["How do I get my deposit back?"], "label": "Deposits"}]}
    )

    questions: list[Wording] = Field(min_length=1, max_length=1000, description="As the gap lists them.")
    label: Label | None = Field(default=None, description="Name of the new gap, else its most typical question.")
