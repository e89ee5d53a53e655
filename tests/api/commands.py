"""Runs commands of ``kb`` in this process, for tests of what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from api.cli.app import run


@dataclass(frozen=True)
class Done:
    """What one run left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Kb = Callable[..., Done]


def runner(capsys: pytest.CaptureFixture[str]) -> Kb:
    """A function that runs one command line."""

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = 0
        try:
            run([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call
