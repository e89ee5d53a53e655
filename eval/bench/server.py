"""A server started as a process of its own, watched from outside: time to ready, latency of a question, peak memory."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from kb.errors import StorageError

_POLL_SECONDS = 0.02
_START_LIMIT_SECONDS = 180.0


@dataclass
class Server:
    """A running server. ``peak_bytes`` is the largest sum of resident memory of its processes seen so far."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    cold_start_seconds: float
    peak_bytes: int = 0
    latencies_ms: list[float] = field(default_factory=list)

    def ask(self, client: httpx.Client, question: str, *, keep: bool = True) -> None:
        """Ask one question and note how long the whole exchange took. Raises httpx.HTTPError for a failed one."""
        started = time.perf_counter()
        client.post(f"{self.url}/v1/ask", json={"question": question}).raise_for_status()
        if keep:
            self.latencies_ms.append(1000 * (time.perf_counter() - started))


def our_command(data: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--host", "127.0.0.1", "--port", str(port)]


def naive_command(data: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "eval.bench.naive_server", str(data), "--port", str(port)]


@contextlib.contextmanager
def started(name: str, command: Sequence[str], port: int, log: Path) -> Iterator[Server]:
    """Start a server, wait until ``/readyz`` says yes, and end it afterwards.

    Raises StorageError with the end of the server's output when it ends early or is not ready in time.
    """
    environment = os.environ | {"KB_RATE_LIMIT_ENABLED": "false"}
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(list(command), stdout=output, stderr=output, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(process, url, log)
        server = Server(name, url, process, time.perf_counter() - begun)
        stop = threading.Event()
        watcher = threading.Thread(target=_watch_memory, args=(server, stop), daemon=True)
        watcher.start()
        yield server
        stop.set()
        watcher.join()
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.perf_counter() + _START_LIMIT_SECONDS
    while time.perf_counter() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(_POLL_SECONDS)
    raise StorageError(f"The server did not become ready: {log.read_text('utf-8', 'replace')[-2000:]}")


def _watch_memory(server: Server, stop: threading.Event) -> None:
    root = psutil.Process(server.process.pid)
    while not stop.wait(0.05):
        with contextlib.suppress(psutil.Error):
            family = [root, *root.children(recursive=True)]
            server.peak_bytes = max(server.peak_bytes, sum(process.memory_info().rss for process in family))
