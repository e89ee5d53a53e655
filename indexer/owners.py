"""Who owns an article that does not say so itself: ``owners.yaml`` in the articles folder."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from indexer.metadata import HeaderError, read_yaml_fields
from indexer.sources import article_id
from kb.types import Article, Problem

FILE_NAME = "owners.yaml"
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Gives ``owner`` to a category (case ignored) or to ids and paths (glob: ``*`` in one folder, ``**`` across)."""

    owner: str
    category: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Owners:
    """Rules in the order of the file. Rules for paths come before rules for categories; within each the first wins."""

    rules: tuple[OwnerRule, ...] = ()
    default: str | None = None

    def of(self, path: str, category: str) -> str | None:
        """Return the owner of the article at ``path`` in ``category``; None when nothing is said."""
        names = (path, article_id(path))
        for rule in self.rules:
            if rule.path and any(_pattern(rule.path).fullmatch(name) for name in names):
                return rule.owner
        for rule in self.rules:
            if rule.category and rule.category.casefold() == category.casefold():
                return rule.owner
        return self.default

    def assign(self, article: Article) -> Article:
        """Return ``article`` with its owner; the one its front matter names stays."""
        if article.owner is not None:
            return article
        return replace(article, owner=self.of(article.path, article.category))


NO_OWNERS = Owners()


def read_owners(folder: Path) -> tuple[Owners, tuple[Problem, ...]]:
    """Read ``owners.yaml`` of an articles folder; without one, no rules. Wrong entries become non-fatal problems.

    ``owners: [{category: billing, owner: billing-docs}, {path: "zh/**", owner: zh-team}]`` and ``default: docs``.
    """
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            source = file.read(_MAX_BYTES).decode("utf-8-sig")
        fields = read_yaml_fields(source)
    except FileNotFoundError:
        return NO_OWNERS, ()
    except (OSError, UnicodeDecodeError) as error:
        return NO_OWNERS, (Problem(FILE_NAME, 0, "unreadable", f"The file cannot be read: {error}.", False),)
    except HeaderError as error:
        return NO_OWNERS, (Problem(FILE_NAME, max(1, error.line - 1), "bad_yaml", error.message, False),)
    problems: list[Problem] = []
    entries = fields["owners"].raw if "owners" in fields else []
    line = fields["owners"].line - 1 if "owners" in fields else 0
    rules = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        rule = _rule(entry)
        if rule is None:
            message = f"Entry {number} must be {{category: …, owner: …}} or {{path: …, owner: …}}."
            problems.append(Problem(FILE_NAME, line, "bad_value", message, False))
        else:
            rules.append(rule)
    default = fields["default"].raw if "default" in fields else None
    return Owners(tuple(rules), default if isinstance(default, str) else None), tuple(problems)


def _rule(entry: Any) -> OwnerRule | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("owner"), str) or not entry["owner"].strip():
        return None
    category, path = entry.get("category"), entry.get("path")
    if isinstance(category, str) == isinstance(path, str):
        return None
    return OwnerRule(entry["owner"].strip(), category or "", (path or "").removeprefix("./").removeprefix("/"))


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    if glob.endswith("/"):
        glob += "**"
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    meaning = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(meaning.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL)
