"""What an owner gets to start writing from, through every door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson
import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli.app import app as cli
from api.owner_responses import MachineDraftDocument, SuggestionDocument
from tests.model_server import ModelServer, model_server, says, sends

if TYPE_CHECKING:
    from conftest import Serve, Site

QUESTION = "Do you repair bicycle lights?"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def gap_of(client: TestClient, question: str = QUESTION) -> str:
    gap_id: str = client.post("/v1/signals", json={"question": question, "external_id": "1"}).json()["gap_id"]
    return gap_id


def test_a_suggestion_asks_for_the_gap_s_own_questions(serve: Serve) -> None:
    client = serve()
    gap_id = gap_of(client)
    response = client.get(f"/v1/gaps/{gap_id}/suggestion")
    assert response.status_code == 200
    document = SuggestionDocument.model_validate(response.json())
    fields = yaml.safe_load(document.front_matter)
    assert fields["questions"] == [QUESTION] == document.questions
    assert fields["resolves"] == [gap_id]
    assert document.action == "write"


def test_an_unknown_gap_has_no_suggestion(serve: Serve) -> None:
    assert serve().get("/v1/gaps/gap_none/suggestion").status_code == 404


def test_without_an_index_there_is_still_an_outline(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> None:
    client = serve(tmp_path_factory.mktemp("empty"))
    assert QUESTION in client.get(f"/v1/gaps/{gap_of(client)}/suggestion").json()["markdown"]


def test_the_command_line_prints_the_same_outline(serve: Serve, site: Site) -> None:
    client = serve()
    gap_id = gap_of(client)
    there = client.get(f"/v1/gaps/{gap_id}/suggestion").json()
    result = CliRunner().invoke(cli, ["gaps", "suggest", gap_id, "--data", str(site.data), "--json"])
    assert result.exit_code == 0
    assert orjson.loads(result.stdout) == there


def test_a_machine_written_draft_is_marked_and_without_a_model_refused(serve: Serve, model: ModelServer) -> None:
    client = serve(generator_url=model.url, generator_model="m")
    gap_id = gap_of(client)
    model.answers = lambda _: says("## Lights\n\nTODO: ask the workshop.")
    document = MachineDraftDocument.model_validate(client.post(f"/v1/gaps/{gap_id}/draft").json())
    fields = yaml.safe_load(document.markdown.split("---\n")[1])
    assert (fields["draft"], fields["machine_written"], fields["resolves"]) == (True, True, [gap_id])
    model.answers = lambda _: sends(b"no", status=500)
    assert client.post(f"/v1/gaps/{gap_id}/draft").json()["code"] == "generator_unavailable"


def test_without_a_model_there_is_no_machine_written_draft(serve: Serve) -> None:
    client = serve()
    response = client.post(f"/v1/gaps/{gap_of(client)}/draft")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
