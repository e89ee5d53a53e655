"""A benchmarked server is a process of its own: waited for, watched, and ended."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from eval.bench.run import bench_table
from eval.bench.server import free_port, naive_command, our_command, started
from kb.errors import StorageError

# Answers every request after a moment; holds 30 MB so that memory can be seen.
SERVER = """
import http.server, sys, time
ballast = bytearray(b"x" * 30_000_000)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        time.sleep(0.02); self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200 if self.path == "/v1/ask" else 404); self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_server_is_waited_for_asked_watched_and_ended(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port)]
    with started("toy", command, port, tmp_path / "log") as server, httpx.Client() as client:
        server.ask(client, "warm-up", keep=False)
        for _ in range(5):
            server.ask(client, "How?")
        running = server.process
    assert len(server.latencies_ms) == 5
    assert min(server.latencies_ms) >= 20
    assert server.cold_start_seconds > 0
    assert server.peak_bytes > 30_000_000
    assert running.poll() is not None


def test_a_server_that_ends_early_is_reported_with_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such port'); raise SystemExit(3)"]
    with pytest.raises(StorageError, match="no such port"), started("toy", command, free_port(), tmp_path / "log"):
        pytest.fail("it never got ready")


def test_both_servers_are_started_on_the_data_they_are_given() -> None:
    assert our_command(Path("/data"), 7)[2:] == [
        *("api.cli", "serve", "--data", "/data", "--host", "127.0.0.1", "--port", "7")
    ]
    assert naive_command(Path("/data"), 7)[2:] == ["eval.bench.naive_server", "/data", "--port", "7"]


def test_the_table_gives_ratios() -> None:
    result = {"set": "s", "passages": 3, "questions": 2, "kb": {"p50_ms": 10.0}, "naive": {"p50_ms": 80.0}}
    table = bench_table(result)
    assert [list(column.cells) for column in table.columns] == [["p50_ms"], ["10"], ["80"], ["8.00"]]
