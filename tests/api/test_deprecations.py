"""What will go away is said in headers and in the document, here of a call that only pretends to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from starlette.testclient import TestClient

from api import deprecations
from api.app import create_app
from api.deprecations import Deprecated

PRETENDED = (
    Deprecated("GET", "/v1/search", date(2026, 11, 22), date(2027, 5, 1), "https://help.example.com/changes"),
    Deprecated("GET", "/v1/gaps/{gap_id}", date(2026, 11, 22)),
    Deprecated("POST", "/v1/ask", date(2026, 11, 22), schema="ContextRequest", field="visitor"),
)


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecations, "DEPRECATED", PRETENDED)


@pytest.mark.usefixtures("pretended")
def test_every_response_of_a_call_that_goes_away_says_so(serve: Callable[..., TestClient]) -> None:
    client = serve()
    for path, status in (("/v1/search?q=refund", 200), ("/v1/search?q=", 422)):
        response = client.get(path)
        assert response.status_code == status
        assert response.headers["deprecation"] == "@1795305600"
        assert response.headers["sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
        assert response.headers["link"] == '<https://help.example.com/changes>; rel="deprecation"; type="text/html"'
    missing = client.get("/v1/gaps/none")
    assert (missing.status_code, missing.headers["deprecation"]) == (404, "@1795305600")
    assert "sunset" not in missing.headers
    assert "deprecation" not in client.get("/v1/gaps").headers
    assert "deprecation" not in client.post("/v1/ask", json={"question": "refund"}).headers


@pytest.mark.usefixtures("pretended")
def test_the_document_marks_what_goes_away() -> None:
    document = create_app().openapi()
    assert document["paths"]["/v1/search"]["get"]["deprecated"] is True
    assert "Sunset" in document["paths"]["/v1/search"]["get"]["responses"]["200"]["headers"]
    assert document["components"]["schemas"]["ContextRequest"]["properties"]["visitor"]["deprecated"] is True
    assert "deprecated" not in document["paths"]["/v1/ask"]["post"]


def test_what_is_declared_exists_and_ends_after_it_began(client: TestClient) -> None:
    for entry in deprecations.DEPRECATED:
        assert entry.sunset is None or entry.sunset > entry.since
    with pytest.raises(KeyError):
        deprecations.mark(create_app().openapi(), [Deprecated("GET", "/v1/nothing", date(2026, 1, 1))])
    assert "deprecation" not in client.get("/v1/search?q=refund").headers
