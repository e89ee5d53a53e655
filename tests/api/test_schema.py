"""Requests made up from the OpenAPI document: no server error, no response that it does not describe."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.app import create_app

load_all_checks()
EXAMPLES = 12
DOCUMENT = create_app().openapi()
OPERATIONS = [(m.upper(), path) for path, operations in DOCUMENT["paths"].items() for m in operations]
ALWAYS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
CHECKED = {
    GenerationMode.POSITIVE: [*ALWAYS, "response_headers_conformance"],
    GenerationMode.NEGATIVE: [*ALWAYS, "negative_data_rejection"],
}


@pytest.fixture(scope="module")
def schema(client: TestClient) -> Any:
    app: Any = client.app

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        """The application as it runs already: starting and stopping it for each request would close it for all tests."""
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    return schemathesis.openapi.from_asgi("/openapi.json", started)


def can_be_wrong(method: str, path: str) -> bool:
    """Whether a request can be wrong at all: an id that is unknown is not, and some calls take nothing."""
    operation = DOCUMENT["paths"][path][method.lower()]
    return "requestBody" in operation or any(p["in"] == "query" for p in operation.get("parameters", []))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_good_requests_get_documented_responses(schema: Any, method: str, path: str) -> None:
    check(schema[path][method], GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), [o for o in OPERATIONS if can_be_wrong(*o)])
def test_bad_requests_are_refused_as_documented(schema: Any, method: str, path: str) -> None:
    check(schema[path][method], GenerationMode.NEGATIVE)


def check(operation: Any, mode: GenerationMode) -> None:
    checks = CHECKS.get_by_names(CHECKED[mode])

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        # The document's example server has another name; owner calls on loopback are for this machine only.
        case.call_and_validate(headers={"Host": "127.0.0.1:8000"}, checks=checks)

    run()
