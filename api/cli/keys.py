"""`kb keys`: who may call what."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data, settings_for
from api.cli.output import emit, emit_json, message, table
from kb.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from kb.records import Records

app = typer.Typer(help="API keys: create, list and revoke them.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    data: Data = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", metavar="SCOPE", help="What it may do; repeat for several.")
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="URL", help="Makes a public key for pages of this origin; repeatable."),
    ] = None,
    json_output: Json = False,
) -> None:
    """Make a key and print it once.

    Only a hash of it is stored.
    """
    settings = settings_for(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    from kb.records.rows import SCOPES

    unknown = [word for word in scope or () if word not in SCOPES]
    if unknown:
        raise InvalidInputError(f"There is no scope {unknown[0]!r}.", f"Use {', '.join(SCOPES)}.")
    scopes = tuple(scope or (("ask", "search", "feedback") if origin else SCOPES))
    with _records(settings.data) as records:
        plain, key = records.create_key(
            name, kind="public" if origin else "secret", scopes=scopes, origins=tuple(origin or ())
        )
    if json_output:
        emit_json({"object": "key", "key": plain, **asdict(key)})
    else:
        emit(plain)
        message(f"Key {key.id} may {', '.join(key.scopes)}. It is shown only now: store it.")


@app.command(name="list")
def list_(data: Data = None, json_output: Json = False) -> None:
    """List keys without their secrets."""
    with _records(existing_data(data).data) as records:
        keys = records.list_keys()
    if json_output:
        emit_json({"object": "list", "data": [asdict(key) for key in keys], "has_more": False, "next_cursor": None})
        return
    rows = [
        (k.id, k.name, k.kind, " ".join(k.scopes), f"...{k.last_four}", f"{k.created_at:%Y-%m-%d}",
         f"{k.revoked_at:%Y-%m-%d}" if k.revoked_at else "")
        for k in keys
    ]  # fmt: skip
    table(("id", "name", "kind", "scopes", "ends in", "created", "revoked"), rows)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY_ID", help="Id of the key, as `kb keys list` shows it.")],
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Refuse a key from now on."""
    with _records(existing_data(data).data) as records:
        known = records.revoke_key(key)
    if not known:
        raise NotFoundError(f"There is no key {key}.", "List them: kb keys list")
    if json_output:
        emit_json({"object": "key", "id": key, "revoked": True})
    else:
        emit(f"{key} is revoked")


def _records(data: Path) -> closing[Records]:
    from kb.records import Records

    return closing(Records.open(data))
