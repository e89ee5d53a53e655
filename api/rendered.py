"""Messages of messengers at the doors: an answer as one, and a pressed button back as a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from api.models import RenderOptions, RenderRequest
from api.replies import site_url
from api.state import state_of
from kb.errors import NotFoundError
from kb.tokens import TokenSigner

if TYPE_CHECKING:
    from api.channels.clicks import Click


def rendered(request: Request, document: Mapping[str, Any], wanted: RenderRequest) -> dict[str, Any]:
    """The ``rendered`` member of an answer whose addresses are absolute."""
    from api.channels import render  # only who asks for messages waits for this import
    from api.channels.clicks import signer

    options = wanted if isinstance(wanted, RenderOptions) else RenderOptions(channel=wanted)
    sign = signer(state_of(request).opened.visitor_secret)
    return render(options.channel, document, site_url(request), sign, limit=options.limit, links=options.links)


def click_of(request: Request, value: str) -> Click | None:
    """The button whose value this is; None for a value that was not signed here."""
    from api.channels.clicks import read_short, signer

    return read_short(value, signer(state_of(request).opened.visitor_secret))


def call_for(request: Request, click: Click, document: Mapping[str, Any]) -> dict[str, Any]:
    """The call that a pressed button asks for. Raises ``NotFoundError``."""
    from api.channels.clicks import call_of

    token = TokenSigner(state_of(request).opened.visitor_secret).sign(click.answer_id)
    try:
        return call_of(click, document, token)
    except IndexError:
        raise NotFoundError("The answer has no such option.", "Send the value of a button, unchanged.") from None
