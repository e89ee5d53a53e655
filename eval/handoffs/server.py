"""The real server as a process that is killed and started again, and a process that keeps its database busy."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kb.errors import StorageError

# The command line as it is, with shorter pauses between attempts and more of them: what takes a day and a half takes seconds.
_SERVE = """
import sys
import api.delivering, api.mail
api.delivering.FIRST_RETRY, api.delivering.GROWTH, api.delivering.LONGEST_RETRY = 0.1, 2.0, 3.0
api.delivering.TIMEOUT, api.delivering._LEASE, api.delivering._POLL = 0.8, 5.0, 0.05
api.delivering.MAX_ATTEMPTS = 40
api.mail.TIMEOUT = 0.8
from api.cli import main
main()
"""
_KEEP_BUSY = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""
START_SECONDS = 180.0


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@dataclass
class Server:
    """``kb serve`` on a port of this machine with ``settings`` (environment). ``kills`` and ``starts``: how often."""

    data: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    kills: int = 0
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is alive. Raises ``StorageError`` when it is not in time, with the end of its output."""
        command = [sys.executable, "-c", _SERVE, "serve", "--data", str(self.data), "--port", str(self.port)]
        log = self.data.with_suffix(".log")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, env={**environment, **self.settings}, start_new_session=True
            )
        self.starts += 1
        until = time.monotonic() + START_SECONDS
        while self.call("GET", "/livez", timeout=1.0)[0] != 200:
            if self.process.poll() is not None or time.monotonic() > until:
                raise StorageError(f"The server did not start: {log.read_bytes()[-2000:].decode(errors='replace')}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would, in the middle of whatever it does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10.0,
    ) -> tuple[int, Any]:
        """Status and JSON of one call; status 0 when no answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            content = None if body is None else orjson.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            read = response.read()
            return response.status, orjson.loads(read) if "json" in response.headers.get("Content-Type", "") else None
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError):
            return 0, None
        finally:
            connection.close()


def keep_busy(database: Path, seconds: float) -> None:
    """Let another process hold the database for writing so long."""
    subprocess.run([sys.executable, "-c", _KEEP_BUSY, str(database), str(seconds)], check=False, timeout=120)
