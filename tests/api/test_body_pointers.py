"""Where errors of a body point: at fields that were sent or are missing, never at names that only our own code knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import anyio
import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from api.bodies import JsonBody, OneOrMany
from api.problems import from_validation_error
from api.routes import ROUTERS

_FIELD = "[a-z][A-Za-z_]*"  # classes begin with a capital
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "sms", "slack", "a" * 2000, "x@y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["channel", "text", "id"]), inner),
    max_leaves=5,
)


@cache
def models() -> dict[str, type[BaseModel]]:
    """Every model that a route reads its body as."""
    found = [model for router in ROUTERS for route in router.routes for model in _models_of(route)]
    return {model.__name__: model for model in found}


def _models_of(route: Any) -> Iterator[type[BaseModel]]:
    for each in route.dependant.dependencies if isinstance(route, APIRoute) else ():
        if isinstance(each.call, JsonBody):
            yield each.call.model
        elif isinstance(each.call, OneOrMany):
            yield from (each.call.one, each.call.many)


def pointers(model: type[BaseModel], body: Any) -> list[str]:
    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps(body).encode()}

    request = Request({"type": "http", "headers": [(b"content-type", b"application/json")]}, receive)
    try:
        anyio.run(JsonBody(model), request)
    except RequestValidationError as error:
        return [each.pointer for each in from_validation_error(error).errors]
    return []


def test_the_bodies_of_all_doors_are_known() -> None:
    assert {"AskRequest", "HandoffRequest", "ChatCompletionRequest", "ResponseRequest"} <= models().keys()


@settings(deadline=None)  # the models are built in the first example
@given(st.data())
def test_an_error_points_into_what_was_sent(data: st.DataObject) -> None:
    model = models()[data.draw(st.sampled_from(sorted(models())))]
    names = sorted(field.alias or name for name, field in model.model_fields.items())
    body = data.draw(st.dictionaries(st.sampled_from(names), VALUES))
    for pointer in pointers(model, body):
        sent: Any = body
        *inside, last = pointer.split("/")[1:] or [None]
        for part in inside:
            sent = sent[int(part)] if isinstance(sent, list) else sent[part]
        is_there = isinstance(sent, list) or (isinstance(sent, dict) and last in sent)
        is_missing = isinstance(sent, dict) and re.fullmatch(_FIELD, last or "") is not None
        assert last is None or is_there or is_missing, pointer


@pytest.mark.parametrize(
    ("path", "field", "value", "named"),
    [
        ("/v1/ask", "render", "sms", ["/render"]),
        ("/v1/ask", "render", 7, ["/render"]),
        ("/v1/ask", "render", {"channel": "sms"}, ["/render/channel"]),
        ("/v1/ask", "render", {}, ["/render/channel"]),
        ("/v1/ask", "render", {"channel": "text", "RenderOptions": 1}, ["/render/RenderOptions"]),
        ("/v1/responses", "input", [{"role": "owner", "content": "x"}], ["/input/0/role"]),
        ("/v1/responses", "conversation", {}, ["/conversation", "/conversation/id"]),
    ],
)
def test_a_field_of_several_forms_is_named_as_it_was_sent(
    client: TestClient, path: str, field: str, value: Any, named: list[str]
) -> None:
    body = {"question": "refund"} if path == "/v1/ask" else {"model": "kb", "input": "refund"}
    problem = client.post(path, json={**body, field: value}).json()
    assert [error["pointer"] for error in problem["errors"]] == named
