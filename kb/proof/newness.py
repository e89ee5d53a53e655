"""Whether an answer rests on facts that are newer than the gap it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.answer.evidence import TermWeights
from kb.proof.restating import restates_any
from kb.proof.statements import digest, statements_of
from kb.text.tokenize import cached_terms

# When each digest was first served, in milliseconds since 1970-01-01 UTC; digests never seen are missing.
Births = Callable[[Iterable[bytes]], Mapping[bytes, int]]


@dataclass(frozen=True, slots=True)
class Quoted:
    """The statements of one quote, by age."""

    new: tuple[str, ...]
    old: tuple[str, ...]


def by_age(quote: str, births: Births, since: int, known: Callable[[], Iterable[str]] = tuple) -> Quoted:
    """Sort the statements of ``quote`` into those born after ``since`` and the others.

    ``known``: statements that stood there when the gap was opened, asked for only where there is something new; one that
    says the same as they do (``kb.proof.restating``) is as old as they are.
    """
    statements = statements_of(quote)
    born = births(digest(statement) for statement in statements)
    new = tuple(s for s in statements if born.get(digest(s), 0) > since)
    if new:
        stood = tuple(known())
        new = tuple(s for s in new if not restates_any(s, stood))
    return Quoted(new, tuple(s for s in statements if s not in new))


def stood_before(quotes: Iterable[str], births: Births, since: int) -> tuple[str, ...]:
    """The statements of ``quotes`` that are not younger than ``since``."""
    statements = dict.fromkeys(statement for quote in quotes for statement in statements_of(quote))
    born = births(map(digest, statements))
    return tuple(statement for statement in statements if born.get(digest(statement), 0) <= since)


def rests_on_new(quotes: Sequence[Quoted], weights: TermWeights) -> bool:
    """Whether the new statements of an answer carry it, rather than stand beside it.

    They do when they hold at least as much of the question's weight as the old ones, or words of the question that the
    old ones lack. Where neither holds any (the answer is in other words), the longer side decides.
    """
    new = [statement for quote in quotes for statement in quote.new]
    old = [statement for quote in quotes for statement in quote.old]
    if not new or not old:
        return bool(new)
    by_new, by_old, by_both = (_covered(weights, statements) for statements in (new, old, [*new, *old]))
    if by_both == 0.0:
        return sum(map(len, new)) >= sum(map(len, old))
    return by_new >= by_old or by_both > by_old


def _covered(weights: TermWeights, statements: Iterable[str]) -> float:
    return weights.covered(term for statement in statements for term in cached_terms(statement))
