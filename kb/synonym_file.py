"""The operator's ``synonyms.yaml`` beside the articles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kb.text.synonym_yaml import FILE_NAME, MAX_BYTES, read_synonyms
from kb.text.synonyms import NO_SYNONYMS, Synonyms
from kb.types import Problem
from kb.watched_file import Kind, WatchedFile, check_file

_KIND = Kind(FILE_NAME, MAX_BYTES, read_synonyms, NO_SYNONYMS, "synonyms")


def synonym_file(folder: Callable[[], Path | None], copy: Path) -> WatchedFile[Synonyms]:
    """The synonyms in force; for ``folder`` and ``copy`` see ``WatchedFile``."""
    return WatchedFile(_KIND, folder, copy)


def check_synonyms(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with the ``synonyms.yaml`` of an articles folder; nothing when there is none."""
    return check_file(_KIND, folder / FILE_NAME)
