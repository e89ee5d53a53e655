"""What is asked: a question, what may be searched for it, and the words it was read as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypedDict

from kb.types.article import Audience


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be searched. Empty means no restriction, except for ``audience``."""

    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as a door hands it to the service, already validated.

    ``person_ref``: what a trusted caller (a secret key) calls the person who asks; hashed by the service before anything is kept.
    None of it must reach a log, so it is no part of the value's text.

    ``earlier``: what the visitor said before, oldest first, from a caller that keeps the conversation itself; None where the
    service keeps it. All of it, however long it is: only the last few are read, and the rest tells one conversation from another.

    ``question``: 1-1000 code points, trimmed. ``visitor``: an opaque, already hashed key of the person, or None.
    ``request``: hashes of the caller's Idempotency-Key and of what was sent under it, None without one.
    ``option_id``: the option that was chosen after an outcome ``clarify``; ``question`` is then its label, or any words.
    """

    question: str
    lang: Literal["auto", "en", "zh"] = "auto"
    conversation_id: str | None = None
    filters: Filters = Filters()
    max_citations: int = 4
    cross_language: bool = True
    page_url: str | None = None
    channel: str = "api"
    visitor: str | None = None
    option_id: str | None = None
    person_ref: str | None = field(default=None, repr=False)
    request: tuple[str, str] | None = None
    earlier: tuple[str, ...] | None = field(default=None, repr=False)


class SearchHow(TypedDict, total=False):
    """How a search is asked, by name; what is left out is as ``Answerer.search`` has it.

    ``limit``: 1-100 results behind the first ``offset``.
    """

    lang: Literal["auto", "en", "zh"]
    category: tuple[str, ...]
    tags: tuple[str, ...]
    audience: tuple[Audience, ...]
    mode: Literal["typeahead", "full"]
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Substitution:
    """Words of a question that were read as others: an operator's synonym, or a typing error."""

    said: str
    meant: str
    kind: Literal["synonym", "spelling"]


@dataclass(frozen=True, slots=True)
class Rewording:
    """The question as it was asked in the visitor's place, and what was put in."""

    text: str
    substitutions: tuple[Substitution, ...]
