"""From a visitor who asks for a person to a packet that spares that person every question already answered.

The server's own record of the conversation goes before what a browser claims of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kb.answer.conversation import subjects
from kb.answer.manner import Manner, manner_of
from kb.answer.urgency import Pressure, pressure_of
from kb.documents import timestamp
from kb.errors import InvalidInputError
from kb.gaps.vocabulary import SignalKind
from kb.policy import NO_POLICY, Policy, Referral, Route
from kb.policy.phrases import said_in
from kb.records import Records, Signal
from kb.records.handoffs import Handoff, NewHandoff
from kb.records.questions import without_query
from kb.records.stories import Story, StoryTurn
from kb.sealing import ContactSeal
from kb.signals import Desk, Signals
from kb.text.language import detect_language
from kb.text.redact import redact
from kb.tokens import TokenSigner
from kb.types import Lang, Outcome, Turn

Role = Literal["visitor", "assistant", "agent"]
MAX_ANSWER = 2000  # code points of an answer's text in a packet
_MAX_SIGNS = 10  # words of frustration that a packet names
_MAX_SHOUTED = 80  # code points of one that is shouted
_MAX_NEED = 300  # code points of a message that has to stand for a question


@dataclass(frozen=True, slots=True)
class Contact:
    """How the visitor agreed to be reached; each is checked before and may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation as the caller tells it."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """What somebody sends who wants a person.

    ``token``: the feedback token of ``answer_id``; it proves that the answer was given to this visitor, so that the whole
    conversation may go along. ``person``: the hash by which the visitor is known in every channel. ``trusted``: the caller holds
    a secret key, and its transcript is kept beside our own record.
    ``channel``: None where the caller names none: then that of the conversation.
    ``idempotency``: the caller's key for this request and the scope in which it is unique, None without one.
    """

    conversation_id: str | None = None
    answer_id: str | None = None
    token: str | None = None
    question: str = ""
    message: str = ""
    contact: Contact | None = None
    transcript: tuple[Line, ...] = ()
    lang: Lang | None = None
    channel: str | None = None
    page_url: str | None = None
    visitor: str | None = None
    trusted: bool = False
    person: str | None = None
    idempotency: tuple[str, str] | None = None
    request_hash: str = ""


class HandingOver:
    """Takes requests for a person and reads them back. Thread-safe. Every method raises ``StorageError``."""

    def __init__(
        self,
        records: Records,
        signals: Signals,
        answers: TokenSigner,
        receipts: TokenSigner,
        seal: ContactSeal,
        policy: Callable[[], Policy] = lambda: NO_POLICY,
        send_to: Callable[[Route], tuple[str, ...] | None] = lambda route: None,
    ) -> None:
        """``answers`` signs the tokens of answers, ``receipts`` those of hand-overs. ``send_to``: names of the destinations that a
        route of the ``policy`` means; None for all of them."""
        self._records = records
        self._signals = signals
        self._answers = answers
        self._receipts = receipts
        self._seal = seal
        self._policy = policy
        self._send_to = send_to

    def take(self, asked: PersonRequest) -> tuple[Handoff, bool]:
        """Store a request for a person; committed when this returns. False: it was taken before under the same key.

        Raises ``NotAllowedError`` (a token of another answer), ``InvalidInputError`` (nothing says what it is about),
        ``ConflictError`` (the key was used for another request).
        """
        if asked.answer_id is not None and asked.token is not None:
            self._answers.check(asked.token, asked.answer_id)
            asked = _pressed_once(asked)
        story = self._story(asked)
        question, message = redact(asked.question.strip()).text, redact(asked.message.strip()).text
        transcript = asked.transcript if asked.trusted or not story.turns else ()
        lines = [{"role": line.role, "text": redact(line.text).text} for line in transcript]
        if not (story.turns or question or message or lines):
            raise InvalidInputError(
                "Nothing says what the request is about.",
                "Send a question, a message, a transcript, or the id of an answer or conversation.",
                "/message",
            )
        turns = [_turn(turn) for turn in story.turns]
        need = _need(question, turns, lines, message)
        said = [
            *(turn.question for turn in turns),
            question,
            message,
            *(x["text"] for x in lines if x["role"] == "visitor"),
        ]
        outcomes = [turn.outcome for turn in turns]
        pressure = pressure_of(said, outcomes)
        last = story.turns[-1] if story.turns else None
        lang = asked.lang or (turns[-1].lang if turns else detect_language(need or message))
        category = next((turn.category for turn in reversed(story.turns) if turn.category), None)
        policy, spoken = self._policy(), [text for text in said if text]
        referral = policy.refer(spoken, outcomes, category=category, lang=lang)
        new = NewHandoff(
            question=need,
            packet=_packet(story, message, lines, need) | _pressure(pressure, referral, _mood_signs(policy, spoken)),
            channel=_channel(asked, story),
            lang=lang,
            urgency="high" if "high" in (pressure.level, referral.urgency) else "normal",
            request_hash=asked.request_hash,
            request_key=None if asked.idempotency is None else _key(*asked.idempotency),
            conversation_id=asked.conversation_id
            or (last.document["conversation_id"] if last and asked.token else None),
            answer_id=asked.answer_id,
            visitor=asked.visitor,
            person=asked.person,
            category=category,
            topic=referral.topic,
            team=referral.route.team.name,
            channels=self._send_to(referral.route),
            mail_to=referral.route.team.mail,
            page_url=without_query(asked.page_url),
            contact=None if asked.contact is None else self._seal.seal(_contact(asked.contact)),
            signal=self._signal(need, asked, story, turns),
            wishes=_wishes(story, turns),
        )
        return self._records.handoffs.add(new)

    def receipt(self, handoff: Handoff) -> str:
        """The token with which the visitor may see how far the request has come."""
        return self._receipts.sign(handoff.id)

    def check_receipt(self, token: str, handoff_id: str) -> None:
        """Raise ``NotAllowedError`` unless ``token`` is the receipt of that hand-over."""
        self._receipts.check(token, handoff_id)

    def contact_of(self, handoff: Handoff) -> dict[str, Any] | None:
        """The contact in clear; None when none was given or no key opens it."""
        return None if handoff.contact is None else self._seal.open(handoff.contact)

    def _story(self, asked: PersonRequest) -> Story:
        """What we know of the conversation. An answer whose token is missing speaks for itself only: its link may be shared."""
        conversation_id = asked.conversation_id
        if conversation_id is None and asked.answer_id is not None:
            document = self._records.get_answer(asked.answer_id)
            if document is not None and asked.token is not None:
                conversation_id = document["conversation_id"]
        if conversation_id is not None:
            story = self._records.stories.of_conversation(conversation_id, visitor=asked.visitor)
            if story.turns:
                return story
        return Story() if asked.answer_id is None else self._records.stories.of_answer(asked.answer_id)

    def _signal(self, need: str, asked: PersonRequest, story: Story, turns: Sequence[Turn]) -> Signal | None:
        """The need that was not met: the last question that asked something, else what was sent along."""
        in_conversation = subjects(turns)
        if in_conversation:
            text, lang = in_conversation[-1].question, in_conversation[-1].lang
            document = next(t.document for t in reversed(story.turns) if t.document["question"]["text"] == text)
            desk = self._signals.desk_in(document)
        else:
            text, lang, desk = need, asked.lang or detect_language(need), Desk()
        if not text or manner_of(text, in_conversation=False) is not Manner.QUESTION:
            return None
        return self._signals.make(SignalKind.ASKED_FOR_PERSON, self._signals.need_of(text, lang), desk)


def _pressed_once(asked: PersonRequest) -> PersonRequest:
    """A button under an answer says nothing but that: pressed again, it is the same request."""
    says_more = asked.question or asked.message or asked.contact or asked.transcript
    if asked.answer_id is None or asked.idempotency is not None or says_more:
        return asked
    return replace(asked, idempotency=("answer", asked.answer_id), request_hash="")


def _channel(asked: PersonRequest, story: Story) -> str:
    """The named one, else that of the last question."""
    return asked.channel or (story.turns[-1].channel if story.turns else "api")


def _wishes(story: Story, turns: Sequence[Turn]) -> tuple[str, ...]:
    """Ids of the answers after the last one to a question."""
    asked = subjects(turns)
    after = turns.index(asked[-1]) + 1 if asked else 0
    return tuple(turn.document["id"] for turn in story.turns[after:])


def _turn(turn: StoryTurn) -> Turn:
    from datetime import datetime

    document = turn.document
    shown = document["citations"] or document["suggestions"]
    return Turn(
        question=document["question"]["text"],
        lang=document["question"]["lang"],
        outcome=Outcome(document["outcome"]),
        article_id=shown[0]["article_id"] if shown else None,
        at=datetime.fromisoformat(document["created_at"]),
    )


def _need(question: str, turns: Sequence[Turn], lines: Sequence[Mapping[str, str]], message: str) -> str:
    """What the visitor wanted, in one line of their own words; "a person, please" says less than the question before it."""
    asked = [turn.question for turn in subjects(turns)]
    told = [line["text"] for line in lines if line["role"] == "visitor"]
    candidates = (question, *reversed(asked), message, *reversed(told))
    needs = (text for text in candidates if text and manner_of(text, in_conversation=False) is Manner.QUESTION)
    spoken = (text for text in (*candidates, *(turn.question for turn in reversed(turns))) if text)
    return (next(needs, "") or next(spoken, ""))[:_MAX_NEED]


def _packet(story: Story, message: str, lines: Sequence[Mapping[str, str]], need: str) -> dict[str, Any]:
    """What the person who takes over should know, newest last, every text masked already."""
    wordings = dict.fromkeys(turn.document["question"]["text"] for turn in story.turns)
    return {
        "message": message,
        "rewordings": [text for text in wordings if text != need],
        "turns": [_turn_document(turn) for turn in story.turns],
        "opened": [{"article_id": o.article_id, "at": timestamp(o.at), "source_id": o.source_id} for o in story.opened],
        "transcript": [dict(line) for line in lines],
    }


def _mood_signs(policy: Policy, spoken: Sequence[str]) -> list[str]:
    """The words by which the visitor showed a mood, each once, in the order in which they were said: those that the policy lists,
    else what was shouted."""
    signs: list[str] = []
    for text in dict.fromkeys(spoken):
        judged = policy.judge(text)
        matches = [
            match
            for owner, found in (judged.matches or {}).items()
            if owner.startswith("mood:")
            for match in found
            if not match.negated
        ]
        signs += [said_in(text, match).strip() for match in sorted(matches, key=lambda match: match.start)]
        if judged.shouted and not matches:
            signs.append(" ".join(text.split())[:_MAX_SHOUTED])
    return list(dict.fromkeys(signs))[:_MAX_SIGNS]


def _pressure(pressure: Pressure, referral: Referral, signs: Sequence[str]) -> dict[str, Any]:
    """How soon somebody should look and why, and how the visitor feels about it."""
    return {
        "urgency_reasons": list(dict.fromkeys((*referral.reasons, *pressure.reasons))),
        "mood": referral.mood,
        "mood_signs": list(signs),
    }


def _turn_document(turn: StoryTurn) -> dict[str, Any]:
    """One question with what was shown, or why nothing was."""
    document = turn.document
    return {
        "answer_id": document["id"],
        "at": document["created_at"],
        "channel": turn.channel,
        "question": document["question"]["text"],
        "lang": document["question"]["lang"],
        "outcome": document["outcome"],
        "reason": document["reason"],
        "confidence": document["confidence"],
        "answer": None if document["answer"] is None else document["answer"]["text"][:MAX_ANSWER],
        "shown": [_source(source) for source in document["citations"]],
        "suggested": [_source(source) for source in document["suggestions"]],
        "options": [option["label"] for option in document["options"]],
        "rating": turn.rating,
        "reasons": list(turn.reasons),
    }


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    return {name: source[name] for name in ("article_id", "title", "heading_path", "url", "quote", "stale")}


def _contact(contact: Contact) -> dict[str, str]:
    given = {"name": contact.name, "email": contact.email, "phone": contact.phone}
    return {name: value for name, value in given.items() if value}


def _key(scope: str, key: str) -> str:
    """Hashed: keys are the caller's business, and two callers may choose the same one."""
    return hashlib.sha256(f"{len(scope)}:{scope}{key}".encode("utf-8", "surrogatepass")).hexdigest()
