"""The form with which a visitor asks for a person: what it holds, and from its fields to a request or to what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Form
from pydantic import ValidationError

from api.handoff_models import HandoffRequest
from api.pages.wording import readable
from kb.ids import new_id
from kb.types import Lang

MAX_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class PersonForm:
    """The fields as they are sent, each perhaps empty. ``key``: makes sending the same form twice harmless."""

    message: Annotated[str, Form()] = ""
    name: Annotated[str, Form()] = ""
    email: Annotated[str, Form()] = ""
    phone: Annotated[str, Form()] = ""
    consent: Annotated[str, Form()] = ""
    answer: Annotated[str, Form()] = ""
    token: Annotated[str, Form()] = ""
    key: Annotated[str, Form()] = ""
    lang: Annotated[str, Form()] = ""

    @property
    def idempotency_key(self) -> str:
        """The form's key and what was typed: whoever goes back and writes something else asks anew."""
        typed = "\0".join((self.message, self.name, self.email, self.phone))
        return f"{self.key[:60]}-{hashlib.sha256(typed.encode('utf-8', 'replace')).hexdigest()[:32]}"


def new_form(answer: str = "", token: str = "") -> PersonForm:
    """An empty form about an answer, or about nothing yet. ``token``: that of the answer, which its reader alone has."""
    return PersonForm(answer=answer, token=token, key=new_id("frm"))


@dataclass(frozen=True, slots=True)
class PersonPanel:
    """The form with what to say around it.

    ``accepts``: what is sent reaches somebody; ``contact``: where a person is reached instead, "" when no address is set;
    ``wrong``: from the names of fields to the keys of what to say.
    """

    form: PersonForm
    accepts: bool
    contact: str
    channels: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    max_message: int = MAX_MESSAGE


def faults(form: PersonForm) -> dict[str, str]:
    """What a visitor has to mend before anything is sent; the rest is checked by ``request_of``."""
    wrong: dict[str, str] = {}
    if not form.email.strip() and not form.phone.strip():
        wrong["email"] = "person.contact_missing"
    if not form.consent:
        wrong["consent"] = "person.consent_missing"
    if len(form.message) > MAX_MESSAGE:
        wrong["message"] = "person.message_too_long"
    if not form.answer and not readable(form.message).strip():
        wrong["message"] = "person.message_missing"
    return wrong


def request_of(form: PersonForm, lang: Lang, page_url: str) -> HandoffRequest | dict[str, str]:
    """The request of ``form``, or what is wrong with which field (as in ``PersonPanel.wrong``)."""
    body: dict[str, Any] = {
        "answer_id": form.answer or None,
        "token": (form.token or None) if form.answer else None,
        "message": readable(form.message).strip(),
        "contact": {
            "name": readable(form.name).strip(),
            "email": form.email.strip() or None,
            "phone": form.phone.strip() or None,
            "consent": True,
        },
        "lang": lang,
        "channel": "help_page",
        "page_url": page_url,
    }
    try:
        return HandoffRequest.model_validate(body)
    except ValidationError as error:
        names = {str(part) for item in error.errors() for part in item["loc"]} | {"form"}
        known = [name for name in ("email", "phone", "name") if name in names]
        return {name: f"person.{name}_unusable" for name in known} or {"form": "person.unusable"}
