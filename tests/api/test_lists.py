"""Every list is turned page by page in the same way, and a page does not move when something is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

Serve = Callable[..., TestClient]
LISTS = ("/v1/articles", "/v1/gaps", "/v1/handoffs", "/v1/search?q=refund")


def page(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    response = client.get(path + "&".join(["&" if "?" in path else "?", *(f"{n}={v}" for n, v in params.items())]))
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    assert found["object"] == "list"
    assert found["has_more"] == (found["next_cursor"] is not None)
    return found


def identity(item: dict[str, Any]) -> str:
    return str(item.get("id") or item.get("article_id"))


def fill(client: TestClient, start: int, count: int) -> None:
    words = ("submarine", "trombone", "volcano", "giraffe", "parachute", "igloo")
    for n in range(start, start + count):
        signal = {"question": f"Where do I rent a {words[n]}?", "external_id": f"s-{n}"}
        assert client.post("/v1/signals", json=signal).status_code == 201
        assert client.post("/v1/handoffs", json={"message": f"Please call about the {words[n]}."}).status_code == 202


@pytest.mark.parametrize("path", LISTS)
def test_all_pages_together_are_the_whole_list_though_something_is_added_between(serve: Serve, path: str) -> None:
    client = serve()
    fill(client, 0, 4)
    whole = [identity(item) for item in page(client, path, limit=50)["data"]]
    seen, cursor = [], None
    while True:
        found = page(client, path, limit=1, **({} if cursor is None else {"cursor": cursor}))
        assert len(found["data"]) <= 1
        seen += [identity(item) for item in found["data"]]
        if cursor is None:
            fill(client, 4, 1)
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert len(whole) > 1
    assert len(seen) == len(set(seen))
    assert set(whole) <= set(seen)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("cursor", ["%", "abc", "x" * 201])
def test_a_made_up_cursor_is_refused(client: TestClient, path: str, cursor: str) -> None:
    refused = client.get(path + ("&" if "?" in path else "?") + f"cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert refused.json()["errors"][0]["pointer"] == "/cursor"
