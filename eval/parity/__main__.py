"""``python -m eval.parity``: ask every shipped question at every door of a running server, and write what differs.

The result is ``eval/results/parity-*.json``; the exit code is 0 when every door says the same. The command line's own way, the
service over the data folder, is asked for every question, and `kb ask --json` in a process of its own for some.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.composition import OpenService, open_service
from eval.bench.server import free_port, our_command, started
from eval.datasets import PROJECT
from eval.parity.doors import DOORS, Dialogue, Heard
from eval.parity.questions import dialogues, singles
from eval.parity.run import compared, figures
from eval.provenance import describe_run, write_result
from indexer.build import build
from kb.documents import answer_document
from kb.errors import StorageError
from kb.settings import Settings
from kb.text.embedding import DEFAULT_MODEL
from kb.types import Query

_COMMAND_EVERY = 40  # dialogues; a process takes seconds to open the model


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.parity", description=__doc__)
    parser.add_argument("--limit", type=int, default=0, help="dialogues at most; 0: all")
    parser.add_argument("--data", type=Path, default=None, help="an index of articles/; made unless given")
    parser.add_argument("--no-write", action="store_true", help="print the figures only")
    chosen = parser.parse_args()
    asked = [*singles(), *dialogues()]
    step = max(1, len(asked) // chosen.limit) if chosen.limit else 1
    with tempfile.TemporaryDirectory(prefix="kb-parity-") as folder:
        data = chosen.data or Path(folder) / "data"
        if chosen.data is None:
            build(PROJECT / "articles", data, encoder=DEFAULT_MODEL, light=True)
        found = ask_everywhere(data, asked[::step], Path(folder) / "server.log")
    result = {**describe_run(), **found}
    sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if not chosen.no_write:
        print(write_result(result, "parity"), file=sys.stderr)
    return 0 if result["equal"] else 1


def ask_everywhere(data: Path, asked: Sequence[Dialogue], log: Path) -> dict[str, Any]:
    """Figures of asking every dialogue at every door of one server over ``data``."""
    with open_service(Settings(data=data)) as opened:
        # Without a key or a user it depends on the process whether requests for a person reach anybody.
        if not opened.records.has_keys():
            opened.records.create_key("parity", kind="secret", scopes=("handoffs",))
    port = free_port()
    results: list[tuple[Dialogue, Mapping[str, Sequence[str]]]] = []
    with (
        started("kb", our_command(data, port), port, log) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
        open_service(Settings(data=data)) as opened,
    ):

        def post(path: str, body: Mapping[str, Any]) -> bytes:
            accept = {"Accept": "application/json, text/event-stream"}
            reply = client.post(path, json=body, headers=accept)
            if reply.is_error:
                raise StorageError(f"{path} answered {reply.status_code}: {reply.text[:500]}", f"The log is {log}.")
            return reply.content

        for position, dialogue in enumerate(asked):
            others = {"service": lambda asked: _served(opened, asked)}
            if position % _COMMAND_EVERY == 0:
                others["kb ask"] = lambda asked: _commanded(data, asked)
            results.append((dialogue, compared(post, dialogue, others=others)))
            if position % 50 == 0:
                print(f"{position} of {len(asked)}", file=sys.stderr)
    return figures(results, [*DOORS, "service", "kb ask"])


def _served(opened: OpenService, dialogue: Dialogue) -> list[Heard]:
    """The way of the command line, without starting a process for each question."""
    heard: list[Heard] = []
    for question in dialogue:
        conversation = heard[-1].document["conversation_id"] if heard else None
        answer = opened.service.ask(Query(question, conversation_id=conversation, channel="cli"))
        heard.append(Heard(json.loads(orjson.dumps(answer_document(answer)))))
    return heard


def _commanded(data: Path, dialogue: Dialogue) -> list[Heard]:
    heard: list[Heard] = []
    for question in dialogue:
        known = ["--conversation", heard[-1].document["conversation_id"]] if heard else []
        command = [sys.executable, "-m", "api.cli", "ask", *known, "--data", str(data), "--json", "--", question]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        if done.returncode:
            raise StorageError(f"`kb ask` ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
        heard.append(Heard(json.loads(done.stdout)))
    return heard


if __name__ == "__main__":
    raise SystemExit(main())
