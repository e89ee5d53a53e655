"""The options that several commands share, and the settings that they make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from kb.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="KB_DATA",
        show_default=False,
        help="Data folder; kb-data unless given.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Language = Annotated[Literal["auto", "en", "zh"], typer.Option("--lang", help="Language of the question.")]
OnlyLanguage = Annotated[Literal["en", "zh"] | None, typer.Option("--lang", help="Only this language.")]


def settings_for(data: Path | None, **changes: Any) -> Settings:
    """Settings of this run: the environment, then ``--data`` and ``changes``. Raises InvalidInputError.

    From here on the log goes to stderr, and only what somebody should look at: stdout is for what was asked for.
    """
    from pydantic import ValidationError

    from api.logs import configure_logging
    from kb.errors import InvalidInputError
    from kb.settings import Settings

    named = {key: value for key, value in changes.items() if value is not None}
    if data is not None:
        named["data"] = data
    configure_logging("warning")
    try:
        return Settings(**named)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"KB_{'_'.join(str(part) for part in first['loc'][:1])}".upper()
        raise InvalidInputError(f"{name}: {first['msg']}.", f"Correct or unset {name}.") from None


def existing_data(data: Path | None, **changes: Any) -> Settings:
    """Settings for a command that reads: its data folder must exist, and a mistyped one must not be made."""
    from kb.errors import InvalidInputError

    settings = settings_for(data, **changes)
    if not settings.data.is_dir():
        raise InvalidInputError(
            f"There is no data folder at {settings.data}.",
            f"Index articles into it first: kb index ARTICLES --data {settings.data}",
        )
    return settings


def existing_folder(folder: Path) -> Path:
    """``folder``, which must be a folder. Raises InvalidInputError."""
    from kb.errors import InvalidInputError

    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InvalidInputError(f"The articles folder {folder} {what}.", "Name a folder of Markdown files.")
    return folder
