"""What the inbound doors and the door of clicks answer; see ``api.responses`` about these models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class FulfillmentMessages(BaseModel, extra="forbid", defer_build=True):
    messages: list[dict[str, Any]]
    mergeBehavior: Literal["REPLACE"]  # noqa: N815 - the platform's name


class SessionParameters(BaseModel, extra="forbid", defer_build=True):
    parameters: dict[str, Any] = Field(
        description="`outcome` (of the answer, or `voted`, `unclear`, `nobody`, `late`, `failed`), `confidence`, `answer_id`, "
        "`conversation_id`, `handoff_id`, `choices`."
    )


class DialogflowDocument(BaseModel, extra="forbid", defer_build=True):
    """`WebhookResponse` of Dialogflow CX."""

    fulfillmentResponse: FulfillmentMessages  # noqa: N815 - the platform's name
    sessionInfo: SessionParameters  # noqa: N815 - the platform's name


class RasaDocument(BaseModel, extra="forbid", defer_build=True):
    """What Rasa takes from a custom action."""

    events: list[dict[str, Any]]
    responses: list[dict[str, Any]]


class InboundDocument(BaseModel, extra="forbid", defer_build=True):
    """A message that is answered through the platform's own API."""

    object: Literal["inbound"]
    status: Literal["taken", "repeated", "ignored"]


class ClickDocument(BaseModel, extra="forbid", defer_build=True):
    """A pressed button as the call of this service that it asks for."""

    object: Literal["click"]
    kind: Literal["up", "down", "option", "person"]
    call: Literal["/v1/feedback", "/v1/ask", "/v1/handoffs"]
    body: dict[str, Any]
