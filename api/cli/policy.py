"""`kb policy`: what is in force, what is wrong with a file, and what a sentence triggers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import Data, Json, settings_for
from api.cli.output import clean, emit, emit_json, message

if TYPE_CHECKING:
    from datetime import datetime

    from kb.answer.rehearse import Rehearsal
    from kb.policy import Policy
    from kb.settings import Settings

app = typer.Typer(help="The policy: when a person takes over. Show, check and test it.", no_args_is_help=True)
File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="This policy file instead of the one in force."),
]


@app.command(name="test")
def explain_sentence(
    sentence: Annotated[str, typer.Argument(metavar="SENTENCE", help="What a visitor writes.")],
    data: Data = None,
    lang: Annotated[
        Literal["auto", "en", "zh"], typer.Option("--lang", metavar="LANG", help="Language of the answer: en or zh.")
    ] = "auto",
    earlier: Annotated[
        list[str] | None,
        typer.Option("--earlier", metavar="TEXT", help="What the visitor wrote before; repeat it, oldest first."),
    ] = None,
    unanswered: Annotated[
        int, typer.Option("--unanswered", metavar="N", min=0, max=100, help="Questions not answered before this one.")
    ] = 0,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="A moment such as 2026-12-24T20:00; now unless given.")
    ] = None,
    file: File = None,
    json_output: Json = False,
) -> None:
    """Explain what a sentence triggers: topic, words, team, hours, what the visitor sees."""
    from kb.answer.rehearse import rehearse
    from kb.errors import InvalidInputError

    if not sentence.strip():
        raise InvalidInputError(
            "The sentence is empty.", 'Write what a visitor would: kb policy test "talk to a human"'
        )
    policy = _policy(settings_for(data), file)
    found = rehearse(
        policy,
        sentence,
        earlier=earlier or (),
        unanswered=unanswered,
        lang=None if lang == "auto" else lang,
        now=_moment(at, policy),
    )
    if json_output:
        emit_json(_document(sentence, found))
        return
    for name, value in _lines(found):
        emit(clean(f"{name:<12} {value}"))


@app.command()
def show(data: Data = None, file: File = None, json_output: Json = False) -> None:
    """Print the policy in force, the shipped words included."""
    from kb.policy.telling import policy_document, policy_text

    policy = _policy(settings_for(data), file)
    if json_output:
        emit_json(policy_document(policy))
    else:
        emit(clean(policy_text(policy)))


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A policy file, or an articles folder; the one in use if left out."),
    ] = None,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Name every problem of a policy file with its line."""
    from dataclasses import asdict

    from api.cli.indexing import counted
    from kb.errors import InvalidInputError
    from kb.policy_file import FILE_NAME, check_policy

    place = file or _articles(settings_for(data))
    if place is None or not place.exists():
        raise InvalidInputError(f"There is no {place or FILE_NAME}.", f"Name a file: kb policy check {FILE_NAME}")
    problems = check_policy(place)
    if json_output:
        emit_json({"object": "list", "data": [asdict(problem) for problem in problems], "has_more": False})
    else:
        for problem in problems:
            emit(clean(f"{place / FILE_NAME if place.is_dir() else place}:{problem.line}: {problem.message}"))
        message(counted(len(problems), "problem"))
    if problems:
        raise typer.Exit(1)


def _policy(settings: Settings, file: Path | None) -> Policy:
    """The policy in force, or that of ``file``. Raises ``InvalidInputError`` for a file with problems."""
    from api.composition import POLICY_COPY
    from kb.errors import InvalidInputError
    from kb.policy.parse import MAX_BYTES, read_policy
    from kb.policy_file import policy_file
    from kb.watched_file import read_bytes

    if file is None:
        watched = policy_file(lambda: _articles(settings), settings.data / POLICY_COPY)
        policy = watched.current()
        for problem in watched.problems:
            message(f"{problem.path}:{problem.line}: {problem.message}")
        if any(problem.fatal for problem in watched.problems):
            message("The last good policy stays in force.")
        return policy
    read, problems = read_policy(read_bytes(file, MAX_BYTES))
    if read is None:
        first = problems[0]
        raise InvalidInputError(f"{file}:{first.line}: {first.message}", f"See all of it: kb policy check {file}")
    return read


def _articles(settings: Settings) -> Path | None:
    """The folder of the articles, where one is known."""
    from kb.errors import KbError
    from kb.index.revisions import published_articles_dir

    try:
        return settings.articles or published_articles_dir(settings.data)
    except KbError:
        return None


def _moment(at: str | None, policy: Policy) -> datetime:
    """A moment; without a zone it is meant where the policy's hours are. Raises ``InvalidInputError``."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from kb.errors import InvalidInputError

    if at is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise InvalidInputError(
            f"{at!r} is no moment.", "Write it like 2026-12-24T20:00 or 2026-12-24T20:00+01:00."
        ) from None
    hours = policy.hours or next((team.hours for team in policy.teams.values() if team.hours), None)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(hours.zone) if hours else UTC)


def _lines(found: Rehearsal) -> Iterator[tuple[str, str]]:
    judged = found.judged
    yield "language", found.lang
    yield "manner", "asks for a person (built in)" if found.manner.value == "person" else found.manner.value
    if judged.topic is None:
        yield "topic", "none"
    else:
        yield "topic", f"{judged.topic.name}, {'asked about' if judged.about else 'a case of their own'}"
    yield "mood", judged.mood + (", shown before" if judged.again else "") + (", shouted" if judged.shouted else "")
    for owner, matches in (judged.matches or {}).items():
        for match in matches:
            denied = ", but it is denied" if match.negated else ""
            yield "words", f"{match.said!r} by {owner} ({match.phrase}){denied}"
    for ruling in found.rulings:
        yield "rule", f"{ruling.rule}: {ruling.do}, because {ruling.why}"
    if not found.rulings:
        yield "rule", "none"
    yield "with answer", _outcome(found.answered.outcome.value, found.answered.offer_person)
    yield "without", _outcome(found.not_answered.outcome.value, found.not_answered.offer_person)
    yield "preface", found.preface or "none"
    yield "urgency", found.urgency
    channels = ", ".join(found.route.channels) or "every destination that is configured"
    yield "team", f"{found.route.team.name} by {channels} ({found.route.rule})"
    yield "hours", "not set" if found.open is None else "somebody is there" if found.open else found.message


def _outcome(outcome: str, offered: bool) -> str:
    return outcome + (", and a person is offered" if offered and outcome != "handoff" else "")


def _document(sentence: str, found: Rehearsal) -> dict[str, Any]:
    judged = found.judged
    return {
        "object": "policy_test",
        "sentence": sentence,
        "lang": found.lang,
        "asks_for_person": found.manner.value == "person" or judged.wish,
        "topic": judged.topic.name if judged.topic else None,
        "about": judged.about,
        "mood": judged.mood,
        "shown_before": judged.again,
        "words": [
            {"rule": owner, "phrase": match.phrase, "said": match.said, "negated": match.negated}
            for owner, matches in (judged.matches or {}).items()
            for match in matches
        ],
        "rules": [{"rule": ruling.rule, "do": ruling.do, "why": ruling.why} for ruling in found.rulings],
        "outcome": {"with_answer": found.answered.outcome.value, "without_answer": found.not_answered.outcome.value},
        "person_offered": found.answered.offer_person or found.answered.outcome.value == "handoff",
        "preface": found.preface or None,
        "urgency": found.urgency,
        "team": found.route.team.name,
        "channels": list(found.route.channels),
        "routed_by": found.route.rule,
        "open": found.open,
        "opens_at": found.opens_at,
        "message": found.message,
    }
