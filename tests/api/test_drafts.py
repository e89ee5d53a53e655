"""Trying a draft over HTTP and from the command line: who may, what is refused and how, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import replaying
from api.replay_responses import ReplayDocument
from api.responses import ProblemDocument
from tests.conftest import Site

CANOE = "Do you rent out canoes?"
CANOES = (
    "---\ntitle: Renting a canoe\nlang: en\n---\n\n# Renting\n\nYes, we rent out canoes. It costs 30 euros a day.\n"
)
REFUND = "How long does a refund to my credit card take?"


@pytest.fixture
def own(serve: Any) -> Iterator[TestClient]:
    return serve()


def replay(client: TestClient, **body: Any) -> Any:
    return client.post("/v1/drafts/replay", json={"article_markdown": CANOES, **body})


def test_a_draft_is_tried_on_the_questions_of_its_gap(own: TestClient) -> None:
    gap = own.post("/v1/ask", json={"question": CANOE}).json()["gap_id"]
    own.post("/v1/ask", json={"question": REFUND})
    response = replay(own, gap_id=gap, article_id="en/canoe", questions=["What does a canoe cost?"])
    assert response.status_code == 200
    document = response.json()
    ReplayDocument.model_validate(document)
    assert (document["verdict"], document["article_id"], document["gap_id"]) == ("closes", "en/canoe", gap)
    [first, *_] = document["results"]
    assert (first["question"], first["status"], first["after"]["article_id"]) == (CANOE, "now_answered", "en/canoe")
    assert own.get(f"/v1/gaps/{gap}").json()["signals"] == 1, "nothing was asked for the record"
    assert own.get("/v1/articles/en/canoe").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "pointer", "said"),
    [
        ({"article_markdown": "---\ntitle: [x\n---\ntext\n"}, 422, "/article_markdown", "line"),
        ({"article_markdown": "---\ntitle: x\nvalid_until: someday\n---\ntext\n"}, 422, "/article_markdown", "line 3"),
        ({"article_markdown": "no title"}, 422, "/article_markdown", "No title"),
        ({"article_markdown": " \n"}, 422, "/article_markdown", "blank"),
        ({"article_id": "../secrets"}, 422, "/article_id", "no id"),
        ({"gap_id": "gap_nothing"}, 404, "", "no gap"),
        ({"questions": [""]}, 422, "/questions/0", "blank"),
        ({"questions": ["x"] * 21}, 422, "/questions", "20"),
        ({"audience": ["agent"]}, 422, "/audience", "not known"),
        ({"article_markdown": "x" * 1_100_000}, 413, "", "larger"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_its_place(
    client: TestClient, body: dict[str, Any], status: int, pointer: str, said: str
) -> None:
    response = replay(client, **body)
    problem = response.json()
    ProblemDocument.model_validate(problem)
    assert response.status_code == status, problem
    assert said in problem["detail"]
    if pointer:
        assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("audience: [agent]", "not_shown_audience", "Only agent may see this"),
        ("valid_from: 2999-01-01", "not_shown_valid_from", "not shown before 2999-01-01"),
        ("valid_until: 2001-01-01", "not_shown_valid_until", "not shown after 2001-01-01"),
    ],
)
def test_a_draft_that_nobody_may_see_yet_is_told_so(own: TestClient, line: str, code: str, says: str) -> None:
    draft = CANOES.replace("lang: en\n", f"lang: en\n{line}\n")
    document = replay(own, article_markdown=draft, article_id="en/canoe", questions=[CANOE]).json()
    assert (document["verdict"], document["results"][0]["why"]) == ("no_effect", "not_sure")
    [problem] = [found for found in document["problems"] if found["code"] == code]
    assert says in problem["message"]
    assert not problem["fatal"]


def test_only_who_may_read_gaps_may_try_drafts(serve: Any, site: Site) -> None:
    remote = serve(host="0.0.0.0")
    assert replay(remote).status_code == 401


def test_a_draft_waits_for_its_turn_and_not_for_ever(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "_WAIT", 0.01)
    with replaying._ONE:
        response = replay(client)
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert replay(client).status_code == 200


def test_without_an_index_nothing_can_be_tried(serve: Any, tmp_path: Path) -> None:
    response = replay(serve(tmp_path / "empty"))
    assert (response.status_code, response.json()["code"]) == (503, "index_missing")
