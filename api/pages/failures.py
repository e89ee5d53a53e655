"""Errors as pages: the same problems that the API reports, in the visitor's words and language."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.pages.rendering import page_language, render
from api.pages.wording import HTML_LANG, Words, readable, table, words
from api.problems import ProblemDetails, ProblemError, from_http_exception, from_kb_error, from_validation_error
from api.requests import context_of
from api.state import state_of
from kb.errors import KbError
from kb.text.language import count_han

_COMMAND = re.compile(r"`(kb [^`]+)`")


class PageRoute(APIRoute):
    """A route whose errors are pages, unless the client asks for JSON. What answers GET answers HEAD (RFC 9110, 9.3.2)."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Iterable[str] | None = None, **options: Any
    ) -> None:
        taken = {method.upper() for method in methods or ("GET",)}
        super().__init__(path, endpoint, methods=taken | ({"HEAD"} if "GET" in taken else set()), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_as_page(request: Request) -> Response:
            try:
                return await handle(request)
            except (KbError, ProblemError, HTTPException, RequestValidationError) as error:
                accept = request.headers.get("accept", "")
                if "json" in accept and "text/html" not in accept:
                    raise
                return error_page(request, _problem(error))

        return handle_as_page


def wants_html(request: Request) -> bool:
    """Whether an error outside the page routes should be a page: a browser asked, and not for the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def error_page(request: Request, problem: ProblemDetails, *, nearest: Sequence[dict[str, str]] = ()) -> Response:
    """``problem`` as a page with its status and headers; 401 is the page to sign in.

    ``nearest``: articles (``title``, ``url``, ``lang``) that may be what was looked for.
    """
    if problem.http_status == 401:
        return sign_in_page(request, status=401, back=_address(request))
    language = page_language(request)
    t = words(language.lang)
    status = problem.http_status
    typed = readable(request.query_params.get("q", "")) if status == 422 else ""
    command = _COMMAND.search(problem.detail) if status == 503 else None
    lead = _lead(problem, t)
    values = {
        "status": status,
        "headline": _headline(problem, t),
        "lead": lead,
        "lead_lang": HTML_LANG["zh" if count_han(lead) else "en"],
        "command": command[1] if command else "",
        "retry_box": status in (404, 422),
        "typed": typed,
        "nearest": nearest,
        "request_id": context_of(request.scope).id,
    }
    headers = dict(problem.headers)
    if status == 503:
        headers.setdefault("Retry-After", "30")
    return render(request, "error.html", language, values, status=status, headers=headers)


def sign_in_page(
    request: Request, *, status: int, wrong: Literal["", "key", "password"] = "", back: str = "/owner", name: str = ""
) -> Response:
    """The form for users, and the one for a secret key. ``back``: where to go on afterwards; ``wrong``: what was not good."""
    records = state_of(request).opened.records
    values = {
        "wrong": wrong,
        "back": back,
        "name": readable(name),
        "has_keys": records.has_keys(),
        "has_users": records.users.exist(),
    }
    headers = {"WWW-Authenticate": 'Bearer realm="kb"'} if status == 401 else {}
    return render(request, "sign_in.html", page_language(request), values, status=status, headers=headers)


def _address(request: Request) -> str:
    """Path and query of a page that can be opened again."""
    if request.method != "GET":
        return "/owner"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _headline(problem: ProblemDetails, t: Words) -> str:
    if problem.code == "overloaded":
        return t("error.busy")
    key = f"error.{problem.http_status}"
    return t(key) if key in table("en") else t("error.other")


def _lead(problem: ProblemDetails, t: Words) -> str:
    status = problem.http_status
    if status == 429 and "Retry-After" in problem.headers:
        return t("error.429_after", n=problem.headers["Retry-After"])
    if problem.code == "overloaded":
        return t("error.429_lead")
    if status == 503:
        return t("error.503_lead") if _COMMAND.search(problem.detail) else t("error.503_visitor")
    if f"error.{status}_lead" in table("en"):
        return t(f"error.{status}_lead")
    # Wording made for pages is in the page's language already; what other parts say is English and precise.
    return problem.detail


def _problem(error: KbError | ProblemError | HTTPException | RequestValidationError) -> ProblemDetails:
    if isinstance(error, ProblemError):
        return error.problem
    if isinstance(error, KbError):
        return from_kb_error(error)
    if isinstance(error, HTTPException):
        return from_http_exception(error)
    return from_validation_error(error)
