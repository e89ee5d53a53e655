"""The reference tables of the documentation, made from the code.

``python -m api.cli.reference --write articles`` brings up to date what stands in an article between
``<!-- settings:begin -->`` (or ``commands``) and its ``end``; a test compares them. In other languages than
English the last column is the translators' own, and what it explains comes from the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import typer

from api.cli.app import app
from api.cli.output import emit, message
from kb.settings import Settings

Rows = Sequence[Sequence[str]]

HEADINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "settings": {"en": ("Variable", "Default", "Meaning"), "zh": ("变量", "默认值", "含义")},
    "commands": {"en": ("Command", "What it does"), "zh": ("命令", "作用")},
}
_MARKED = re.compile(r"(<!-- (settings|commands):begin -->\n)(.*?)(<!-- \2:end -->)", re.DOTALL)


def settings_rows() -> Rows:
    """Every setting: variable, default, meaning."""
    return [
        (f"`KB_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def commands_rows() -> Rows:
    """Every command: how it is called, without the options that every command takes, and what it does."""
    return [(f"`{usage(name, command)}`", _summary(command)) for name, command in commands().items()]


TABLES: Mapping[str, Callable[[], Rows]] = {"settings": settings_rows, "commands": commands_rows}


@cache
def commands() -> dict[str, Any]:
    """Every command that does something, by its full name without ``kb``: ``{"ask": ..., "gaps list": ...}``."""
    return dict(_leaves(typer.main.get_command(app), ""))


def _leaves(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def options(command: Any) -> set[str]:
    """Names of the options that a command accepts."""
    return {name for parameter in command.params for name in parameter.opts if name.startswith("-")} | {"--help", "-h"}


def usage(name: str, command: Any) -> str:
    """How a command is called: ``kb search TEXT [--lang LANG]``."""
    words = [f"kb {name}"]
    for parameter in command.params:
        option = next((o for o in parameter.opts if o.startswith("--")), None)
        if option is None:
            words.append(parameter.metavar or parameter.name.upper())
        elif option not in ("--data", "--json"):
            words.append(
                f"[{option}]" if parameter.is_flag else f"[{option} {parameter.metavar or option.strip('-').upper()}]"
            )
    return " ".join(words)


def write(folder: Path) -> list[Path]:
    """Bring the tables of all articles below ``folder`` up to date; return the files that changed."""
    changed = []
    for path in sorted(folder.rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = refreshed(before, language_of(path, folder))
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def language_of(path: Path, folder: Path) -> str:
    return "zh" if path.relative_to(folder).parts[0] == "zh" else "en"


def refreshed(text: str, lang: str) -> str:
    """``text`` with the tables between its markers made anew."""

    def table(found: re.Match[str]) -> str:
        rows: Rows = TABLES[found[2]]()
        if lang != "en":
            translated = {_subject(cells[0]): cells[-1] for cells in _cells(found[3]) if len(cells) > 1}
            rows = [(*row[:-1], translated.get(_subject(row[0]), "")) for row in rows]
        return f"{found[1]}\n{markdown(HEADINGS[found[2]][lang], rows)}\n\n{found[4]}"

    return _MARKED.sub(table, text)


def markdown(heading: Sequence[str], rows: Rows) -> str:
    """A Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines() if "`" in line]


def _subject(cell: str) -> str:
    """What a row is about, so that a translation stays when an option is added: ``kb gaps list``, ``KB_DATA``."""
    words = cell.strip("`").split()
    return " ".join(takewhile(lambda word: (word.isalpha() and word.islower()) or word.startswith("KB_"), words))


def _summary(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value not in (None, "", ()) else ""


def main(arguments: Sequence[str]) -> int:
    """Print one table (``settings`` or ``commands``), or bring those of a folder up to date."""
    match arguments:
        case ["--write", folder]:
            for path in write(Path(folder)):
                message(str(path))
        case ["settings" | "commands" as name]:
            emit(markdown(HEADINGS[name]["en"], TABLES[name]()))
        case _:
            message("python -m api.cli.reference settings|commands, or --write FOLDER")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
