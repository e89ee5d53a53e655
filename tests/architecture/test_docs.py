"""The documentation names what exists: settings, commands, options, make targets, folders and files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.reference import (
    HEADINGS,
    commands,
    commands_rows,
    language_of,
    markdown,
    options,
    refreshed,
    settings_rows,
)

ROOT = Path(__file__).resolve().parents[2]
ARTICLES = ROOT / "articles"
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "ARCHITECTURE.md", *sorted(ARTICLES.glob("*/service/*.md"))]
TABLES = [path for path in sorted(ARTICLES.rglob("*.md")) if ":begin -->" in path.read_text(encoding="utf-8")]

CODE_BLOCK = re.compile(r"^ *```(?:bash|sh|console)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
CODE_SPAN = re.compile(r"`(kb [^`\n]+|make [a-z][^`\n]*)`")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def command_lines(text: str) -> Iterator[str]:
    """Every `kb` or `make` command of a document: in shell blocks and in code spans."""
    for block in CODE_BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|\||[|;]", line.split(" #")[0]):
                if re.match(r"\s*\$?\s*(kb|make) ", part):
                    yield part.strip().removeprefix("$").strip()
    yield from CODE_SPAN.findall(text)


def complaint(line: str) -> str:
    """What is wrong with a command line of the documentation, or nothing."""
    words = shlex.split(line.replace("…", "..."))
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "" if words[1] in targets else f"make has no target {words[1]}"
    known = commands()
    given = words[1:]
    groups = {name.split()[0] for name in known if " " in name}
    if given[0] in groups and (len(given) == 1 or given[1].startswith(("{", "-"))):
        return ""
    name = " ".join(given[:2]) if given[0] in groups else given[0]
    if name.startswith("-"):
        return ""
    if name not in known:
        return f"there is no command kb {name}"
    used = [re.split(r"[=\]]", word.lstrip("["))[0] for word in given if word.lstrip("[").startswith("--")]
    unknown = [option for option in used if option not in options(known[name])]
    return f"kb {name} has no option {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_a_reference_table_is_the_generated_one(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == refreshed(text, language_of(path, ARTICLES)), "run: python -m api.cli.reference --write articles"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("table", sorted(HEADINGS))
def test_each_reference_table_stands_in_an_article_of_each_language(lang: str, table: str) -> None:
    inside = [path for path in TABLES if path.is_relative_to(ARTICLES / lang)]
    assert sum(f"<!-- {table}:begin -->" in path.read_text(encoding="utf-8") for path in inside) == 1


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_no_row_of_a_reference_table_lacks_its_meaning(path: Path) -> None:
    assert not re.findall(r"^\| `.*\|  \|$", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_an_english_table_is_what_the_code_says() -> None:
    settings = (ARTICLES / "en/service/settings.md").read_text(encoding="utf-8")
    assert markdown(HEADINGS["settings"]["en"], settings_rows()) in settings
    reference = (ARTICLES / "en/service/command-line.md").read_text(encoding="utf-8")
    assert markdown(HEADINGS["commands"]["en"], commands_rows()) in reference


def test_a_translation_survives_a_new_default_and_a_new_option() -> None:
    before = "<!-- settings:begin -->\n\n| `KB_DATA` | `old` | 数据目录 |\n\n<!-- settings:end -->"
    assert "| `KB_DATA` | `kb-data` | 数据目录 |" in refreshed(before, "zh")
    before = "<!-- commands:begin -->\n\n| `kb ask QUESTION` | 提问 |\n\n<!-- commands:end -->"
    assert re.search(r"\| `kb ask QUESTION \[.*\]` \| 提问 \|", refreshed(before, "zh"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_named_in_a_document_exists(path: Path) -> None:
    lines = list(command_lines(path.read_text(encoding="utf-8")))
    assert [f"{line}: {wrong}" for line in lines if (wrong := complaint(line))] == []


def test_the_check_of_commands_can_fail() -> None:
    block = "kb asks 'x'   # no such command\nkb ask x --jsn | kb index --watch a"
    text = f"```bash\n{block}\n```\nand `make rum` or `kb gaps`."
    assert [complaint(line) for line in command_lines(text)] == [
        "there is no command kb asks",
        "kb ask has no option --jsn",
        "",
        "make has no target rum",
        "",
    ]


@pytest.mark.parametrize("path", [README, ROOT / "ARCHITECTURE.md"], ids=name_of)
def test_every_local_link_leads_to_a_file(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_room_has_its_question_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = ["kb", "articles", "indexer", "api", "eval", "tests"]
    rooms += [f"kb/{path.parent.name}" for path in (ROOT / "kb").glob("*/__init__.py")]
    headings = re.findall(r"^## `([^`]+)`.*\?$", text, re.MULTILINE)
    assert sorted(room for room in rooms if f"{room}/" not in headings) == []
