"""Signing in to the owner pages, by name and password or by a secret key, and out again."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.failures import PageRoute, sign_in_page
from api.pages.rendering import link_maker, page_language
from api.pages.session import require_own_form, require_own_page, sign_in_by_key, sign_in_by_password, sign_out
from kb.records.passwords import MAX_PASSWORD
from kb.records.users import MAX_NAME
from kb.types import Lang

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/owner/sign-in")
def ask_who(request: Request) -> Response:
    return sign_in_page(request, status=200)


@router.post("/owner/sign-in", dependencies=[Depends(require_own_page)])
def receive_who(
    request: Request,
    name: Annotated[str, Form(max_length=MAX_NAME)] = "",
    password: Annotated[str, Form(max_length=MAX_PASSWORD)] = "",
    key: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/owner",
) -> Response:
    """Begin a session, or remember a key that is good, and go back to the page that asked for it."""
    # One slash only: "//elsewhere" is another site.
    target = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/owner"
    response = RedirectResponse(target, status_code=303)
    if key or not (name or password):
        known = sign_in_by_key(request, response, key)
        return response if known else sign_in_page(request, status=401, wrong="key", back=target)
    user = sign_in_by_password(request, response, name, password)
    if user is None:
        return sign_in_page(request, status=401, wrong="password", back=target, name=name)
    if page_language(request).lang != user.lang:
        response.headers["location"] = RedirectResponse(_in_language(target, user.lang)).headers["location"]
    return response


@router.post("/owner/sign-out", dependencies=[Depends(require_own_form)])
def leave(request: Request) -> Response:
    response = RedirectResponse(link_maker(page_language(request))("/owner"), status_code=303)
    sign_out(request, response)
    return response


def _in_language(target: str, lang: Lang) -> str:
    """``target`` in the language that the user has chosen, unless it names one itself.

    >>> _in_language("/owner?status=open", "zh"), _in_language("/owner?lang=en", "zh")
    ('/owner?status=open&lang=zh', '/owner?lang=en')
    """
    address = urlsplit(target)
    query = parse_qsl(address.query, keep_blank_values=True)
    if any(name == "lang" for name, _ in query):
        return target
    return address._replace(query=urlencode([*query, ("lang", lang)])).geturl()
