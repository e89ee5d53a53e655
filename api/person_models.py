"""What is sent and said when everything of one person is erased."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.models import StrictBody, Visitor
from api.responses import Count


class PersonErasureRequest(StrictBody):
    """The person as your bots name them in `context.person_ref`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person_ref": "crm-48213"}]})

    person_ref: Visitor


class ErasureDocument(BaseModel, extra="forbid", defer_build=True):
    """How much was erased."""

    object: Literal["erasure"]
    questions: Count
    votes: Count
    signals: Count
    gaps: Count
    searches: Count
    openings: Count
    handoffs: Count
