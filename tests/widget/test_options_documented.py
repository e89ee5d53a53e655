"""What a site can tell the widget stands in the article about it, in both languages, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "api" / "widget" / "src"
CODE = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.ts"))
ARTICLES = [ROOT / "articles" / lang / "service" / "widget-options.md" for lang in ("en", "zh")]


def attributes() -> set[str]:
    read = re.findall(r"\b(?:option|many)\(\s*(?:\w+, )?'(\w+)'", CODE) + re.findall(r"\bdata\['(\w+)'\]", CODE)
    return {f"data-{name}" for name in read}


def events() -> set[str]:
    return set(re.findall(r"'(kb:\w+)'", CODE))


def properties() -> set[str]:
    return set(re.findall(r"--kb-[\w-]+", (SOURCES / "shell.css").read_text(encoding="utf-8")))


def commands() -> set[str]:
    found = re.search(r"for \(const command of \[([^\]]+)\]", CODE)
    assert found is not None
    return {"on", "destroy", *re.findall(r"\w+", found[1])}


@pytest.mark.parametrize("path", ARTICLES, ids=["en", "zh"])
def test_the_article_names_what_there_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"data-[a-z]+", text)) == attributes()
    assert set(re.findall(r"`(kb:[a-z]+)`", text)) == events()
    assert set(re.findall(r"--kb-[a-z-]*[a-z]", text)) == properties()
    assert set(re.findall(r"kbAsk\('(\w+)'", text)) == commands()


@pytest.mark.parametrize("path", ARTICLES, ids=["en", "zh"])
def test_the_parts_that_it_names_are_there(path: Path) -> None:
    said = next(
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if "`launcher`, `dialog`" in line or "`launcher`、`dialog`" in line
    )
    for part in re.findall(r"`(\w+)`", said):
        assert part == "part" or re.search(rf"[ '`]{part}[ '`]", CODE), part
