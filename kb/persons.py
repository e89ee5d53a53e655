"""One person in several channels: the conversation goes on where it was, whichever key or channel the next turn comes by.

Who calls says who it is, by a name of their own; what is kept is a keyed hash of that name, made here and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kb.ids import new_id
from kb.records import Records, Removed
from kb.records.visitors import person_key, visitor_key
from kb.types import Query

NAMED = "named"  # in place of an address: nobody behind one can be taken for a named person


class People:
    """Finds and erases what belongs to a person. Thread-safe.

    ``secret``: at least 32 bytes. ``window``: how long after the last turn a conversation is continued; nothing at 0.
    """

    def __init__(self, records: Records, secret: bytes, window: timedelta) -> None:
        self._records = records
        self._secret = secret
        self._window = window

    def key(self, ref: str) -> str:
        """What is kept in place of ``ref``."""
        return person_key(self._secret, ref)

    def visitor(self, ref: str, day: date) -> str:
        """The person among the visitors of ``day``, who are counted and not followed."""
        return visitor_key(self._secret, NAMED, ref, day)

    def conversation(self, ref: str) -> str | None:
        """The conversation that the person had last, within the window; None: there is none to go on with. Never raises."""
        return self._records.persons.latest(self.key(ref), self._window) if self._window else None

    def continued(self, query: Query) -> Query:
        """``query`` in the conversation of the person it comes from, unless it names one, or begins one."""
        if query.person_ref is None or query.conversation_id is not None:
            return query
        return replace(query, conversation_id=self.conversation(query.person_ref) or new_id("cnv"))

    def erase(self, ref: str, today: date, days: int) -> Removed:
        """Remove every conversation of the person, and what they did as a named visitor in the last ``days``. Raises
        ``StorageError``; nothing is removed then."""
        visitors = [self.visitor(ref, today - timedelta(days=ago)) for ago in range(days + 1)]
        return self._records.persons.erase(self.key(ref), visitors)
