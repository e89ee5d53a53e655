"""`kb users`: who signs in to the owner pages."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import Data, Json, existing_data, settings_for
from api.cli.output import clean, emit, emit_json, message, table

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.users import User

app = typer.Typer(help="People who sign in to the owner pages: add, list and disable them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name to sign in with.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


@app.command()
def add(
    name: Name,
    *,
    data: Data = None,
    role: Annotated[
        Literal["owner", "admin"], typer.Option("--role", help="An owner works on gaps, an admin may do everything.")
    ] = "owner",
    answers_for: Annotated[
        str, typer.Option("--answers-for", metavar="OWNERS", help="Owners this person stands for: billing,security.")
    ] = "",
    email: Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help="Where the weekly mail goes.")] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option("--lang", help="Language of pages and mail.")] = "en",
    no_weekly_mail: Annotated[bool, typer.Option("--no-weekly-mail", help="Send this person no weekly mail.")] = False,
    password_stdin: PasswordStdin = False,
    json_output: Json = False,
) -> None:
    """Add a user.

    The password is asked for; where nobody can be asked, one is made and printed once.
    """
    settings = settings_for(data)
    plain, made = _password(password_stdin)
    settings.data.mkdir(parents=True, exist_ok=True)
    with _records(settings.data) as records:
        user = records.users.add(
            name,
            plain,
            role=role,
            answers_for=answers_for.split(","),
            email=email,
            lang=lang,
            weekly_mail=not no_weekly_mail,
        )
    _show(user, "added", plain if made else None, json_output=json_output)


@app.command(name="list")
def list_(data: Data = None, json_output: Json = False) -> None:
    """List users."""
    with _records(existing_data(data).data) as records:
        users = records.users.everyone()
    if json_output:
        emit_json({"object": "list", "data": [_document(u) for u in users], "has_more": False, "next_cursor": None})
        return
    rows = [
        (u.name, u.role, " ".join(u.answers_for), u.email, u.lang, "yes" if u.weekly_mail else "no",
         f"{u.created_at:%Y-%m-%d}", f"{u.disabled_at:%Y-%m-%d}" if u.disabled_at else "")
        for u in users
    ]  # fmt: skip
    table(("name", "role", "answers for", "email", "lang", "weekly mail", "created", "disabled"), rows)


@app.command()
def password(name: Name, data: Data = None, password_stdin: PasswordStdin = False, json_output: Json = False) -> None:
    """Give a user a new password and end the sessions of the old one."""
    settings = existing_data(data)
    with _records(settings.data) as records:
        records.users.get(name)  # a mistyped name is told before a password is typed
        plain, made = _password(password_stdin)
        user = records.users.set_password(name, plain)
    _show(user, "has a new password", plain if made else None, json_output=json_output)


@app.command()
def disable(name: Name, data: Data = None, json_output: Json = False) -> None:
    """Refuse a user from now on and end the sessions."""
    with _records(existing_data(data).data) as records:
        user = records.users.disable(name)
    _show(user, "is disabled", None, json_output=json_output)


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password to set, and whether it was made here."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)), False
    return secrets.token_urlsafe(18), True


def _show(user: User, what: str, made: str | None, *, json_output: bool) -> None:
    if json_output:
        emit_json(_document(user) | ({} if made is None else {"password": made}))
        return
    if made is not None:
        emit(made)
        message(f"{user.name} {what}. The password is shown only now: store it.")
    else:
        emit(f"{clean(user.name)} {what}")


def _document(user: User) -> dict[str, Any]:
    return {
        "object": "user",
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "answers_for": list(user.answers_for),
        "email": user.email,
        "lang": user.lang,
        "weekly_mail": user.weekly_mail,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


def _records(data: Path) -> Records:
    from kb.records import Records

    return Records.open(data)
