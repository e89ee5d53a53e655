"""What holds for any request: ids, log lines, security headers, unexpected errors, methods, media types, jobs, the document."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from asgi_calls import call
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from api.jobs import IndexJobs
from api.requests import RequestMiddleware
from api.responses import ProblemDocument
from indexer.build import BuildReport
from kb.errors import ConflictError


def test_a_harmless_request_id_is_kept_and_another_replaced(client: TestClient) -> None:
    assert client.get("/livez", headers={"X-Request-Id": "trace-1.a_B"}).headers["x-request-id"] == "trace-1.a_B"
    for given in ("a b", "x" * 129, "<script>", "\u00e9", ""):
        made = client.get("/livez", headers={"X-Request-Id": given.encode()}).headers["x-request-id"]
        assert made.startswith("req_")
    refused = client.get("/v1/nothing", headers={"X-Request-Id": "trace-2"})
    assert refused.json()["request_id"] == refused.headers["x-request-id"] == "trace-2"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/ask/", 404),
        ("GET", "/v1/ask", 405),
        ("DELETE", "/v1/gaps/x", 405),
        ("POST", "/v1/search", 405),
        ("BREW", "/v1/ask", 405),
    ],
)
def test_addresses_and_methods_that_do_not_exist(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    ProblemDocument.model_validate(response.json())


def test_a_405_names_every_method_of_the_address(client: TestClient) -> None:
    assert client.put("/v1/gaps/x").headers["allow"] == "GET, PATCH"
    assert client.get("/v1/ask").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", None]
)
def test_a_body_that_is_not_sent_as_json_is_a_415(client: TestClient, media_type: str | None) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    response = client.post("/v1/ask", content=b'{"question": "x"}', headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_in_any_spelling(client: TestClient, media_type: str) -> None:
    response = client.post("/v1/ask", content=b'{"question": ""}', headers={"content-type": media_type})
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/v1/search?q=x", "application/json", 200),
        ("/v1/search?q=x", "text/html, */*;q=0.1", 200),
        ("/v1/search?q=x", "application/*", 200),
        ("/v1/search?q=x", "text/html", 406),
        ("/v1/search?q=x", "application/json;q=0", 406),
        ("/v1/gaps.csv", "text/csv", 200),
        ("/v1/gaps.csv", "application/json", 406),
        ("/v1/gaps.atom", "application/atom+xml", 200),
        ("/v1/gaps.atom", "application/json", 406),
        ("/metrics", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", 200),
    ],
)
def test_what_cannot_be_sent_as_asked_is_a_406(client: TestClient, path: str, accept: str, status: int) -> None:
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == status


def test_a_body_that_is_too_large_is_a_413(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "x" * 70_000})
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")


def test_limits_hold_in_the_whole_application_and_can_be_switched_off(serve: Any) -> None:
    own = serve(rate_limit_enabled=True, rate_limit="2/minute")
    statuses = [own.get("/v1/search?q=refund").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert own.get("/readyz").status_code == 200


def test_a_browser_over_its_limit_gets_a_page(serve: Any) -> None:
    own = serve(rate_limit_enabled=True, rate_limit="1/minute")
    statuses = [own.get("/search?q=refund", headers={"Accept": "text/html"}) for _ in range(2)]
    assert [response.status_code for response in statuses] == [200, 429]
    assert statuses[1].headers["content-type"].startswith("text/html")
    assert int(statuses[1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("host", ["[::1", "a b", "x:y:z", '"<>', "evil.example/path?"])
def test_a_strange_host_is_survived(client: TestClient, host: str) -> None:
    for response in (
        client.post("/v1/ask", json={"question": "refund?"}, headers={"Host": host}),
        client.get("/v1/search?q=refund", headers={"Host": host}),
        client.get("/v1/gaps", headers={"Host": host}),
    ):
        assert response.status_code in (200, 400, 403)


def test_the_log_has_one_line_for_a_request_and_no_word_of_it(serve: Any) -> None:
    own = serve(log_level="info")
    with capture_logs() as lines:
        own.post("/v1/ask", json={"question": "Where is my wombat?"}, headers={"X-Request-Id": "r-1"})
        own.get("/v1/search?q=wombat")
        own.get("/v1/wombat")
    assert "wombat" not in str(lines)
    seen = [(line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert seen == [("/v1/ask", 200), ("/v1/search", 200), ("unmatched", 404)]
    assert lines[0]["request_id"] == "r-1"
    assert lines[0]["outcome"] in {"answered", "suggested", "no_answer", "clarify"}
    assert lines[0]["ms"] > 0


def test_an_unexpected_error_is_a_500_without_its_text_but_with_its_place() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("the visitor wrote: wombat")

    app = RequestMiddleware(failing, observe=lambda *_: None)
    with capture_logs() as lines:
        sent = anyio.run(lambda: call(app, "GET", "/v1/ask"))
    assert sent.status == 500
    ProblemDocument.model_validate(sent.json())
    assert b"wombat" not in sent.body
    assert "wombat" not in str(lines)
    assert lines[0]["error"] == "ValueError"
    assert "failing" in lines[0]["at"][-1]
    assert sent.json()["request_id"] == lines[0]["request_id"]


def test_an_error_after_the_headers_breaks_the_connection() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        anyio.run(lambda: call(RequestMiddleware(failing, observe=lambda *_: None), "GET", "/"))


def test_requests_are_observed_by_route_template() -> None:
    seen: list[tuple[str, str, int]] = []

    async def hello(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("hello")(scope, receive, send)

    app = RequestMiddleware(hello, observe=lambda route, method, status, seconds: seen.append((route, method, status)))
    anyio.run(lambda: call(app, "GET", "/secret/path"))
    assert seen == [("unmatched", "GET", 200)]


def report(changed: bool = True) -> BuildReport:
    return BuildReport("r-1", 1, 2, 1, 1, (), changed, 0.5)


def wait_for(jobs: IndexJobs, job_id: str) -> Any:
    for _ in range(500):
        job = jobs.get(job_id)
        if job is not None and job.status != "running":
            return job
        time.sleep(0.01)
    raise AssertionError("the job did not end")


def test_a_running_job_is_returned_and_looks_once_more() -> None:
    entered, release = threading.Event(), threading.Event()
    runs: list[int] = []

    def build(*, progress: Any = None) -> BuildReport:
        runs.append(len(runs))
        progress("embed", 1, 2)
        entered.set()
        assert release.wait(5)
        return report(changed=len(runs) == 1)

    jobs = IndexJobs(build)
    first = jobs.start()
    assert entered.wait(5)
    running = jobs.get(first.id)
    assert running is not None
    assert running.progress == ("embed", 1, 2)
    assert jobs.start().id == first.id
    release.set()
    done = wait_for(jobs, first.id)
    assert (done.status, len(runs), done.report.changed, done.report.embedded) == ("succeeded", 2, True, 2)
    assert jobs.start().id != first.id
    jobs.close()


@pytest.mark.parametrize(
    ("error", "detail"), [(ConflictError("Busy.", "Wait."), "Busy."), (RuntimeError("wombat"), "unexpectedly")]
)
def test_a_failed_job_says_why(error: Exception, detail: str) -> None:
    def build(*, progress: Any = None) -> BuildReport:
        raise error

    jobs = IndexJobs(build)
    done = wait_for(jobs, jobs.start().id)
    assert done.status == "failed"
    assert detail in str(done.error)
    assert "wombat" not in str(done.error)
    assert done.finished_at <= datetime.now(UTC)
    jobs.close()


def test_an_endpoint_does_not_hold_up_others(client: TestClient) -> None:
    """Endpoints are plain functions, which FastAPI runs in threads, or hand their work to one themselves.

    The latter notice when the visitor leaves, before the work or in the middle of it.
    """
    chats = {"/v1/chat/completions", "/v1/responses", "/v1/ui/chat"}
    by_themselves = {"/v1/ask", "/v1/ask/stream", "/v1/inbound/fulfilment", *chats}
    for route in client.app.routes:  # type: ignore[attr-defined]
        for inner in getattr(getattr(route, "original_router", None), "routes", [route]):
            endpoint = getattr(inner, "endpoint", None)
            if endpoint is not None and getattr(inner, "path", "").startswith("/v1/"):
                assert asyncio.iscoroutinefunction(endpoint) == (inner.path in by_themselves), inner.path


def test_importing_the_application_is_quick_and_loads_nothing_heavy() -> None:
    heavy = ("torch", "faiss", "sentence_transformers", "onnxruntime", "markdown_it", "jieba", "watchfiles")
    code = f"import sys, api.app; print([m for m in {heavy!r} if m in sys.modules], 'limits' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.stdout.strip() == "[] False"


def test_the_document_says_what_every_call_may_answer(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert operation["tags"], path
            if not path.startswith("/v1/"):
                continue
            statuses = set(operation["responses"])
            assert {"401", "429", "500", "503"} <= statuses, (method, path)
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (path, status)
            if "requestBody" in operation:
                assert {"400", "413", "415", "422"} <= statuses, (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_no_page_loads_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
