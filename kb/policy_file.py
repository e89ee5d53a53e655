"""The operator's ``policy.yaml`` beside the articles; what is shipped is in force without one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from kb.policy import Policy
from kb.policy.parse import FILE_NAME, MAX_BYTES, read_policy, shipped_policy
from kb.types import Problem
from kb.watched_file import Kind, WatchedFile, check_file

__all__ = ["FILE_NAME", "check_policy", "policy_file"]


def policy_file(folder: Callable[[], Path | None], copy: Path) -> WatchedFile[Policy]:
    """The policy in force; for ``folder`` and ``copy`` see ``WatchedFile``."""
    return WatchedFile(_kind(), folder, copy)


def check_policy(file: Path) -> tuple[Problem, ...]:
    """What is wrong with a policy file, or with that of an articles folder; nothing when there is none."""
    return check_file(_kind(), file / FILE_NAME if file.is_dir() else file)


@cache
def _kind() -> Kind[Policy]:
    return Kind(FILE_NAME, MAX_BYTES, read_policy, shipped_policy(), "policy")
