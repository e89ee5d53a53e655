"""One body for every error: codes, statuses, pointers, the OpenAI-shaped twin, and nothing that leaks."""

from __future__ import annotations

import inspect

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.problems import (
    CODES,
    INTERNAL,
    FieldError,
    ProblemDetails,
    from_http_exception,
    from_kb_error,
    from_validation_error,
    json_pointer,
    problem_document,
    problem_response,
)
from api.responses import ProblemDocument
from kb import errors
from kb.errors import InvalidInputError, KbError, StorageError

FAMILY = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, KbError)]


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_of_the_project_has_a_status(kind: type[KbError]) -> None:
    problem = from_kb_error(kind("Something is wrong.", "Do this."))
    assert problem.code == kind.code
    assert problem.http_status == CODES[kind.code][0]
    assert 400 <= problem.http_status <= 599


@pytest.mark.parametrize("code", sorted(CODES))
def test_the_body_is_as_documented_and_both_shapes_agree(code: str) -> None:
    document = problem_document(ProblemDetails(code, "Wrong.", (FieldError("/a/0", "Bad."),)), "req_1")
    ProblemDocument.model_validate(document)
    assert document["status"] == CODES[code][0]
    assert document["error"] == {
        "message": document["detail"],
        "type": document["error"]["type"],
        "code": code,
        "param": "a.0",
    }


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("unauthenticated", "authentication_error"),
        ("forbidden", "permission_error"),
        ("rate_limited", "rate_limit_error"),
        ("invalid_input", "invalid_request_error"),
        ("index_missing", "server_error"),
    ],
)
def test_the_twin_names_the_kind_that_openai_clients_expect(code: str, kind: str) -> None:
    assert problem_document(ProblemDetails(code, "x"), "r")["error"]["type"] == kind


def test_the_hint_is_part_of_the_detail_and_a_pointer_becomes_a_field_error() -> None:
    problem = from_kb_error(InvalidInputError("Too long.", "Send less.", "/comment"))
    assert problem.detail == "Too long. Send less."
    assert problem.errors == (FieldError("/comment", "Too long."),)


def test_an_unknown_error_does_not_show_its_text() -> None:
    assert from_kb_error(KbError("password is 1234")) is INTERNAL


def test_values_that_were_sent_are_not_repeated() -> None:
    error = RequestValidationError(
        [
            {
                "type": "string_type",
                "loc": ("body", "question"),
                "msg": "Input should be a valid string",
                "input": "my secret",
            }
        ]
    )
    body = problem_response(from_validation_error(error), "req_1").body
    assert b"my secret" not in body
    assert orjson.loads(body)["errors"] == [
        {"pointer": "/question", "detail": "Input should be a valid string", "in": "body"}
    ]


def test_field_names_with_lone_surrogates_and_endless_names_are_survived() -> None:
    found = [
        {"type": "extra_forbidden", "loc": ("body", "\ud800" + "x" * 5000), "msg": "Extra inputs are not permitted"}
        for _ in range(1000)
    ]
    body = problem_response(from_validation_error(RequestValidationError(found)), "req_1").body
    assert len(body) < 20_000
    assert len(orjson.loads(body)["errors"]) == 20


@pytest.mark.parametrize(
    ("parts", "pointer"), [((), ""), (("a", 0), "/a/0"), (("a/b",), "/a~1b"), (("m~n",), "/m~0n"), (("",), "/")]
)
def test_pointers_are_escaped_as_rfc_6901_says(parts: tuple[str | int, ...], pointer: str) -> None:
    assert json_pointer(parts) == pointer


def test_router_errors_keep_status_and_headers() -> None:
    problem = from_http_exception(HTTPException(405, headers={"Allow": "GET"}))
    assert (problem.code, problem.http_status, problem.headers) == ("method_not_allowed", 405, {"Allow": "GET"})
    assert from_http_exception(HTTPException(418)).http_status == 418
    assert from_http_exception(HTTPException(404)).detail == "There is nothing at this address."


def test_refusals_say_when_or_how_to_come_again() -> None:
    assert problem_response(from_kb_error(StorageError("Locked.")), "r").headers["retry-after"] == "5"
    assert (
        problem_response(ProblemDetails("unauthenticated", "x"), "r").headers["www-authenticate"].startswith("Bearer")
    )
    response = problem_response(ProblemDetails("rate_limited", "x", headers={"Retry-After": "7"}), "r")
    assert response.headers["retry-after"] == "7"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
