"""`kb eval`: how good the answers are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import Data, Json, existing_folder
from api.cli.output import emit_json, progress_bar, show
from kb.errors import KbError

MISSING = "Install the evaluation extra: pip install 'kb-answers[eval]', or in a checkout: pip install -e '.[eval]'"


class ExtraMissingError(KbError):
    """An optional package that only measuring needs is not installed."""

    code = "extra_missing"


def evaluate(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Folder with questions*.jsonl; else the shipped sets.")
    ] = None,
    *,
    articles: Annotated[
        Path | None, typer.Option("--articles", metavar="ARTICLES", help="Their articles; else FOLDER/articles.")
    ] = None,
    sets: Annotated[str | None, typer.Option("--sets", metavar="A,B", help="Shipped sets, by name.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Questions of each set at most.")] = None,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Measure the answers beside simple baselines.

    The questions are those of FOLDER, or shipped ones, whose right passage is known.
    """
    del data  # accepted by every command; the sets bring their own articles
    for given in (folder, articles):
        if given is not None:
            existing_folder(given)
    with progress_bar() as progress, extras():
        from eval.report import console_table
        from eval.run import evaluate as measure

        result = measure(names_in(sets), folder=folder, articles=articles, limit=limit, progress=progress)
    if json_output:
        emit_json(result)
    else:
        show(console_table(result))


def names_in(sets: str | None) -> list[str] | None:
    """``"a, b"`` gives ``["a", "b"]``."""
    return [name.strip() for name in sets.split(",") if name.strip()] if sets else None


@contextmanager
def extras() -> Iterator[None]:
    """Turn the absence of an optional package into the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraMissingError(f"The package {error.name} is not installed.", MISSING) from None
