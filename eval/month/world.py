"""The needs of an invented help desk, and its articles: real articles and questions of the larger sets."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import NotFoundError

# How many needs of each source there are; the first by hash, so that every machine has the same.
_INTUNE = 60
_BANKING = 24
_CLINC = 24
_CHATTER = ("small_talk", "meta")  # domains whose questions no help centre is there for


@dataclass(frozen=True, slots=True)
class Need:
    """What people want to know. ``articles``: those that answer it, any of them; empty when none was ever written.

    ``wordings``: questions as people asked them, in any language.
    """

    id: str
    wordings: tuple[str, ...]
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class World:
    """``files`` by article id. ``chatter``: questions nobody asks twice and no help centre answers."""

    needs: tuple[Need, ...]
    files: Mapping[str, Path]
    chatter: tuple[str, ...]

    def write(self, folder: Path, hidden: Iterable[str] = ()) -> None:
        """Make ``folder`` hold all articles but ``hidden``."""
        for article_id in hidden:
            (folder / f"{article_id}.md").unlink(missing_ok=True)
        for article_id, file in self.files.items():
            if article_id not in frozenset(hidden):
                target = folder / f"{article_id}.md"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def load_world(root: Path | None) -> World:
    """The help desk made of the sets below ``root``. Raises ``NotFoundError`` when they are not there."""
    if root is None or not (root / "bitext-faq-en").is_dir():
        raise NotFoundError("The larger sets are needed.", "Name their folder in KB_EVAL_DATA.")
    shop = _by(_questions(root, "bitext-faq-en", ("utterance", "absent")), "intent")
    needs = [Need(f"shop:{name}", _texts(lines), _articles("shop", lines)) for name, lines in shop.items()]
    covid = _questions(root, "covid-faq-en", ("paraphrase", "absent"))
    needs += [
        Need(f"covid:{name}", _texts(lines), _articles("covid", lines))
        for name, lines in _by(covid, "original").items()
    ]
    for name, folder in (("arduino", "arduino-help-en"), ("tidb", "tidb-docs-zh")):
        needs += _article_needs(name, _questions(root, folder, ("title", "old-title", "heading", "link-text")))
    needs += _bilingual_needs(root)
    for name, folder, limit in (("bank", "banking77-queries", _BANKING), ("home", "clinc150-queries", _CLINC)):
        asked = [line for line in _questions(root, folder, ("intent",)) if line.get("domain") not in _CHATTER]
        needs += [Need(f"{name}:{i}", _texts(ls), frozenset()) for i, ls in _first(_by(asked, "intent"), limit)]
    chatter = tuple(line["question"] for line in _questions(root, "clinc150-queries", ("oos",)))
    return World(tuple(needs), _files(root, needs), chatter)


def _questions(root: Path, name: str, kinds: Sequence[str]) -> list[dict[str, Any]]:
    lines = (root / name / "questions.jsonl").read_text("utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] in kinds]


def _by(lines: Iterable[dict[str, Any]], field: str) -> dict[str, list[dict[str, Any]]]:
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[str(line[field])].append(line)
    return dict(groups)


def _texts(lines: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line["question"].strip()[:1000] for line in lines))


def _articles(folder: str, lines: Iterable[dict[str, Any]]) -> frozenset[str]:
    return frozenset(f"{folder}/{gold['article'].removesuffix('.md')}" for line in lines for gold in line["gold"])


def _article_needs(name: str, lines: list[dict[str, Any]]) -> Iterator[Need]:
    """What each article was asked for is one need."""
    for group in _by_article(lines).values():
        yield Need(f"{name}:{group[0]['gold'][0]['article']}", _texts(group), _articles(name, group))


def _by_article(lines: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[line["gold"][0]["article"]].append(line)
    return dict(groups)


def _bilingual_needs(root: Path) -> Iterator[Need]:
    """Articles in both languages, each asked for in both."""
    kinds = ("old-title", "heading", "link-text")
    english = _by_article(_questions(root, "intune-en", kinds))
    chinese = _by_article(_questions(root, "intune-zhcn", kinds))
    both = {name: english[name] + chinese[name] for name in english.keys() & chinese.keys()}
    for name, lines in _first(both, _INTUNE):
        stem = name.removesuffix(".md")
        yield Need(f"intune:{name}", _texts(lines), frozenset({f"intune-en/{stem}", f"intune-zh/{stem}"}))


def _first(groups: Mapping[str, list[dict[str, Any]]], limit: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return sorted(groups.items(), key=lambda group: rank(group[0]))[:limit]


def rank(name: str) -> bytes:
    """An order that has nothing to do with the names and is the same everywhere."""
    return hashlib.sha256(name.encode()).digest()


_FOLDERS = {
    "shop": "bitext-faq-en",
    "covid": "covid-faq-en",
    "arduino": "arduino-help-en",
    "tidb": "tidb-docs-zh",
    "intune-en": "intune-en",
    "intune-zh": "intune-zhcn",
}


def _files(root: Path, needs: Iterable[Need]) -> dict[str, Path]:
    """The articles of all needs; those that nobody asks for would only take time."""
    files = {}
    for article_id in sorted({article for need in needs for article in need.articles}):
        folder, _, stem = article_id.partition("/")
        files[article_id] = root / _FOLDERS[folder] / "articles" / f"{stem}.md"
    return files
