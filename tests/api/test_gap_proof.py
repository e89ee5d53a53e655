"""The proof of a gap through the HTTP door: asking again, claims, and what an owner may set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli.app import app as cli
from api.owner_responses import GapDocument
from api.responses import ProblemDocument
from indexer.build import BuildReport
from kb.records import Records
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Serve, Site

QUESTION = "Do you sell electric bicycles?"
ARTICLE = "---\ntitle: Electric bicycles\n---\n\nWe sell electric bicycles in our shops in Oslo and Bergen.\n"


def gap_of(client: TestClient, question: str = QUESTION) -> str:
    gap_id: str = client.post(
        "/v1/signals", json={"question": question, "external_id": question.rsplit(maxsplit=1)[-1]}
    ).json()["gap_id"]
    return gap_id


def test_asking_again_gives_the_quote_that_closes_the_gap(
    serve: Serve, site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    client = serve()
    gap_id = gap_of(client)
    first = GapDocument.model_validate(client.post(f"/v1/gaps/{gap_id}/verify").json())
    assert first.status == "open"
    assert [(check.question, check.answered) for check in first.checks] == [(QUESTION, False)]
    (site.articles / "en" / "bicycles.md").write_text(ARTICLE, encoding="utf-8")
    index_into(site.articles, site.data)
    client.app.state.kb.opened.live.refresh()  # type: ignore[attr-defined]
    second = GapDocument.model_validate(client.post(f"/v1/gaps/{gap_id}/verify").json())
    assert second.status == "verified"
    [check] = second.checks
    assert (check.answered, check.new_text, check.article_id) == (True, True, "en/bicycles")
    assert check.quote == "We sell electric bicycles in our shops in Oslo and Bergen."
    assert client.get(f"/v1/gaps/{gap_id}").json()["checks"] == [check.model_dump(mode="json")]


def test_an_unknown_gap_is_not_found(client: TestClient) -> None:
    assert client.post("/v1/gaps/gap_none/verify").status_code == 404


def test_without_an_index_there_is_nothing_to_ask(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> None:
    client = serve(tmp_path_factory.mktemp("empty"))
    response = client.post(f"/v1/gaps/{gap_of(client)}/verify")
    assert response.status_code == 503


def test_people_and_date_are_set_and_taken_away(serve: Serve) -> None:
    client = serve()
    gap_id = gap_of(client)
    sent = {"assignee": "Ada", "due_on": "2026-12-01", "note": "Draft on Friday."}
    given = GapDocument.model_validate(client.patch(f"/v1/gaps/{gap_id}", json=sent).json())
    assert (given.status, given.assignee, given.due_on) == ("assigned", "Ada", "2026-12-01")
    taken = client.patch(f"/v1/gaps/{gap_id}", json={"assignee": None, "due_on": None}).json()
    assert (taken["assignee"], taken["due_on"]) == (None, None)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"due_on": "tomorrow"}, "/due_on"),
        ({"due_on": "2026-02-30"}, "/due_on"),
        ({"due_on": 20261201}, "/due_on"),
        ({"assignee": 7}, "/assignee"),
        ({"status": "done"}, "/status"),
        ({"status": "dismissed"}, "/dismissed_reason"),
        ({"status": "dismissed", "dismissed_reason": ""}, "/dismissed_reason"),
    ],
)
def test_a_wrong_field_is_named_and_changes_nothing(client: TestClient, sent: dict[str, Any], pointer: str) -> None:
    gap_id = gap_of(client, "Do you repair snow ploughs?")
    before = client.get(f"/v1/gaps/{gap_id}").json()["history"]
    response = client.patch(f"/v1/gaps/{gap_id}", json=sent)
    assert response.status_code == 422
    problem = ProblemDocument.model_validate(response.json())
    assert [error.pointer for error in problem.errors or []] == [pointer]
    assert client.get(f"/v1/gaps/{gap_id}").json()["history"][: len(before)] == before


def test_nobody_can_say_that_a_gap_is_verified(client: TestClient) -> None:
    gap_id = gap_of(client, "Do you repair snow ploughs?")
    response = client.patch(f"/v1/gaps/{gap_id}", json={"status": "verified"})
    assert response.status_code == 409
    assert "answered from new text" in response.json()["detail"]


def test_a_reason_for_dismissing_is_kept_until_the_gap_is_open_again(serve: Serve) -> None:
    client = serve()
    gap_id = gap_of(client)
    sent = {"status": "dismissed", "dismissed_reason": "We do not sell bicycles."}
    assert client.patch(f"/v1/gaps/{gap_id}", json=sent).json()["dismissed_reason"] == "We do not sell bicycles."
    again = client.patch(f"/v1/gaps/{gap_id}", json={"status": "reopened"}).json()
    assert (again["status"], again["dismissed_reason"]) == ("reopened", None)
    assert again["opened_at"] >= again["created_at"]


def test_a_claim_is_checked_and_goes_back(serve: Serve, site: Site) -> None:
    client = serve()
    gap_id = gap_of(client)
    client.app.state.kb.opened.keeper.close()  # type: ignore[attr-defined]
    assert client.patch(f"/v1/gaps/{gap_id}", json={"status": "resolved"}).json()["status"] == "resolved"
    checked = client.post(f"/v1/gaps/{gap_id}/verify").json()
    assert checked["status"] == "reopened"
    assert checked["history"][-1]["note"].startswith("The claim does not hold for r-")
    assert QUESTION in checked["history"][-1]["note"]
    assert Records.open(Settings(data=site.data).data).get_gap(gap_id).summary.status == "reopened"


def test_the_command_line_checks_all_gaps_and_names_those_that_changed(
    serve: Serve, site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    client = serve()
    gap_id, _ = gap_of(client), gap_of(client, "Do you repair snow ploughs?")
    client.app.state.kb.opened.keeper.close()  # type: ignore[attr-defined]
    arguments = ["gaps", "verify", "--data", str(site.data)]
    assert CliRunner().invoke(cli, arguments).stdout == ""
    (site.articles / "en" / "bicycles.md").write_text(ARTICLE, encoding="utf-8")
    index_into(site.articles, site.data)
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    assert result.exit_code == 0
    assert orjson.loads(result.stdout)["data"] == [{"id": gap_id, "before": "open", "after": "verified"}]
