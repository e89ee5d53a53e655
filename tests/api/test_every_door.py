"""Who may pass which door: every call of the OpenAPI document, for everybody who may come, on a server that others reach."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from conftest import BASE, application
from starlette.testclient import TestClient

from api.app import create_app
from api.responses import ProblemDocument
from kb.records.rows import SCOPES

if TYPE_CHECKING:
    from tests.conftest import Site

PAGE = "https://shop.example.com"
PUBLIC_SCOPES = frozenset({"ask", "search", "feedback", "handoffs"})
READ, WRITE = ("gaps:read", "gaps:write"), ("gaps:write",)
# What a secret key needs one of, besides ``admin``. A call that is missing here is a door that nobody thought about.
FOR_ANYBODY: dict[str, tuple[str, ...]] = {
    "POST /v1/ask": ("ask",),
    "POST /v1/ask/stream": ("ask",),
    "GET /v1/answers/{answer_id}": ("ask", "gaps:read"),
    "GET /v1/answers/{answer_id}/rendered/{channel}": ("ask", "gaps:read"),
    "POST /v1/clicks": ("ask",),
    "GET /v1/models": ("ask", "search"),
    "GET /v1/models/{model_id}": ("ask", "search"),
    "POST /v1/chat/completions": ("ask",),
    "POST /v1/responses": ("ask",),
    "GET /v1/responses/{response_id}": ("ask", "gaps:read"),
    "POST /v1/ui/chat": ("ask",),
    "GET /v1/search": ("search",),
    "GET /v1/articles": ("search", "ask"),
    "GET /v1/articles/{article_id}": ("search", "ask"),
    "POST /v1/feedback": ("feedback",),
    "POST /v1/citations/verify": ("search", "ask"),
    "POST /v1/openings": ("search", "ask", "feedback"),
    "POST /v1/handoffs": ("handoffs",),
    "GET /v1/person": ("handoffs", "ask"),
}
FOR_OWNERS: dict[str, tuple[str, ...]] = {
    "POST /v1/inbound/fulfilment": ("ask",),
    "POST /v1/inbound/chatwoot": ("ask",),
    "GET /v1/handoffs": ("handoffs",),
    "GET /v1/handoffs/{handoff_id}": ("handoffs",),  # for who asked for a person by a token instead
    "POST /v1/handoffs/{handoff_id}/ack": ("handoffs",),
    "POST /v1/handoffs/{handoff_id}/reply": ("handoffs",),
    "GET /v1/gaps": READ,
    "GET /v1/gaps.csv": READ,
    "GET /v1/gaps.atom": READ,
    "GET /v1/gaps/{gap_id}": READ,
    "PATCH /v1/gaps/{gap_id}": WRITE,
    "POST /v1/gaps/{gap_id}/verify": WRITE,
    "POST /v1/gaps/{gap_id}/merge": WRITE,
    "POST /v1/gaps/{gap_id}/split": WRITE,
    "POST /v1/gaps/{gap_id}/draft": WRITE,
    "GET /v1/gaps/{gap_id}/suggestion": READ,
    "POST /v1/drafts/replay": READ,
    "POST /v1/signals": ("signals", "gaps:write"),
    "GET /v1/reports/kpis": ("gaps:read",),
    "GET /v1/reports/kpis.csv": ("gaps:read",),
    "POST /v1/explain": ("gaps:read",),
    "POST /v1/index": (),
    "GET /v1/index/{job_id}": (),
    "POST /v1/persons/erase": (),
    "GET /metrics": ("gaps:read",),
    "GET /v1/status": ("gaps:read",),
}
OPEN = frozenset({"GET /livez", "GET /readyz"})  # for who watches whether it runs
CALLS = sorted(
    f"{method.upper()} {path}"
    for path, operations in create_app().openapi()["paths"].items()
    for method in operations
    if method in ("get", "post", "put", "patch", "delete")
)


@pytest.fixture(scope="module")
def reached(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("doors") / "data"
    shutil.copytree(built_site.data, data, symlinks=True)
    with TestClient(application(data, host="0.0.0.0"), base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def keys(reached: TestClient) -> dict[str, dict[str, str]]:
    """Headers for everybody who comes: one secret key for each scope, a public key with all it may have, a revoked one, nobody."""
    records: Any = reached.app.state.kb.opened.records  # type: ignore[attr-defined]
    made = {scope: _bearer(records.create_key(scope, "secret", [scope])[1]) for scope in SCOPES}
    key_id, revoked = records.create_key("gone", "secret", SCOPES)
    records.revoke_key(key_id)
    public = records.create_key("page", "public", sorted(PUBLIC_SCOPES), [PAGE])[1]
    return made | {"nobody": {}, "revoked": _bearer(revoked), "public": _bearer(public) | {"Origin": PAGE}}


def _bearer(plain: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {plain}"}


def test_every_call_is_in_exactly_one_of_the_tables() -> None:
    assert sorted([*FOR_ANYBODY, *FOR_OWNERS, *OPEN]) == CALLS


@pytest.mark.parametrize("call", CALLS)
def test_a_door_lets_in_whom_it_should_and_nobody_else(
    reached: TestClient, keys: dict[str, dict[str, str]], call: str
) -> None:
    for who, headers in keys.items():
        response = knock(reached, call, headers | {"X-Request-Id": f"door-{who.replace(':', '-')}"})
        status = response.status_code
        if may_pass(call, who):
            assert status not in (401, 403), (who, response.text)
            assert status < 500, (who, response.text)
            continue
        expected = (401, "unauthenticated") if who in ("nobody", "revoked") else (403, "forbidden")
        assert response.headers["content-type"] == "application/problem+json", who
        problem = ProblemDocument.model_validate(response.json())
        assert (status, problem.code) == expected, who
        assert response.headers["x-request-id"] == problem.request_id == f"door-{who.replace(':', '-')}"


def may_pass(call: str, who: str) -> bool:
    if call in OPEN:
        return True
    scopes = FOR_ANYBODY.get(call) or FOR_OWNERS.get(call, ())
    if who == "nobody":
        return call in FOR_ANYBODY
    if who == "public":
        return call in FOR_ANYBODY and bool(PUBLIC_SCOPES & set(scopes))
    return who != "revoked" and who in (*scopes, "admin")


def knock(client: TestClient, call: str, headers: dict[str, str]) -> Any:
    """Call with what no door can use, so that nothing happens behind those that open."""
    method, _, path = call.partition(" ")
    for name in ("answer_id", "article_id", "gap_id", "handoff_id", "job_id", "model_id"):
        path = path.replace(f"{{{name}}}", "none")
    path = path.replace("{channel}", "text")
    if method == "GET" or call.endswith("/verify"):  # this one looks at its body first, and takes none
        return client.request(method, path, headers=headers)
    return client.request(
        method, path, content=b'{"unknown": 1}', headers={**headers, "Content-Type": "application/json"}
    )
