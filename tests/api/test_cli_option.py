"""`kb ask --option`: the answer to what was chosen after a question that was asked back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from api.cli.app import run

if TYPE_CHECKING:
    from tests.conftest import Site

_PLACE = "en/devices/router#reset-the-password.0"


def _ask(site: Site, option: str) -> int:
    try:
        run(["ask", "the router", "--option", option, "--data", str(site.data), "--json"])
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def test_a_chosen_option_is_answered_from_its_place(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ask(site, _PLACE) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["outcome"] == "answered"
    assert [citation["passage_id"] for citation in document["citations"]] == [_PLACE]


def test_an_option_that_leads_nowhere_is_an_error(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert _ask(site, "en/devices/router#gone.0") != 0
    document = json.loads(capsys.readouterr().out)
    assert (document["object"], document["code"]) == ("error", "not_found")
