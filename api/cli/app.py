"""The tree of commands, and the border where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from api.cli import (
    asking,
    assistant,
    calibrating,
    digest,
    doctor,
    evaluation,
    events,
    gaps,
    handoffs,
    indexing,
    keys,
    policy,
    purging,
    reports,
    serving,
    users,
    widget,
)
from api.cli.output import close_streams, emit, emit_json, message, prepare_streams
from kb.errors import InvalidInputError, KbError

app = typer.Typer(
    name="kb",
    help="Answers from a folder of Markdown help articles, each with its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: its rich form costs as much time as everything else together
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(indexing.init)
app.command()(indexing.index)
app.command()(serving.serve)
app.command()(asking.ask)
app.command()(asking.search)
app.command()(asking.explain)
app.add_typer(gaps.app, name="gaps")
app.command()(reports.report)
app.command()(digest.digest)
app.command(name="eval")(evaluation.evaluate)
app.command()(calibrating.calibrate)
app.command()(indexing.lint)
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(events.app, name="events")
app.add_typer(handoffs.app, name="handoffs")
app.add_typer(policy.app, name="policy")
app.add_typer(widget.app, name="widget")
app.command()(assistant.mcp)
app.command(name="doctor")(doctor.check)
app.command()(purging.purge)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"kb {version('kb-answers')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Answers from a folder of Markdown help articles, each with its source."""


def run(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 something in the input needs attention, 2 wrong use, 130 interrupted."""
    prepare_streams()
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(args=given, prog_name="kb")
    except KbError as error:
        sys.exit(_report(error, as_json="--json" in given))
    except OSError as error:  # an unreadable folder, a full disk: the operator's to repair, no defect of ours
        message(f"Error: {error}")
        sys.exit(1)
    finally:
        close_streams()


def _report(error: KbError, *, as_json: bool) -> int:
    """Say what is wrong and what to do next; return the exit code."""
    if as_json:
        emit_json({"object": "error", "code": error.code, "detail": error.detail, "hint": error.hint})
    message(f"Error: {error.detail}")
    if error.hint:
        message(error.hint)
    return 2 if isinstance(error, InvalidInputError) else 1
