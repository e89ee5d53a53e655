"""The revision folders below a data folder: which is published, which are left, and whether one is whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from kb.errors import IndexCorruptError, IndexMismatchError

# Raise when files of an older snapshot can no longer be read as they are.
FORMAT_VERSION = 5
# Older revisions that stay on disk: readers load at once, so one is enough to look back at.
_KEPT_REVISIONS = 2
REPAIR = "Run `kb index ARTICLES --data DIR` to rebuild it."


def index_folder(data: Path) -> Path:
    return data / "index"


def current_revision(data: Path) -> str | None:
    """Name of the published revision, or None before the first."""
    try:
        return (index_folder(data) / "CURRENT").read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def publish(data: Path, revision: str) -> None:
    """Make ``revision`` the current one by one atomic rename, and drop revisions nobody needs any more."""
    folder = index_folder(data)
    pointer = folder / f"CURRENT.{os.getpid()}"
    pointer.write_text(revision + "\n", encoding="ascii")
    sync(pointer)
    pointer.replace(folder / "CURRENT")
    sync(folder)
    revisions = sorted(folder.glob("r-*"), key=lambda f: f.stat().st_mtime_ns, reverse=True)
    for stale in [r for r in revisions if r.name != revision][_KEPT_REVISIONS - 1 :]:
        shutil.rmtree(stale, ignore_errors=True)
    for abandoned in folder.glob(".building.*"):
        if not _is_running(abandoned.name.rpartition(".")[2]):
            shutil.rmtree(abandoned, ignore_errors=True)


def kept_revisions(data: Path) -> list[str]:
    """Names of the revisions on disk that are complete, oldest first: the published one and few before it."""
    built = []
    for folder in index_folder(data).glob("r-*"):
        with suppress(IndexCorruptError, IndexMismatchError):
            built.append((str(read_manifest(folder)["built_at"]), folder.name))
    return [name for _, name in sorted(built)]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a revision. Raises ``IndexCorruptError``, ``IndexMismatchError`` for another format."""
    try:
        manifest: dict[str, Any] = orjson.loads((folder / "manifest.json").read_bytes())
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexCorruptError(f"The manifest of revision {folder.name} cannot be read: {error}.", REPAIR) from error
    if found != FORMAT_VERSION:
        raise IndexMismatchError(f"The index has format {found}; this version reads format {FORMAT_VERSION}.", REPAIR)
    return manifest


def describe(file: Path) -> dict[str, Any]:
    """Hash and size of a file, as the manifest holds them."""
    with file.open("rb") as stream:
        return {"sha256": hashlib.file_digest(stream, "sha256").hexdigest(), "bytes": file.stat().st_size}


def read_checked(file: Path, facts: Mapping[str, Any]) -> bytes:
    """The content of a file that must be as the manifest says. Raises ``IndexCorruptError``."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise IndexCorruptError(
            f"{file.name} of revision {file.parent.name} cannot be read: {error}.", REPAIR
        ) from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise IndexCorruptError(f"{file.name} of revision {file.parent.name} differs from its manifest.", REPAIR)
    return content


def is_complete(folder: Path) -> bool:
    """Whether a revision has its manifest, which is written last."""
    try:
        read_manifest(folder)
    except (IndexCorruptError, IndexMismatchError):
        return False
    return True


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def sync(path: Path) -> None:
    """Have the operating system write a file or folder to disk now."""
    with suppress(OSError):  # some file systems refuse to sync folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def published_articles_dir(data: Path) -> Path | None:
    """The folder of the articles that were indexed last, without opening the index; None before the first index.

    Raises what ``read_manifest`` raises.
    """
    revision = current_revision(data)
    return None if revision is None else Path(read_manifest(index_folder(data) / revision)["articles_dir"])
