"""Dialogflow CX and Rasa: the turn as each of them takes it.

Dialogflow CX: ``WebhookRequest`` and ``WebhookResponse`` (cloud.google.com/dialogflow/cx/docs/reference/rest/v3); a webhook has 5 s
by default and 64 KiB. Rasa: "Custom Action Server API" (rasa.com/docs/reference/api/pro/action-server-api).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.channels import plain
from api.channels.message import Button
from api.inbound.bodies import DialogflowRequest, RasaRequest
from api.inbound.conversing import Heard, Turned, choices_of
from api.speech.spoken import words
from kb.text.language import detect_language

_TEXT = 4000  # UTF-16 units: far below 64 KiB, and as much as anybody reads in a chat
_TAGS = {"up": "up", "down": "down", "person": "person"}
_ACTIONS = {f"action_kb_{name}": name for name in _TAGS}
# Slots that are filled where the assistant has them.
_SLOTS = ("outcome", "confidence", "answer_id", "conversation_id", "handoff_id", "choices")

Json = dict[str, Any]


def heard_of(body: DialogflowRequest | RasaRequest, base: str) -> Heard:
    """What was said, whoever sends it."""
    if isinstance(body, RasaRequest):
        slots, said = body.tracker.slots, (body.tracker.latest_message.text or "").strip()
        text = _doing(_ACTIONS.get(body.next_action), slots, said)
        person = _name(slots.get("person_ref")) or f"rasa:{body.sender_id}"
        turn = _name(body.tracker.latest_message.message_id)
        return Heard("rasa", body.sender_id, person, text, base, choices=_choices(slots), turn=turn)
    told = body.sessionInfo.parameters
    said = _name(told.get("question")) or body.text or body.transcript
    text = _doing(_TAGS.get(body.fulfillmentInfo.tag), told, said.strip())
    session = body.sessionInfo.session
    person = _name(told.get("person_ref")) or f"dialogflow:{session}"
    turn = _name(body.detectIntentResponseId)
    return Heard("dialogflow", session, person, text, base, body.languageCode, _choices(told), turn)


def fulfilled(body: DialogflowRequest | RasaRequest, turned: Turned) -> Json:
    """The response to ``body``."""
    if isinstance(body, RasaRequest):
        return rasa_response(body, turned)
    return dialogflow_response(turned, links="telephony" not in body.payload)


def dialogflow_response(turned: Turned, *, links: bool = True) -> Json:
    """``WebhookResponse``. ``links``: without them for telephones, where an address cannot be opened."""
    messages: list[Json] = [{"text": {"text": [text]}} for text in _texts(turned, links=links)]
    chips = [_chip(button) for button in turned.buttons]
    if chips and links:
        messages.append({"payload": {"richContent": [[{"type": "chips", "options": chips}]]}})
    if turned.handoff is not None:
        messages.append(
            {"liveAgentHandoff": {"metadata": {"handoff_id": turned.handoff.id, "team": turned.handoff.team}}}
        )
    return {
        "fulfillmentResponse": {"messages": messages, "mergeBehavior": "REPLACE"},
        "sessionInfo": {"parameters": _parameters(turned)},
    }


def rasa_response(body: RasaRequest, turned: Turned) -> Json:
    """``events`` and ``responses``. Slots are set where the domain has them."""
    parameters = _parameters(turned)
    texts = _texts(turned)
    buttons = [{"title": b.label, "payload": b.short} for b in turned.buttons if b.short]
    responses: list[Json] = [{"text": text, "buttons": [], "elements": [], "custom": {}} for text in texts]
    responses[-1] = {**responses[-1], "buttons": buttons, "custom": {"kb": {**parameters, "choices": None}}}
    events = [
        {"event": "slot", "timestamp": None, "name": name, "value": parameters[name]}
        for name in _SLOTS
        if name in body.tracker.slots
    ]
    return {"events": events, "responses": responses}


def in_words(body: DialogflowRequest | RasaRequest, text: str, outcome: str, person: str) -> Json:
    """A response without an answer: ``text``, and a button that asks for a person in the words ``person``."""
    if isinstance(body, RasaRequest):
        buttons = [{"title": person, "payload": person}]
        told = {"kb": {"outcome": outcome}}
        return {"events": [], "responses": [{"text": text, "buttons": buttons, "elements": [], "custom": told}]}
    chips = {"payload": {"richContent": [[{"type": "chips", "options": [{"text": person}]}]]}}
    return {
        "fulfillmentResponse": {"messages": [{"text": {"text": [text]}}, chips], "mergeBehavior": "REPLACE"},
        "sessionInfo": {"parameters": {"outcome": outcome}},
    }


def _texts(turned: Turned, *, links: bool = True) -> list[str]:
    texts = []
    if turned.message is not None:
        texts.append(plain.render(turned.message, _TEXT, links=links)[0][0]["text"])
    return texts + ([turned.words] if turned.words or not texts else [])


def _parameters(turned: Turned) -> Json:
    """What a flow may branch on; null where a turn says nothing about it, which clears what the turn before said."""
    document = turned.document or {}
    answered = turned.message is not None
    return {
        "outcome": "handoff" if turned.handoff else document["outcome"] if answered else turned.without,
        "confidence": document["confidence"]["score"] if answered else None,
        "answer_id": document.get("id"),
        "conversation_id": document.get("conversation_id"),
        "handoff_id": None if turned.handoff is None else turned.handoff.id,
        "choices": choices_of(turned.buttons),
    }


def _chip(button: Button) -> Json:
    return {"text": button.label, **({"anchor": {"href": button.url}} if button.url else {})}


def _doing(name: str | None, told: Mapping[str, Any], said: str) -> str:
    """The value of the button that an action stands for, of those that were shown last; ``said`` where it stands for none.

    Who designed a way to a person means it from the first turn on, when no button was shown: then it is asked for in words. A vote
    without an answer before it is about nothing, and its words are no question: "".
    """
    if name is None:
        return said
    letter = {"up": "u", "down": "d", "person": "p"}[name]
    value = next((value for value in _choices(told).values() if value.startswith(f"{letter}:")), "")
    return value or (words(detect_language(said))["talk"] if name == "person" else "")


def _choices(told: Mapping[str, Any]) -> dict[str, str]:
    found = told.get("choices")
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _name(value: object) -> str:
    return value.strip()[:200].encode("utf-8", "ignore").decode() if isinstance(value, str) else ""
