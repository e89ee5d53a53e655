"""Code blocks of help articles, and whether what a program printed is what its article says it prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ARTICLES = Path(__file__).resolve().parents[2] / "articles"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Recipes:
    """The blocks of one language in an article, in order, and the lines that they print: ``…`` stands for anything."""

    code: tuple[str, ...]
    printed: tuple[str, ...]

    @property
    def script(self) -> str:
        return "\n\n".join(self.code)


def recipes(article_id: str, tongue: str) -> Recipes:
    """The ``tongue`` (``python``, ``bash``, ``javascript``) blocks of an article and its ``text`` blocks."""
    text = (ARTICLES / f"{article_id}.md").read_text(encoding="utf-8")
    blocks = [(found[1], found[2]) for found in _BLOCK.finditer(text)]
    code = tuple(body for name, body in blocks if name == tongue)
    printed = tuple(line for name, body in blocks if name == "text" for line in body.splitlines() if line.strip())
    return Recipes(code, printed)


def missing(printed: str, expected: tuple[str, ...]) -> list[str]:
    """Those of the ``expected`` lines that did not come, in this order, among the ``printed`` ones."""
    lines = iter(printed.splitlines())
    gone = []
    for wanted in expected:
        if wanted.strip() == "…":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.strip().split("…")))
        seen = list(lines)
        at = next((i for i, line in enumerate(seen) if pattern.fullmatch(line.strip())), None)
        if at is None:
            gone.append(wanted)
        lines = iter(seen if at is None else seen[at + 1 :])
    return gone
