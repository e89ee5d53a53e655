"""Killed with -9 at any moment: what was acknowledged is there at the next start, and the start is clean."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.records import Records

# Says each id on stdout only after the call for it has returned.
_WORK = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from answer_samples import document
from kb.records import Records
records = Records.open(Path({data!r}))
for n in range(100000):
    sent = document()
    records.log_answer(sent, channel="api", visitor=f"v{{n}}")
    print("logged", sent["id"], flush=True)
    if n % 3 == 0:
        records.vote(sent["id"], "down", reasons=["other"])
        print("voted", sent["id"], flush=True)
"""


@pytest.mark.parametrize("seed", range(3))
def test_acknowledged_answers_and_votes_survive_a_kill(tmp_path: Path, seed: int) -> None:
    script = _WORK.format(tests=str(Path(__file__).parent), data=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(random.Random(seed).uniform(0.1, 0.5))
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    whole = [line.split() for line in said if line.endswith("\n") and len(line.split()) == 2]
    logged = [answer_id for word, answer_id in whole if word == "logged"]
    voted = [answer_id for word, answer_id in whole if word == "voted"]
    assert logged
    with Records.open(tmp_path) as records:
        records.flush()
        assert [answer_id for answer_id in logged if records.get_answer(answer_id) is None] == []
        assert [answer_id for answer_id in voted if records.get_vote(answer_id) is None] == []
        assert records.health().rejected == 0
        assert records.health().ok
    assert list((tmp_path / "journal").iterdir()) == []
