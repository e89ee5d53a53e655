"""Every call of the OpenAPI document shows what it takes and what it gives, and both are as its schemas say."""

from __future__ import annotations

from typing import Any

import jsonschema
import orjson
import pytest

from api import openapi_examples
from api.app import create_app

DOCUMENT = create_app().openapi()
CALLS = [(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations]


def examples(content: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    """Each example of a body or response with the schema that it has to fit, in whatever place OpenAPI lets it stand."""
    found: list[tuple[dict[str, Any], Any]] = []
    for described in content.values():
        schema = described.get("schema", {})
        if "example" in described:
            found.append((schema, described["example"]))
        found += [(schema, named["value"]) for named in described.get("examples", {}).values()]
        for reference in [schema, *schema.get("oneOf", [])]:
            if "$ref" in reference:
                model = DOCUMENT["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
                found += [(reference, value) for value in model.get("examples", [])]
    return found


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_call_shows_what_it_takes_and_gives(method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method]
    bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
    replies = [
        reply["content"] for status, reply in operation["responses"].items() if status < "300" and "content" in reply
    ]
    for content in (*bodies, *replies):
        if any("example" in described and "itemSchema" in described for described in content.values()):
            continue  # a stream: its example is text, and its schema is of one event
        shown = examples(content)
        assert shown, (method, path)
        for schema, value in shown:
            checker = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
            assert [error.message for error in checker.iter_errors(value)] == []


def test_every_recorded_example_is_of_a_call_that_exists() -> None:
    recorded = orjson.loads(openapi_examples._FILE.read_bytes())
    assert set(recorded) <= {f"{method.upper()} {path}" for method, path in CALLS}
