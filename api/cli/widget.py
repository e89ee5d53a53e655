"""`kb widget`: put the question box on the pages of a site."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import typer

from api.cli.options import Data, Json, settings_for
from api.cli.output import emit, emit_json, message
from kb.errors import InvalidInputError

app = typer.Typer(help="The question box for other pages: its tag and its files.", no_args_is_help=True)
_LOCAL = "http://127.0.0.1:8000"
_TEXTS = "kb-ask-texts.en.json"


@app.command()
def snippet(
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="URL", help="Address of the service; KB_SITE_URL unless given."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="Public key, `kb_pk_...`.")] = None,
    mode: Annotated[
        Literal["button", "modal", "panel", "inline", "search"], typer.Option("--mode", help="How it appears.")
    ] = "button",
    lang: Annotated[
        str | None,
        typer.Option("--lang", metavar="TAG", help="Language of its texts; that of the page unless given."),
    ] = None,
    integrity: Annotated[
        bool, typer.Option("--integrity/--no-integrity", help="Pin the script to its bytes of this version.")
    ] = True,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Print the tag for a page, with the hash of the script.

    A pinned tag has to be printed again after an update of the service.
    """
    from api import widget_files

    address = _address(server or settings_for(data).site_url or _LOCAL)
    _check_key(key)
    html = widget_files.snippet(address, key=key, mode=mode, lang=lang, integrity=integrity)
    if json_output:
        loader = widget_files.widget_files()[widget_files.LOADER]
        emit_json({"object": "widget_snippet", "html": html, "server": address, "integrity": loader.integrity})
        return
    emit(html)
    if server is None and address == _LOCAL:
        message(f"For {_LOCAL}, as no address is set: name yours with --server or KB_SITE_URL.")
    if integrity:
        message("The hash is that of this version: print the tag again after an update, or use --no-integrity.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of your site; made when missing.")],
    json_output: Json = False,
) -> None:
    """Copy the widget's files, for a site that serves its scripts itself.

    With them comes a file of texts to translate into another language.
    """
    from api.widget_files import widget_files

    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder.", "Name a folder of your site.")
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: file.content for name, file in widget_files().items()}
    found[_TEXTS] = files("api").joinpath("widget", "src", "strings", "en.json").read_bytes()
    for name, content in found.items():
        (folder / name).write_bytes(content)
    if json_output:
        emit_json({"object": "widget_export", "folder": str(folder), "files": sorted(found)})
        return
    emit("\n".join(str(folder / name) for name in sorted(found)))
    message('Load them with: <script async src="/PATH/kb-ask.js" data-server="https://YOUR-SERVICE"></script>')


def _address(given: str) -> str:
    """``given`` without a slash at its end. Raises ``InvalidInputError`` for what is no address of a service."""
    parts = urlsplit(given.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInputError(f"{given} is no address of a service.", "Write it like https://help.example.com.")
    return given.strip().rstrip("/")


def _check_key(key: str | None) -> None:
    if key is not None and not key.startswith("kb_pk_"):
        raise InvalidInputError(
            "Only a public key may stand in a page: everybody can read it there.",
            "Make one bound to your site: kb keys create NAME --origin https://www.example.com",
        )
