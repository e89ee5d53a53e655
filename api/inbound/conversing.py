"""One turn of a conversation that a platform leads: a question is answered, a button does what it says, a person is called.

Knows no platform. What it returns is worded by ``api.speech`` and laid out by who asked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.channels.clicks import Click, read_short, signer
from api.channels.message import Button, Message, message_of
from api.replies import with_absolute_urls
from api.speech.spoken import words
from kb.documents import answer_document
from kb.handing_over import PersonRequest
from kb.repeats import request_of
from kb.text.language import detect_language
from kb.text.script import is_traditional
from kb.tokens import TokenSigner
from kb.types import Answer, Filters, Query

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.generator.endpoint import Stop
    from kb.records.handoffs import Handoff

MAX_QUESTION = 1000  # code points, as at every door
_SHORT = re.compile(r"[udop]\d?:ans_[A-Za-z0-9]{1,40}:[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a visitor said or pressed. ``platform``: name of the channel in reports. ``session``: the platform's name of the
    conversation, ``person`` of who talks; both are hashed before anything is kept. ``base``: address of this help centre.
    ``choices``: values of the buttons that were shown last, by their labels. ``turn``: the platform's name of this turn, by which
    one that is sent again, or answered again after a crash, is one answer and calls nobody twice; "" where it has none.
    """

    platform: str
    session: str
    person: str
    text: str
    base: str
    lang: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of a turn. ``message``: an answer, None where ``words`` say all. ``handoff``: a person was called now.
    ``without``: what stands for the outcome where there is no answer: "voted", "unclear" or "nobody".
    """

    document: Mapping[str, Any] | None
    message: Message | None
    words: str
    handoff: Handoff | None = None
    without: str = "unclear"

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.message.buttons if self.message is not None and self.handoff is None else ()


def own_words(heard: Heard) -> Mapping[str, str]:
    """Our words in the visitor's language and script, where there is no answer to take them from."""
    if heard.text:
        lang = detect_language(heard.text)
        return words(lang, traditional=lang == "zh" and is_traditional(heard.text))
    named = heard.lang.lower().replace("_", "-")
    return words("zh" if named.startswith("zh") else "en", traditional=named.startswith(("zh-tw", "zh-hk", "zh-hant")))


def converse(
    opened: OpenService, heard: Heard, stop: Stop | None = None, observe: Callable[[Answer], None] = lambda answer: None
) -> Turned:
    """Answer ``heard``. ``stop``: set when the answer is wanted as it is. ``observe``: is told of every answer that is made.

    Raises what ``AnswerService.ask`` raises.
    """

    def ask(query: Query) -> Answer:
        answer = opened.service.ask(query, stop)
        observe(answer)
        return answer

    click = pressed(opened, heard)
    stored = None if click is None else opened.records.get_answer(click.answer_id)
    if click is not None and stored is not None:
        return _press(opened, heard, click, stored, ask)
    if not heard.text:
        return Turned(None, None, own_words(heard)["unclear"])
    return _ask(opened, heard, ask)


def pressed(opened: OpenService, heard: Heard) -> Click | None:
    """The button behind a text: its signed value, or the words or number on one that was shown last."""
    sign = signer(opened.visitor_secret)
    found = _SHORT.search(heard.text)
    value = found.group() if found else heard.choices.get(heard.text.strip(), "")
    return read_short(value, sign) if isinstance(value, str) else None


def is_value(text: str) -> bool:
    """Whether ``text`` is the value of one of our buttons, which holds nothing of a person."""
    return bool(_SHORT.fullmatch(text))


def choices_of(buttons: tuple[Button, ...]) -> dict[str, str]:
    """What the visitor may write instead of pressing: the label of a button, or the number of an option."""
    found = {button.label: button.short for button in buttons if button.short}
    options = [button for button in buttons if button.kind == "option"]
    return found | {str(n): button.short for n, button in enumerate(options, start=1)}


