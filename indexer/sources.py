"""Which files of a folder are articles, and their bytes."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.errors import InvalidInputError
from kb.types import Problem

SUFFIXES = (".md", ".markdown")
MAX_BYTES = 10 * 1024 * 1024
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One article file. ``path``: below the folder, POSIX separators. ``id``: the path without suffix, Unicode NFC."""

    path: str
    id: str
    raw: bytes
    content_hash: str  # "sha256:<hex>" of ``raw``


@dataclass(frozen=True, slots=True)
class SourceListing:
    """``files`` are sorted by id and their ids differ even when case is ignored."""

    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]


def scan(folder: Path) -> SourceListing:
    """Read every ``.md`` and ``.markdown`` file below ``folder``; hidden files and folders are skipped.

    A file that cannot be used becomes a fatal problem: ``link_outside`` (a link that leaves the folder), ``too_big``
    (over 10 MB), ``unreadable``, ``bad_name``, ``duplicate_id``; a folder without articles is ``empty_folder``.
    Linked folders are not followed. A file that disappears meanwhile is left out silently.
    Raises InvalidInputError when ``folder`` is not a readable folder.
    """
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is not a folder.", "Give the folder that holds the articles (*.md).")
    root = folder.resolve()
    files: list[SourceFile] = []
    problems: list[Problem] = []
    try:
        for path in _walk(root, problems):
            found = _read(root, path)
            if isinstance(found, Problem):
                problems.append(found)
            elif found is not None:
                files.append(found)
    except PermissionError as error:
        raise InvalidInputError(f"{folder} cannot be read: {error.strerror}.", "Check its permissions.") from error
    files = _unique(sorted(files, key=lambda file: (file.id, file.path)), problems)
    if not files and not problems:
        problems.append(Problem(".", 0, "empty_folder", f"No article (*.md) in {folder}.", True))
    return SourceListing(tuple(files), tuple(sorted(problems, key=lambda problem: problem.path)))


def source_from_bytes(path: str, raw: bytes) -> SourceFile:
    """Return ``raw`` as the article file ``path`` would be, for text that is not on disk (drafts, tests)."""
    return SourceFile(path, article_id(path), raw, f"sha256:{hashlib.sha256(raw).hexdigest()}")


def article_id(path: str) -> str:
    """Return the id of the article at ``path``.

    >>> article_id("zh/billing/refunds.md")
    'zh/billing/refunds'
    """
    stem = next((path[: -len(suffix)] for suffix in SUFFIXES if path.lower().endswith(suffix)), path)
    return unicodedata.normalize("NFC", stem)


def _walk(root: Path, problems: list[Problem]) -> Iterator[Path]:
    def report(error: OSError) -> None:
        name = Path(error.filename or root)
        if name == root:
            raise error
        problems.append(Problem(_below(root, name), 0, "unreadable", f"Folder not read: {error.strerror}.", True))

    for parent, folders, names in os.walk(root, onerror=report):
        here = Path(parent)
        for name in list(folders):
            linked = (here / name).is_symlink()
            if linked or name.startswith(".") or name in _SKIPPED_FOLDERS:
                folders.remove(name)
            if linked and not name.startswith("."):
                message = "A linked folder is not followed; put the articles into the folder itself."
                problems.append(Problem(_below(root, here / name), 0, "linked_folder", message, False))
        folders.sort()
        yield from (here / name for name in sorted(names) if name.lower().endswith(SUFFIXES) and name[0] != ".")


def _read(root: Path, path: Path) -> SourceFile | Problem | None:
    name = _below(root, path)
    if not name.isprintable():
        shown = name.encode("utf-8", "backslashreplace").decode()
        return Problem(
            shown, 0, "bad_name", "The file name holds bytes or signs that no URL can carry; rename it.", True
        )
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(root):
            return Problem(name, 0, "link_outside", "The file is a link that leaves the articles folder.", True)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Problem(name, 0, "unreadable", "Not a regular file.", True)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if not path.is_symlink():
            return None
        return Problem(name, 0, "unreadable", "The file is a link to a file that does not exist.", True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        return Problem(name, 0, "unreadable", f"The file cannot be read: {error}.", True)
    if len(raw) > MAX_BYTES:
        size = status.st_size / 1024 / 1024
        return Problem(name, 0, "too_big", f"The file has {size:.1f} MB; an article may have 10 MB.", True)
    return source_from_bytes(name, raw)


def _unique(files: list[SourceFile], problems: list[Problem]) -> list[SourceFile]:
    kept: dict[str, SourceFile] = {}
    for file in files:
        first = kept.setdefault(file.id.casefold(), file)
        if first is not file:
            message = f"Its id equals that of {first.path} when case and suffix are ignored; rename one of them."
            problems.append(Problem(file.path, 0, "duplicate_id", message, True))
    return list(kept.values())


def _below(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
