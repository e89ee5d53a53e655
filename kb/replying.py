"""What a person answers to somebody who asked for one: masked, shown to who asked, and kept as material for the missing article."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kb.errors import InvalidInputError
from kb.records import Records
from kb.records.handoff_replies import NewReply, Reply
from kb.text.language import detect_language
from kb.text.redact import redact
from kb.types import Lang


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """What an agent sends. ``who``: the agent's name, for owners only; personal data in it is not looked for: it is staff's own.

    ``lang``: None to find out. ``idempotency``: the caller's key for this reply and the scope in which it is unique.
    """

    text: str
    who: str
    lang: Lang | None = None
    idempotency: tuple[str, str] | None = None
    request_hash: str = ""


def reply(records: Records, handoff_id: str, sent: ReplyRequest) -> tuple[Reply, bool]:
    """Store a reply; committed when this returns, and the request counts as taken over. False: it was stored before.

    Raises ``NotFoundError``, ``ConflictError`` (the key was used for another reply), ``InvalidInputError``, ``StorageError``.
    """
    text = redact(sent.text.strip()).text
    if not text:
        raise InvalidInputError("The reply has no words.", "Write what the visitor should read.", "/text")
    key = None
    if sent.idempotency is not None:
        scope, given = sent.idempotency
        # With the request in it: the same key for another request is another reply.
        named = f"{len(scope)}:{scope}{handoff_id}:{given}"
        key = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
    return records.handoff_replies.add(
        NewReply(
            handoff_id=handoff_id,
            who=sent.who,
            text=text,
            lang=sent.lang or detect_language(text),
            request_hash=sent.request_hash,
            request_key=key,
        )
    )
