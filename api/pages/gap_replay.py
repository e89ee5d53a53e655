"""The box in which an owner tries a draft: what was sent, and what came of it, in the order that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from api.pages.failures import PageRoute
from api.pages.gap_forms import may_write
from api.pages.owner_gap import Said, gap_page
from api.pages.rendering import page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import readable, words
from api.replaying import replay_document, replay_draft
from api.state import state_of
from kb.errors import KbError

# What an article may be; a larger one is no article, and the page would have to hold it.
MAX_DRAFT = 256 * 1024  # bytes
# What breaks is read first, then what is won; what stays right is folded.
_ORDER = ("was_right_and_is_lost", "now_answered", "still_not", "unchanged_right")

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one fate. ``open``: shown at once, not folded."""

    status: str
    results: tuple[dict[str, Any], ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """``draft`` and ``article_id`` as they were sent; ``done``: the replay document, or ``wrong``: why there is none."""

    draft: str
    article_id: str
    done: dict[str, Any] | None = None
    wrong: str = ""
    groups: tuple[Group, ...] = ()


@router.post("/owner/gaps/{gap_id}/replay", dependencies=[Depends(require_own_form)])
def try_draft(
    request: Request,
    owner: Reader,
    gap_id: str,
    draft: Annotated[str, Form()] = "",
    article_id: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Ask the gap's questions with the draft and without; nothing is kept. A script takes the box alone (``X-Part``)."""
    language = page_language(request)
    t = words(language.lang)
    may_write(owner, t)
    gap = state_of(request).opened.records.get_gap(gap_id)
    uploaded = b"" if file is None else file.file.read(MAX_DRAFT + 1)
    text = uploaded.decode("utf-8-sig", errors="replace") if uploaded else draft.replace("\r\n", "\n")
    named = readable(article_id).strip()
    if not text.strip():
        tried = Tried(text, named, wrong=t("replay.empty"))
    elif len(text.encode("utf-8", errors="replace")) > MAX_DRAFT:
        tried = Tried("", named, wrong=t("replay.too_long", max=MAX_DRAFT // 1024))
    else:
        tried = _try(request, gap.summary.id, text, named)
    status = 422 if tried.wrong else 200
    if request.headers.get("x-part") == "replay":
        values = {"owner": owner, "gap": gap.summary, "replay": tried, "view_article": named}
        return render(request, "_replay.html", language, values)  # the box says what is wrong
    return gap_page(request, owner, gap, Said(), status=status, replay=tried)


def _try(request: Request, gap_id: str, text: str, article_id: str) -> Tried:
    try:
        done = replay_document(
            replay_draft(state_of(request).opened, text, article_id=article_id or None, gap_id=gap_id)
        )
    except KbError as error:
        return Tried(text, article_id, wrong=f"{error.detail} {error.hint}".strip())
    groups = tuple(
        Group(status, tuple(r for r in done["results"] if r["status"] == status), status != "unchanged_right")
        for status in _ORDER
    )
    return Tried(text, article_id, done=done, groups=groups)
