"""What goes to the two streams: data to stdout, messages to stderr, one JSON document when asked.

Nothing printed here can end in a traceback: a terminal that cannot show a character gets its escape, a reader that
has closed the pipe gets no more, and control characters of articles and visitors never reach a terminal.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

# C0 and C1 without tab and newline, and the marks that reorder text: an article may not drive the reader's terminal.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


WIDE = 200


def prepare_streams() -> None:
    """Let both streams escape what their encoding, or Unicode itself, cannot carry."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def clean(text: str) -> str:
    """``text`` without control characters; newlines and tabs stay."""
    return _CONTROL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """``text`` cleaned and on one line: a cell of a table."""
    return clean(" ".join(text.split()))


def emit(text: str) -> None:
    """Write ``text`` and a line break to stdout."""
    _write(sys.stdout, f"{text}\n")


def emit_json(document: Any) -> None:
    """Write ``document`` as JSON to stdout, readable where the stream can carry it and escaped where not."""
    emit(json.dumps(document, ensure_ascii=not _is_utf8(sys.stdout), indent=2, default=_plain))


def _plain(value: Any) -> str:
    """Times as every door writes them (RFC 3339, UTC), days as ISO 8601, paths as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else str(value)


def message(text: str) -> None:
    """Write ``text`` and a line break to stderr."""
    _write(sys.stderr, f"{clean(text)}\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: aligned for a person, tab-separated with a header line for a program."""
    cells = [[one_line("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        emit("\n".join("\t".join(row) for row in [list(columns), *cells]))
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in cells:
        grid.add_row(*(Text(cell) for cell in row))
    show(grid)


def emit_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV table to stdout: UTF-8, lines ended by LF, cells inert in a spreadsheet.

    Redirected to a file it begins with a mark, by which Excel knows Chinese; the next program in a pipe gets none.
    """
    from api.tables import MARK, csv_text

    mark = MARK if _is_utf8(sys.stdout) and _is_file(sys.stdout) else ""
    emit(mark + clean(csv_text(columns, rows).replace("\r\n", "\n")).rstrip("\n"))


def _is_utf8(stream: Any) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def _is_file(stream: Any) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # a stream of a test or a supervisor, which no file is behind
        return False


def print_lines(lines: Sequence[str], headings: Sequence[str] = ()) -> None:
    """Print cleaned lines; on a terminal the ``headings`` among them are bold."""
    if not sys.stdout.isatty():
        emit(clean("\n".join(lines)))
        return
    from rich.text import Text

    show(*(Text(clean(line), style="bold" if line in headings else "") for line in lines))


def show(*renderables: RenderableType) -> None:
    """Print rich renderables to stdout in the width and colours of the terminal."""
    from rich.console import Console

    # A file or a pipe has no width: a table must not be squeezed into that of a terminal nobody looks at.
    width = None if sys.stdout.isatty() else WIDE
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    with console.capture() as captured:
        console.print(*renderables, sep="\n", soft_wrap=not sys.stdout.isatty())
    emit(captured.get().rstrip("\n"))


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A function that takes (step, done, of): bars on stderr while a person is looking, nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda step, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def update(step: str, done: int, of: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=of)
            bar.update(tasks[step], completed=done, total=of)

        yield update


def close_streams() -> None:
    """Flush both streams, so that a pipe closed by its reader is noticed here and not while the interpreter ends."""
    for stream in (sys.stdout, sys.stderr):
        _write(stream, "")


def _write(stream: Any, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. The rest goes nowhere, and the command keeps its own exit code.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
