"""Merging, splitting and renaming gaps through the HTTP door and from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.cli.app import run
from api.owner_responses import GapDocument
from api.responses import ProblemDocument
from kb.ids import new_id

if TYPE_CHECKING:
    from conftest import Serve, Site

BIKES, CANOES, SAUNA = "Do you sell electric bicycles?", "Can one rent canoes overnight?", "Is there a sauna on board?"


def gap_of(client: TestClient, question: str) -> str:
    body = {"question": question, "external_id": new_id("bot")}
    gap_id: str = client.post("/v1/signals", json=body).json()["gap_id"]
    return gap_id


def document(client: TestClient, gap_id: str) -> GapDocument:
    return GapDocument.model_validate(client.get(f"/v1/gaps/{gap_id}").json())


def test_merged_gaps_are_one_and_a_split_takes_them_apart_for_good(serve: Serve) -> None:
    client = serve()
    bikes, canoes, sauna = (gap_of(client, question) for question in (BIKES, CANOES, SAUNA))
    assert len({bikes, canoes, sauna}) == 3
    first = client.post(f"/v1/gaps/{canoes}/merge", json={"into": bikes})
    kept = GapDocument.model_validate(first.json())
    assert (kept.id, {question.text for question in kept.questions}) == (bikes, {BIKES, CANOES})
    assert client.post(f"/v1/gaps/{bikes}/merge", json={"sources": [sauna]}).json()["id"] == bikes
    assert document(client, sauna).id == bikes
    assert gap_of(client, SAUNA) in {bikes, sauna}
    assert document(client, bikes).signals == 4
    made = client.post(f"/v1/gaps/{bikes}/split", json={"questions": [SAUNA, CANOES], "label": "Spare time"})
    new = GapDocument.model_validate(made.json())
    assert (new.label, {question.text for question in new.questions}) == ("Spare time", {SAUNA, CANOES})
    assert document(client, gap_of(client, SAUNA)).id == new.id
    assert document(client, gap_of(client, BIKES)).id == bikes
    assert [event.field for event in new.history][-1] == "created"


@pytest.mark.parametrize(
    ("call", "body", "status", "pointer"),
    [
        ("merge", {}, 422, ""),
        ("merge", {"into": "gap_x", "sources": ["gap_y"]}, 422, ""),
        ("merge", {"sources": []}, 422, "/sources"),
        ("merge", {"into": "gap_none"}, 404, None),
        ("split", {}, 422, "/questions"),
        ("split", {"questions": []}, 422, "/questions"),
        ("split", {"questions": ["Something else"]}, 422, "/questions/0"),
        ("split", {"questions": [BIKES], "label": " "}, 422, "/label"),
        ("split", {"questions": [BIKES]}, 409, None),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, call: str, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    gap_id = gap_of(client, BIKES)
    response = client.post(f"/v1/gaps/{gap_id}/{call}", json=body)
    problem = ProblemDocument.model_validate(response.json())
    assert (response.status_code, problem.status) == (status, status)
    if pointer is not None:
        assert pointer in {error.pointer for error in problem.errors or []}


def test_a_gap_is_not_merged_into_itself_and_an_unknown_one_not_at_all(client: TestClient) -> None:
    gap_id = gap_of(client, BIKES)
    assert client.post(f"/v1/gaps/{gap_id}/merge", json={"into": gap_id}).status_code == 409
    assert client.post("/v1/gaps/gap_none/split", json={"questions": ["x"]}).status_code == 404


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run one command line: its exit code and what it printed."""
    monkeypatch.delenv("KB_DATA", raising=False)

    def call(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = 0
        try:
            run([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        return code, capsys.readouterr().out

    return call


def test_the_command_line_merges_splits_and_renames(
    serve: Serve, site: Site, kb: Callable[..., tuple[int, str]]
) -> None:
    client = serve()
    bikes, canoes = gap_of(client, BIKES), gap_of(client, CANOES)
    code, out = kb("gaps", "merge", bikes, canoes, "--data", site.data)
    assert (code, out.strip()) == (0, f"{bikes} stands for {canoes}")
    code, out = kb("gaps", "split", bikes, CANOES, "--label", "Boats", "--data", site.data, "--json")
    assert code == 0
    new = GapDocument.model_validate(json.loads(out))
    assert (new.label, [question.text for question in new.questions]) == ("Boats", [CANOES])
    code, out = kb("gaps", "rename", bikes, "Bicycles", "--data", site.data)
    assert (code, out.strip()) == (0, f"{bikes} is called Bicycles")
    assert document(client, bikes).label == "Bicycles"
    assert kb("gaps", "merge", bikes, bikes, "--data", site.data)[0] != 0
    # The served process has learned of it without being told.
    assert document(client, gap_of(client, CANOES)).id == new.id
