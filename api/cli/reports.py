"""`kb report`: what people asked and got in a period."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from api.cli.gaps import to_csv
from api.cli.options import Data, Json, OnlyLanguage, existing_data
from api.cli.output import clean, emit, emit_json
from api.cli.periods import moment
from kb.errors import InvalidInputError

DEFAULT_DAYS = 28


def report(
    *,
    data: Data = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day (UTC); else 28 days ago.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="End of the period, not included; else now.")
    ] = None,
    lang: OnlyLanguage = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="Only this channel.")] = None,
    category: Annotated[str | None, typer.Option("--category", metavar="NAME", help="Only this category.")] = None,
    csv_output: Annotated[bool, typer.Option("--csv", help="Print name,value lines.")] = False,
    json_output: Json = False,
) -> None:
    """Print the figures of a period."""
    if csv_output and json_output:
        raise InvalidInputError("--csv and --json exclude each other.", "Leave one out.")
    settings = existing_data(data)
    until = datetime.now(UTC) if end is None else moment(end)
    since = until - timedelta(days=DEFAULT_DAYS) if start is None else moment(start)
    if since >= until:
        raise InvalidInputError("The period ends before it begins.", "Let --from be before --to.")
    from kb.records import Records

    with Records.open(settings.data) as records:
        figures = records.kpis(since, until, lang=lang, channel=channel, category=category)
    document = {"object": "kpis", **asdict(figures)}
    if json_output:
        emit_json(document)
    elif csv_output:
        emit(to_csv(("figure", "value"), [list(pair) for pair in flat(document) if pair[0] != "object"]))
    else:
        emit(clean("\n".join(f"{name:<40}{'' if value is None else value}" for name, value in flat(document))))


def flat(value: Any, name: str = "") -> list[tuple[str, Any]]:
    """Leaves of a JSON-like value with dotted names: ``{"a": {"b": 1}}`` gives ``[("a.b", 1)]``; tables stay JSON."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in flat(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list | tuple):
        return [(name, json.dumps(value, ensure_ascii=False, default=str))]
    return [(name, value)]
