"""What the fields of a gap take, and that a refusal says what is wrong in words of the person who sent it."""

from __future__ import annotations

from typing import Any

import pytest
from gap_samples import gap
from starlette.testclient import TestClient


@pytest.fixture
def own(serve: Any) -> TestClient:
    client: TestClient = serve()
    gap(client, "gap_a")
    return client


def refusal(answer: Any) -> tuple[int, str, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["pointer"], error["detail"]


@pytest.mark.parametrize("field", ["owner", "assignee", "label"])
@pytest.mark.parametrize(
    ("character", "says"),
    [
        ("\n", "a line break (U+000A)"),
        ("\t", "a control character (U+0009)"),
        ("\u202e", "a mark of the direction of writing (U+202E)"),
        ("\u2067", "a mark of the direction of writing (U+2067)"),
        ("\u2028", "a line break (U+2028)"),
    ],
)
def test_names_are_one_line_in_the_order_it_is_read(own: TestClient, field: str, character: str, says: str) -> None:
    status, pointer, detail = refusal(own.patch("/v1/gaps/gap_a", json={field: f"Ada{character}Byron"}))
    assert (status, pointer) == (422, f"/{field}")
    assert f"{says} at position 3" in detail


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "3000-01-01", "soon", "2026-02-30"])
def test_a_day_that_nobody_can_mean_is_refused_with_the_range(own: TestClient, day: str) -> None:
    assert refusal(own.patch("/v1/gaps/gap_a", json={"due_on": day})) == (
        422,
        "/due_on",
        "Must be a date like 2026-12-31, from 2000-01-01 to 2999-12-31.",
    )
    assert own.patch("/v1/gaps/gap_a", json={"due_on": "2000-01-01"}).json()["due_on"] == "2000-01-01"


def test_a_name_for_what_is_split_off_is_held_to_the_same(own: TestClient) -> None:
    body = {"questions": ["Do you ship to Norway?"], "label": "a\u202eb"}
    assert refusal(own.post("/v1/gaps/gap_a/split", json=body))[:2] == (422, "/label")


def test_no_error_names_classes_of_ours(own: TestClient) -> None:
    assert refusal(own.patch("/v1/gaps/gap_a", json=["x"])) == (422, "", "Must be a JSON object.")
    status, _, detail = refusal(own.patch("/v1/gaps/gap_a", json={}))
    assert (status, "Value error" in detail) == (422, False)


@pytest.mark.parametrize("body", [b"", b"{}", b" \n"])
def test_a_check_takes_no_fields(own: TestClient, body: bytes) -> None:
    answer = own.post("/v1/gaps/gap_a/verify", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


def test_a_field_that_a_check_does_not_know_is_named(own: TestClient) -> None:
    answer = own.post("/v1/gaps/gap_a/verify", json={"force": True})
    assert refusal(answer) == (422, "/force", "This field is not known.")


def test_an_empty_period_is_told_from_one_that_is_turned_round(own: TestClient) -> None:
    same = own.get("/v1/reports/kpis", params={"from": "2026-01-01", "to": "2026-01-01"}).json()["detail"]
    turned = own.get("/v1/reports/kpis", params={"from": "2026-01-02", "to": "2026-01-01"}).json()["detail"]
    assert same.startswith("The period is empty: from and to are the same moment.")
    assert turned.startswith("The period ends before it begins.")
