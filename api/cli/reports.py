"""`kb report`: what people asked and got in a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Data, Json, OnlyLanguage, existing_data
from api.cli.output import emit_csv, emit_json, print_lines
from api.cli.periods import moment
from kb.errors import InvalidInputError, KbError

if TYPE_CHECKING:
    from kb.types import Article

DEFAULT_DAYS = 28
_DAY = timedelta(days=1)


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
    csv_output: Annotated[bool, typer.Option("--csv", help="Print lines of figure,value.")] = False,
    json_output: Json = False,
) -> None:
    """Print the figures of a period."""
    if csv_output and json_output:
        raise InvalidInputError("--csv and --json exclude each other.", "Leave one out.")
    settings = existing_data(data)
    until = datetime.now(UTC) if end is None else moment(end)
    since = until - DEFAULT_DAYS * _DAY if start is None else moment(start)
    if since >= until:
        raise InvalidInputError("The period ends before it begins.", "Let --from be before --to.")
    from api.documents import kpis_document, leaves
    from kb.records import Records

    with Records.open(settings.data) as records:
        figures = records.kpis(since, until, lang=lang, channel=channel, category=category)
    document = kpis_document(figures, _articles(settings.data))
    if json_output:
        emit_json(document)
    elif csv_output:
        emit_csv(("figure", "value"), [pair for pair in leaves(document) if pair[0] != "object"])
    else:
        print_lines(summary(document), headings=HEADINGS)


HEADINGS = ("Outcomes", "Asked most", "Answered from most", "Read but overdue for review", "Rising words")


def summary(document: Mapping[str, Any]) -> list[str]:
    """The lines of the report for a person, from a figures document."""
    period = document["period"]
    lines = [
        f"{period['start']} to {period['end']}",
        ", ".join(f"{document[name]} {name}" for name in ("questions", "conversations", "visitors")),
        "",
        "Outcomes",
        *(f"  {name:<12}{_share(share)}" for name, share in document["outcomes"].items()),
        "",
        f"self-service      {_bounds(document['self_service'])}",
        f"first contact     {_bounds(document['first_contact'])}",
        f"helpful           {_share(document['helpful'])}{_interval(document['helpful']['interval'])}",
        f"answer time       {_ms(document['answer_ms_p50'])} median, {_ms(document['answer_ms_p95'])} p95",
        f"gaps              {document['gaps_open']} open{_age(document['gap_age_median_days'])};"
        f" {document['gaps_opened']} opened, {document['gaps_verified']} verified,"
        f" {document['gaps_reopened']} reopened in the period",
        f"never used        {len(document['never_used_articles'])} articles",
    ]
    for title, items in (
        ("Asked most", [(q["count"], q["text"]) for q in document["top_questions"]]),
        ("Answered from most", [(a["count"], a["article_id"]) for a in document["top_articles"]]),
        ("Read but overdue for review", [(a["count"], a["article_id"]) for a in document["overdue_articles"]]),
        ("Rising words", [(w["count"], w["word"]) for w in document["rising_words"]]),
    ):
        if items:
            lines += ["", title, *(f"  {count:>5}  {' '.join(str(text).split())}" for count, text in items)]
    if document["purged_until"] is not None:
        lines += ["", f"Questions before {document['purged_until']} were purged: of these only counts by day are left."]
    return lines


def _share(share: Mapping[str, Any]) -> str:
    return f"{share['count']} of {share['of']}" + ("" if share["rate"] is None else f" ({100 * share['rate']:.1f} %)")


def _interval(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f", likely between {100 * interval[0]:.1f} and {100 * interval[1]:.1f} %"


def _age(days: float | None) -> str:
    return "" if days is None else f" (half of them for more than {days:.1f} days)"


def _bounds(bounds: Mapping[str, Any]) -> str:
    return f"between {_share(bounds['pessimistic'])} and {_share(bounds['optimistic'])}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _articles(data: Path) -> Mapping[str, Article]:
    """The indexed articles; none without an index: what people asked can be reported all the same."""
    from kb.index.live import LiveIndex

    try:
        return LiveIndex(data).current().articles
    except KbError:
        return {}
