"""Sites built from the code blocks of the articles that tell how to embed the widget, so that no article can rot."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ARTICLES = Path(__file__).parents[3] / "articles"
_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"`(?P<name>[\w./-]+\.\w+)`[:：]\s*$")
SERVICE, KEY = "https://help.example.com", "kb_pk_YOUR_KEY"


@dataclass(frozen=True)
class Recipe:
    """``files`` by path: blocks whose lead-in ends with a file name. ``commands``: the lines of its shell blocks."""

    files: dict[str, str]
    commands: tuple[str, ...]


def recipe_of(article: str) -> Recipe:
    """Read an article, such as ``en/service/widget-mkdocs``."""
    text = (ARTICLES / f"{article}.md").read_text(encoding="utf-8")
    files: dict[str, str] = {}
    commands: list[str] = []
    for block in _FENCE.finditer(text):
        lead_in = text[: block.start()].rstrip().rpartition("\n")[2]
        named = _NAMED.search(lead_in)
        if named:
            files[named["name"]] = block["body"]
        elif block["kind"] == "bash":
            commands += block["body"].splitlines()
    return Recipe(files, tuple(commands))


def write(recipe: Recipe, folder: Path, service: str, key: str) -> None:
    """Write the files into ``folder``, with a real address and key in place of those of the article."""
    for name, body in recipe.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body.replace(SERVICE, service).replace(KEY, key), encoding="utf-8")


def run(command: str, folder: Path, seconds: int = 900) -> None:
    """Run one line of a shell block in ``folder``; what it printed is the message when it fails."""
    words = shlex.split(command)
    # The commands of this environment, whether it is activated or not.
    module = {"mkdocs": "mkdocs", "kb": "api.cli"}.get(words[0])
    if module:
        words[:1] = [sys.executable, "-m", module]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
