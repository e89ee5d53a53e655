"""The agent bot in a real process that is killed in the middle of a message: what Chatwoot's visitors see of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from chatwoot_double import SECRET, TOKEN, Chatwoot

from eval.handoffs.server import free_port

if TYPE_CHECKING:
    from conftest import Site

# The server as it is with shorter pauses, which ends itself by SIGKILL at the N-th time that it comes to a place:
# before what is to be said is written down, before a call, or after a call that was carried out.
_SERVE = """
import os, signal
from datetime import timedelta
from api.inbound import chatwoot_worker
from kb.records import inbound

place, times = os.environ["DIE_AT"], int(os.environ["DIE_TIMES"])
chatwoot_worker._LEASE, chatwoot_worker._UNCERTAIN, chatwoot_worker._RETRIES = timedelta(seconds=1), 1.5, (0.1,) * 8

def here(name):
    global times
    if name == place:
        times -= 1
        if times == 0:
            os.kill(os.getpid(), signal.SIGKILL)

answered, call = inbound.Inbound.answered, chatwoot_worker.call

def dying_answered(*given):
    here("decided")
    return answered(*given)

def dying_call(*given):
    here("call")
    done = call(*given)
    here("called")
    return done

inbound.Inbound.answered, chatwoot_worker.call = dying_answered, dying_call
from api.cli import main
main()
"""
START_SECONDS = 60.0


@dataclass
class Bot:
    """``kb serve`` on the same port and data again and again."""

    site: Site
    log: Path
    chatwoot_url: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, die_at: str = "", times: int = 0) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KB_")} | {
            "DIE_AT": die_at,
            "DIE_TIMES": str(times),
            "KB_CHATWOOT_URL": self.chatwoot_url,
            "KB_CHATWOOT_TOKEN": TOKEN,
            "KB_CHATWOOT_SECRET": SECRET,
            "KB_WEBHOOK_ALLOW_PRIVATE": "true",
            "KB_SITE_URL": "https://help.example.com",
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-c", _SERVE, "serve", "--data", str(self.site.data), "--port", str(self.port)]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)

    def died(self) -> None:
        assert self.process is not None
        assert self.process.wait(START_SECONDS) == -9, self.log.read_bytes()[-2000:]

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Deliver as a queue of jobs does: again and again until somebody answers."""
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                return httpx.post(f"{self.url}/v1/inbound/chatwoot", content=body, headers=headers).status_code
            except httpx.TransportError:
                assert time.monotonic() < ends, self.log.read_bytes()[-2000:]
                time.sleep(0.05)


@pytest.fixture
def bot(site: Site, tmp_path: Path) -> Iterator[Bot]:
    made = Bot(site, tmp_path / "server.log")
    yield made
    made.close()


def test_a_message_is_answered_once_however_often_the_server_is_killed(bot: Bot) -> None:
    double = Chatwoot(bot.post)
    with double.listening() as bot.chatwoot_url:
        bot.start("decided", 1)
        double.says("How long does a refund to my credit card take?")
        bot.died()
        bot.start("called", 2)  # Chatwoot has the second piece, and tells us so once we live again
        bot.died()
        bot.start("decided", 1)
        double.wait(lambda: [m.get("content_type") for m in double.shown()].count("input_select") == 1)
        double.says("talk to a human")
        bot.died()  # with the person called already, and nothing of it said
        bot.start("call", 3)  # the note to the agents is not sent yet
        bot.died()
        bot.start()
        double.wait(lambda: double.status[1] == "open")
        listed = httpx.get(f"{bot.url}/v1/handoffs").json()["data"]
    assert [m["content_type"] for m in double.shown()] == ["text", "cards", "input_select", "text", "text"]
    assert len(double.notes()) == 1
    assert [one["channel"] for one in listed] == ["chatwoot"]


def test_only_the_piece_whose_fate_nobody_tells_may_come_twice(bot: Bot) -> None:
    """Chatwoot knows no idempotency key and lets a bot read nothing: without its own word, a lost answer is worse than two."""
    double = Chatwoot(bot.post, echoes=False)
    with double.listening() as bot.chatwoot_url:
        bot.start("called", 2)
        double.says("How long does a refund to my credit card take?")
        bot.died()
        bot.start()
        double.wait(lambda: [m.get("content_type") for m in double.shown()].count("input_select") == 1)
    assert [m["content_type"] for m in double.shown()] == ["text", "cards", "cards", "input_select"]
