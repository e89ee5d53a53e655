"""Reading a JSON body strictly: one place for media type, encoding, JSON grammar and field rules."""

from __future__ import annotations

import json
from typing import Any, Generic, NoReturn, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from api.problems import ProblemDetails, ProblemError


class EmptyBody(BaseModel):
    """An object without fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


ModelT = TypeVar("ModelT", bound=BaseModel)
ManyT = TypeVar("ManyT", bound=BaseModel)


class JsonBody(Generic[ModelT]):
    """A dependency that reads the body as ``model``.

    Raises ``ProblemError`` (415 media type, 400 not JSON) or ``RequestValidationError`` with the path of every wrong
    field.
    """

    def __init__(self, model: type[ModelT]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> ModelT:
        return _validated(self.model, await _read_json(request))


class NoBody:
    """A dependency of a route that takes no body: nothing or ``{}`` is let through. Raises like ``JsonBody``."""

    async def __call__(self, request: Request) -> None:
        if (await request.body()).strip():
            _validated(EmptyBody, await _read_json(request))


class OneOrMany(Generic[ModelT, ManyT]):
    """A dependency that reads the body as ``one``, or as ``many`` where it has the field ``field``. Raises like ``JsonBody``."""

    def __init__(self, one: type[ModelT], many: type[ManyT], field: str) -> None:
        self.one = one
        self.many = many
        self.field = field

    async def __call__(self, request: Request) -> ModelT | ManyT:
        value = await _read_json(request)
        if isinstance(value, dict) and self.field in value:
            return _validated(self.many, value)
        return _validated(self.one, value)


async def _read_json(request: Request) -> Any:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError(ProblemDetails("unsupported_media_type", "Send the body as Content-Type: application/json."))
    return parse_json(await request.body())


def _validated(model: type[ModelT], value: Any) -> ModelT:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        named = [{**item, "loc": ("body", *_place(item["loc"], value, item["type"] == "missing"))} for item in found]
        raise RequestValidationError(named) from None


def _place(loc: tuple[int | str, ...], sent: Any, missing: bool) -> tuple[int | str, ...]:
    """``loc`` without what pydantic adds to it for itself: the form of a field that may have several (``literal['a']``, the name of
    a class), or ``[key]``. What is no part of the body that was ``sent`` names no field of it, but for one that is ``missing``."""
    found: list[int | str] = []
    for part in loc:
        inside = dict(enumerate(sent)) if isinstance(sent, list) else sent
        if isinstance(inside, dict) and part in inside:
            found.append(part)
            sent = inside[part]
    return (*found, loc[-1]) if missing else tuple(found)


def parse_json(raw: bytes) -> Any:
    """Parse UTF-8 JSON as RFC 8259 has it: no NaN or Infinity, and no key twice in one object (RFC 7493).

    Lone surrogates written as escapes survive, so that the field that holds one can be named. Raises ``ProblemError``.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise _malformed("The JSON is nested too deeply.") from None
    except ValueError:  # an integer of thousands of digits
        raise _malformed("The JSON holds a number that is too long.") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("An object of the JSON has the same key twice.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise _malformed(f"{name} is not JSON.")


def _malformed(detail: str) -> ProblemError:
    return ProblemError(ProblemDetails("malformed_json", detail))
