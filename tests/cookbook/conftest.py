"""A server that runs as a newcomer runs it: the shipped articles, one process, a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from recipes import ARTICLES

from kb.records import Records
from kb.records.rows import SCOPES

ROOT = ARTICLES.parent
PATIENCE = 120.0  # seconds; a busy build machine is slow


@dataclass(frozen=True)
class Served:
    """A running server: its address, a secret key for everything but administration, its data folder."""

    url: str
    key: str
    data: Path

    def environment(self, *, key: bool) -> dict[str, str]:
        """What a recipe is started with; nothing of the project can be imported from it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"KB_URL": self.url, "PYTHONUTF8": "1"} | ({"KB_KEY": self.key} if key else {})


@pytest.fixture(scope="session")
def served(shipped_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("cookbook")
    data = folder / "data"
    shutil.copytree(shipped_data, data, symlinks=True)
    with Records.open(data) as records:
        _, key = records.create_key("cookbook", "secret", [scope for scope in SCOPES if scope != "admin"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process, folder / "log.txt")
            yield Served(f"http://127.0.0.1:{port}", key, data)
        finally:
            process.kill()
            process.wait(PATIENCE)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())
