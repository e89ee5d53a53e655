"""The reference tables of the documentation, made from the code: ``python -m api.cli.reference [--write articles]``.

A table stands in an article between ``<!-- settings:begin -->`` (or ``commands``) and its ``end``; a test compares them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from api.cli.app import app
from api.cli.output import emit, message
from api.cli.translations import COMMANDS_ZH, SETTINGS_ZH
from kb.settings import Settings

_MARKED = re.compile(r"(<!-- (settings|commands):begin -->\n)(.*?)(<!-- \2:end -->)", re.DOTALL)


def settings_table(lang: str = "en") -> str:
    """Every setting as a row: variable, default, meaning."""
    rows = [
        (
            f"`KB_{name.upper()}`",
            _default(field.default),
            SETTINGS_ZH[name] if lang == "zh" else field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    return _table(("变量", "默认值", "含义") if lang == "zh" else ("Variable", "Default", "Meaning"), rows)


def commands_table(lang: str = "en") -> str:
    """Every command as a row: how it is called, what it does. Options that every command takes are left out."""
    rows = [
        (f"`{usage(name, command)}`", COMMANDS_ZH[name] if lang == "zh" else _summary(command))
        for name, command in commands().items()
    ]
    return _table(("命令", "作用") if lang == "zh" else ("Command", "What it does"), rows)


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
    """``kb ask QUESTION [--lang LANG]``."""
    words = [f"kb {name}"]
    for parameter in command.params:
        option = next((o for o in parameter.opts if o.startswith("--")), None)
        if option is None:
            words.append(parameter.metavar or parameter.name.upper())
        elif option not in ("--data", "--json"):
            value = "" if parameter.is_flag else f" {parameter.metavar or 'NUMBER'}"
            words.append(f"[{option}{value}]")
    return " ".join(words)


def write(folder: Path) -> list[Path]:
    """Bring the tables of all articles below ``folder`` up to date; return the files that changed."""
    changed = []
    for path in sorted(folder.rglob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = refreshed(before, "zh" if path.relative_to(folder).parts[0] == "zh" else "en")
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def refreshed(text: str, lang: str) -> str:
    """``text`` with the content between its markers made anew."""
    tables: Mapping[str, Callable[[str], str]] = {"settings": settings_table, "commands": commands_table}
    return _MARKED.sub(lambda found: f"{found[1]}\n{tables[found[2]](lang)}\n\n{found[4]}", text)


def _summary(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _default(value: Any) -> str:
    shown = {True: "true", False: "false", None: "", (): "", "": ""}.get(value, str(value)) if value != 1 else "1"
    return f"`{shown}`" if shown else ""


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def main(arguments: list[str]) -> int:
    """Print one table (``settings`` or ``commands``, then an optional language), or ``--write FOLDER``."""
    match arguments:
        case ["--write", folder]:
            for path in write(Path(folder)):
                message(str(path))
        case ["settings" | "commands" as name, *lang] if lang in ([], ["en"], ["zh"]):
            emit((settings_table if name == "settings" else commands_table)(*lang))
        case _:
            message("python -m api.cli.reference settings|commands [en|zh], or --write FOLDER")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
