"""Where an article and its translation state other numbers."""

from __future__ import annotations

from kb.generator.facts import read_facts
from kb.index.snapshot import Snapshot

# Units that mean the same wherever they stand. Left out are those that Chinese also uses for dates, times of the day and
# figures of speech (日, 点, 次, 人 ...), which a translation has without any difference.
_COMPARED = frozenset(
    """workday calendarday day week hour minute percent euro dollar pound yuan gb mb kb tb ghz mhz mah volt watt km cm mm
    metre kg gram degree""".split()
)


def differing_numbers(snapshot: Snapshot, source: str, translation: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers with their unit ("14 day") that only the source has, and that only the translation has.

    Only units in which each side has a number that the other lacks altogether, with this unit or another: that is a
    number that was replaced, not one that was left out, worded differently or part of a date. Both are empty otherwise.
    """
    ours, theirs = _numbers(snapshot, source), _numbers(snapshot, translation)
    only_ours = {(value, unit) for value, unit in ours if value not in {v for v, _ in theirs}}
    only_theirs = {(value, unit) for value, unit in theirs if value not in {v for v, _ in ours}}
    units = {unit for _, unit in only_ours} & {unit for _, unit in only_theirs} & _COMPARED
    return _said(only_ours, units), _said(only_theirs, units)


def _numbers(snapshot: Snapshot, article_id: str) -> set[tuple[str, str]]:
    rows = snapshot.rows_of_article[article_id]
    return {pair for row in rows for pair in read_facts(snapshot.passages[row].plain).numbers}


def _said(numbers: set[tuple[str, str]], units: set[str]) -> tuple[str, ...]:
    return tuple(f"{value} {unit}" for value, unit in sorted(numbers) if unit in units)
