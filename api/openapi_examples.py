"""An example of what every call takes and gives, as a real server gave it, for the OpenAPI document.

Recorded in ``openapi_examples.json``: one line for each call, with an example by status and, where its model has none, of the
request.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

_FILE = Path(__file__).with_suffix(".json")


def add_examples(document: dict[str, Any]) -> None:
    """Put the recorded examples into ``document``, where a route or its model has none of its own."""
    for call, recorded in orjson.loads(_FILE.read_bytes()).items():
        method, _, path = call.partition(" ")
        operation = document["paths"].get(path, {}).get(method.lower(), {})
        for status, example in recorded.items():
            if status == "request":
                _fill(operation.get("requestBody", {}), "application/json", example)
            else:
                _fill(operation.get("responses", {}).get(status, {}), example["type"], example["value"])


def _fill(described: dict[str, Any], media_type: str, value: Any) -> None:
    content = described.get("content", {}).get(media_type)
    if content is not None and "example" not in content and "examples" not in content:
        content["example"] = value
