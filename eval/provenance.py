"""What a result file must say to be believed: which code, which machine, which versions, when."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import orjson

from eval.datasets import PROJECT

RESULTS = PROJECT / "eval" / "results"
_PACKAGES = ("faiss-cpu", "numpy", "onnxruntime", "rank-bm25", "scikit-learn", "sentence-transformers", "torch")


def describe_run() -> dict[str, Any]:
    """Git revision and whether files differ from it, cores, Python and package versions, UTC time.

    ``revision`` is "unknown" outside a git checkout.
    """
    status = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": _git("rev-parse", "HEAD") or "unknown",
        "dirty": bool(status),
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def write_result(result: dict[str, Any], prefix: str = "", folder: Path = RESULTS) -> Path:
    """Write ``folder/[prefix-]<UTC date>-<short revision>[-dirty].json`` and return its path.

    A later run of the same revision on the same day replaces the earlier one.
    """
    name = f"{result['created_at'][:10]}-{result['revision'][:8]}{'-dirty' if result['dirty'] else ''}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (f"{prefix}-{name}" if prefix else name)
    path.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


def newest_result(prefix: str = "", folder: Path = RESULTS) -> dict[str, Any] | None:
    """The result with the latest ``created_at`` among the files of one prefix; None when there is none."""
    pattern = f"{prefix}-2*.json" if prefix else "2*.json"
    results: list[dict[str, Any]] = [orjson.loads(path.read_bytes()) for path in folder.glob(pattern)]
    return max(results, key=lambda result: str(result["created_at"]), default=None)


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
