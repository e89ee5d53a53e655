"""What was said before, where the caller keeps the conversation: its messages are drafted again, without a record, into turns.

A chat program sends the whole conversation with every message. Each earlier message is answered once for a revision of the index;
the next message finds its turn, and the conversation in which it was written down, by everything that was said up to it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kb.answer.choosing import choice_among
from kb.index.snapshot import Snapshot
from kb.text.redact import redact
from kb.types import Answer, Option, Outcome, Query, Turn

MOST_TURNS = 5  # earlier messages that are read, as many as of a stored conversation (kb.records)
_MOST_CHARACTERS = 1000  # of one message, as of a question
_KEPT = 4096  # turns, of some hundred bytes each

Value = TypeVar("Value")
Draft = Callable[[Snapshot, Query, Sequence[Turn]], Answer]


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a question. ``conversation_id``: where it was written down, None when it was not. ``options``: what the last
    reply left to choose from.
    """

    turns: tuple[Turn, ...]
    conversation_id: str | None
    options: tuple[Option, ...]

    def chosen(self, words: str) -> str | None:
        """The id of the option that these words name: a chat program sends what was typed, and no id."""
        return choice_among(words, self.options)


@dataclass(frozen=True, slots=True)
class _Kept:
    turn: Turn
    options: tuple[Option, ...]


class Earlier:
    """Makes turns of messages and keeps them in memory, under keyed hashes of what was said. Thread-safe."""

    def __init__(self, draft: Draft, kept: int = _KEPT) -> None:
        """``draft``: answers a question after turns and keeps no record of it."""
        self._draft = draft
        self._kept = kept
        self._turns: OrderedDict[bytes, _Kept] = OrderedDict()
        self._conversations: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, snapshot: Snapshot, query: Query) -> Before:
        """The turns of ``query.earlier``, newest last. Raises what ``draft`` raises.

        A conversation is handed out once: two people who said the same may share turns, but not what is written down of them.
        """
        said = _said(query)
        names = _chain(snapshot, query, said)
        turns: list[Turn] = []
        options: tuple[Option, ...] = ()
        first = max(0, len(said) - MOST_TURNS)
        for text, name in zip(said[first:], names[first:], strict=True):
            kept = self._known(name)
            if kept is None:
                chosen = Before((), None, options).chosen(text)
                asked = replace(query, question=text, earlier=None, option_id=chosen, person_ref=None)
                kept = _kept(self._draft(snapshot, asked, turns))
                self._keep(self._turns, name, kept)
            turns.append(kept.turn)
            options = kept.options
        with self._lock:
            conversation = self._conversations.pop(_whose(query, names[-1]), None) if names else None
        return Before(tuple(turns), conversation, options)

    def remember(self, snapshot: Snapshot, query: Query, answer: Answer) -> None:
        """Keep what was answered to ``query``, whose ``earlier`` is what was said before, for the message that follows."""
        said = [*_said(query), query.question]
        name = _chain(snapshot, query, said)[-1]
        self._keep(self._turns, name, _kept(answer))
        self._keep(self._conversations, _whose(query, name), answer.conversation_id)

    def _known(self, name: bytes) -> _Kept | None:
        with self._lock:
            kept = self._turns.get(name)
            if kept is not None:
                self._turns.move_to_end(name)
            return kept

    def _keep(self, kept: OrderedDict[bytes, Value], name: bytes, value: Value) -> None:
        with self._lock:
            kept[name] = value
            kept.move_to_end(name)
            while len(kept) > self._kept:
                kept.popitem(last=False)


def goes_on(turns: Sequence[Turn], query: Query) -> bool:
    """Whether stored ``turns`` end with the last of the earlier messages: then they are that conversation, and know more of it."""
    said = _said(query)
    return bool(turns) and (not said or turns[-1].question == redact(said[-1]).text)


def turn_of(answer: Answer) -> Turn:
    """``answer`` as later turns see it."""
    shown = answer.suggestions if answer.outcome is Outcome.SUGGESTED else answer.citations
    article_id = shown[0].article_id if shown else None
    return Turn(answer.question, answer.question_lang, answer.outcome, article_id, answer.created_at)


def _kept(answer: Answer) -> _Kept:
    return _Kept(turn_of(answer), answer.options)


def _said(query: Query) -> list[str]:
    return [text for message in query.earlier or () if (text := message.strip()[:_MOST_CHARACTERS].rstrip())]


def _chain(snapshot: Snapshot, query: Query, said: Sequence[str]) -> list[bytes]:
    """A name for each message with all that were said before it, and with what decides how it is answered."""
    how = (snapshot.revision, query.lang, query.filters, query.cross_language, query.max_citations)
    digest = hashlib.sha256(repr(how).encode())
    names = []
    for text in said:
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        names.append(digest.digest())
    return names


def _whose(query: Query, name: bytes) -> bytes:
    return hashlib.sha256(name + f"{query.visitor}\0{query.channel}".encode()).digest()
