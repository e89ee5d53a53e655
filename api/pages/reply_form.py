"""The form with which a person answers a visitor, on the desk and on the page of the signed link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from pydantic import ValidationError

from api.handoff_models import HandoffReplyRequest
from api.models import MAX_REPLY
from api.pages.wording import Words
from kb.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """``key``: made with the page, so that a form that is sent twice is one reply."""

    text: Annotated[str, Form()] = ""
    name: Annotated[str, Form()] = ""
    key: Annotated[str, Form(max_length=64, pattern=r"^[0-9a-f]*$")] = ""


def reply_of(form: ReplyForm, who: str, t: Words) -> HandoffReplyRequest:
    """The reply in the form. Raises ``InvalidInputError`` in the words of the page."""
    # Browsers count a line end in a text field as one character and send it as two.
    text = form.text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidInputError(t("agent.reply_empty"))
    if len(text) > MAX_REPLY:
        raise InvalidInputError(t("agent.reply_long", n=MAX_REPLY))
    try:
        return HandoffReplyRequest(text=text, agent=who[:100])
    except ValidationError:
        raise InvalidInputError(t("agent.reply_unusable")) from None