def call_person(opened: OpenService, heard: Heard, stored: Mapping[str, Any], turn: str = "") -> Handoff | None:
    """Ask for a person once for each answer, or for each ``turn`` where the answer may be made again; None when nobody would be
    reached."""
    if not opened.reception.accepts():
        return None
    key = f"{heard.platform}:{heard.session}:{turn or stored['id']}"
    handoff, _ = opened.handing_over.take(
        PersonRequest(
            conversation_id=stored["conversation_id"],
            answer_id=stored["id"],
            token=TokenSigner(opened.visitor_secret).sign(stored["id"]),
            channel=heard.platform,
            visitor=_visitor(opened, heard),
            trusted=True,
            person=opened.people.key(heard.person),
            idempotency=("inbound", key),
            request_hash=hashlib.sha256(key.encode()).hexdigest(),
        )
    )
    return handoff


def _ask(
    opened: OpenService, heard: Heard, ask: Callable[[Query], Answer], option: Mapping[str, Any] | None = None
) -> Turned:
    query = Query(
        question=(option["label"] if option else heard.text)[:MAX_QUESTION],
        conversation_id=_conversation(opened, heard),
        filters=Filters(),
        channel=heard.platform,
        visitor=_visitor(opened, heard),
        person_ref=heard.person,
        option_id=option["id"] if option else None,
        request=_request(heard),
    )
    with opened.service.repeats.alone(query.request):
        document = opened.service.repeats.find(query.request) or answer_document(ask(query))
    document = with_absolute_urls(document, heard.base)
    message = message_of(document, heard.base, signer(opened.visitor_secret))
    handoff = call_person(opened, heard, document, heard.turn) if document["outcome"] == "handoff" else None
    return Turned(document, message, message.said.says["handed_over"] if handoff else "", handoff)


def _press(
    opened: OpenService, heard: Heard, click: Click, stored: Mapping[str, Any], ask: Callable[[Query], Answer]
) -> Turned:
    shown = with_absolute_urls(deepcopy(dict(stored)), heard.base)
    says = message_of(shown, heard.base, signer(opened.visitor_secret)).said.says
    if click.kind == "option" and click.option < len(stored["options"]):
        return _ask(opened, heard, ask, stored["options"][click.option])
    if click.kind == "person":
        handoff = call_person(opened, heard, stored)
        contact = stored["handoff"].get("contact_url")
        nobody = says["person_at"].format(url=contact) if contact else says["person_none"]
        return Turned(stored, None, says["handed_over"] if handoff else nobody, handoff, "nobody")
    if click.kind in ("up", "down"):
        token = TokenSigner(opened.visitor_secret).sign(click.answer_id)
        opened.service.vote(click.answer_id, token, rating="up" if click.kind == "up" else "down")
        return Turned(stored, None, says["thanks_up" if click.kind == "up" else "thanks_down"], without="voted")
    return Turned(None, None, says["unclear"])


def _conversation(opened: OpenService, heard: Heard) -> str:
    """The one that the person had a moment ago, in whatever channel; else the one of this session."""
    return opened.people.conversation(heard.person) or _session_id(opened.visitor_secret, heard)


def _request(heard: Heard) -> tuple[str, str] | None:
    """What the answer is found by when the platform sends the same turn again."""
    if not heard.turn:
        return None
    sent = hashlib.sha256(heard.text.encode("utf-8", "surrogatepass")).hexdigest()
    return request_of(f"inbound:{heard.platform}:{heard.session}", f"{heard.turn}:{sent}", sent)


def _session_id(secret: bytes, heard: Heard) -> str:
    """The same for every turn of a session; a hash, because platforms put telephone numbers into names of sessions."""
    name = f"kb.session.v1:{heard.platform}:{heard.session}".encode("utf-8", "surrogatepass")
    return f"cnv_{hmac.digest(secret, name, hashlib.sha256).hex()[:26]}"


def _visitor(opened: OpenService, heard: Heard) -> str:
    return opened.people.visitor(heard.person, datetime.now(UTC).date())
