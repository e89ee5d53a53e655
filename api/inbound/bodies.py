"""What platforms send. Only the fields that are read are described; all others are let through."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field


def _printable(text: str) -> str:
    """Without what no door takes: control characters and halves of characters."""
    whole = text.encode("utf-8", "ignore").decode()
    return "".join(char for char in whole if char in "\t\n\r" or (ord(char) >= 0x20 and not 0x7F <= ord(char) < 0xA0))


Said = Annotated[str, AfterValidator(_printable)]


class _Sent(BaseModel):
    """A JSON object that may have more fields."""

    model_config = {"extra": "allow", "frozen": True, "defer_build": True}


class SessionInfo(_Sent):
    session: Said = Field(default="", description="projects/…/sessions/… of Dialogflow.")
    parameters: dict[str, Any] = Field(
        default={}, description="Read: `choices` of the turn before, `person_ref`, `question`."
    )


class FulfillmentInfo(_Sent):
    tag: Said = Field(default="", description="`up`, `down` and `person` act on the answer before; any other asks.")


class DialogflowRequest(_Sent):
    """`WebhookRequest` of Dialogflow CX, version 3."""

    sessionInfo: SessionInfo  # noqa: N815 - the platform's name
    fulfillmentInfo: FulfillmentInfo = FulfillmentInfo()  # noqa: N815 - the platform's name
    detectIntentResponseId: Said = Field(  # noqa: N815 - the platform's name
        default="", description="Names this turn: a call that is repeated is answered once."
    )
    text: Said = Field(default="", description="What the visitor wrote.")
    transcript: Said = Field(default="", description="What the visitor was heard to say.")
    languageCode: Said = ""  # noqa: N815 - the platform's name
    payload: dict[str, Any] = {}


class ChatwootEvent(_Sent):
    """An event of Chatwoot; its other fields depend on the kind."""

    event: Said = Field(description="`message_created` and `message_updated` are read.")


class RasaMessage(_Sent):
    text: Said | None = None
    message_id: Said | None = Field(
        default=None, description="Names this turn: a call that is repeated is answered once."
    )


class RasaTracker(_Sent):
    latest_message: RasaMessage = RasaMessage()
    slots: dict[str, Any] = {}


class RasaRequest(_Sent):
    """What Rasa sends to a custom action server."""

    next_action: Said = Field(
        description="`action_kb_up`, `action_kb_down`, `action_kb_person` act on the answer before; any other asks."
    )
    sender_id: Said = "default"
    tracker: RasaTracker = RasaTracker()
