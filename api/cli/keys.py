"""`kb keys`: who may call what."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data, settings_for
from api.cli.output import emit, emit_json, message, table
from api.cli.periods import moment

if TYPE_CHECKING:
    from kb.records import Records
    from kb.records.rows import KeyKind

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
    public: Annotated[
        bool, typer.Option("--public", help="For pages, which everybody can read: needs --origin.")
    ] = False,
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="RATE", help="Requests allowed, such as 600/minute.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DATE", help="The day (UTC) from which on it is refused.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Make a key and print it once.

    Only a hash of it is stored.
    """
    settings = settings_for(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    from kb.records.keys import PUBLIC_SCOPES
    from kb.records.rows import SCOPES

    kind: KeyKind = "public" if origin or public else "secret"
    scopes = scope or (PUBLIC_SCOPES if kind == "public" else SCOPES)
    if limit is not None:
        from api.limits import RateLimiter

        RateLimiter(limit, setting="--limit")
    with _records(settings.data) as records:
        ends = None if expires is None else moment(expires)
        key_id, plain = records.create_key(name, kind, scopes, origin or (), limit, ends)
    if json_output:
        emit_json({"object": "key", "id": key_id, "key": plain, "kind": kind, "scopes": list(scopes)})
    else:
        emit(plain)
        message(f"{key_id} may {', '.join(scopes)}. It is shown only now: store it.")


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
         *(f"{at:%Y-%m-%d}" if at else "" for at in (k.last_used_at, k.expires_at, k.revoked_at)))
        for k in keys
    ]  # fmt: skip
    table(("id", "name", "kind", "scopes", "ends in", "created", "last used", "expires", "revoked"), rows)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY_ID", help="Id of the key, as `kb keys list` shows it.")],
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Refuse a key from now on."""
    with _records(existing_data(data).data) as records:
        records.revoke_key(key)
    if json_output:
        emit_json({"object": "key", "id": key, "revoked": True})
    else:
        emit(f"{key} is revoked")


def _records(data: Path) -> Records:
    from kb.records import Records

    return Records.open(data)
