"""The page of one gap, and every form on it: each changes one thing and leads back to the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.failures import PageRoute
from api.pages.gap_forms import (
    MAX_NOTE,
    MAX_REASON,
    FormError,
    may_write,
    new_due,
    new_label,
    new_name,
    new_note,
    new_reason,
    said,
)
from api.pages.gap_history import entries
from api.pages.gap_view import SHOWN_QUESTIONS, gap_view, served
from api.pages.owner_board import WEEKS, late_days
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.sparkline import sparkline
from api.pages.wording import Words, words
from api.state import state_of
from kb.errors import ConflictError, InvalidInputError, NotFoundError
from kb.gaps.vocabulary import GapStatus
from kb.records import Records
from kb.records.gap_values import MAX_LABEL, MAX_NAME
from kb.records.gaps import TRANSITIONS
from kb.records.rows import Gap, GapChange, GapSummary

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class GapForm:
    """The fields of all forms of the page; each form sends its own."""

    owner: Annotated[str, Form()] = ""
    assignee: Annotated[str, Form()] = ""
    due_on: Annotated[str, Form()] = ""
    note: Annotated[str, Form()] = ""
    to: Annotated[str, Form()] = ""
    reason: Annotated[str, Form()] = ""
    label: Annotated[str, Form()] = ""
    part: Annotated[str, Form()] = ""
    question: Annotated[tuple[str, ...], Form()] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of the last form: ``done`` names it, or ``wrong`` does, with why and what was typed."""

    done: str = ""
    wrong: str = ""
    why: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)


@router.get("/owner/gaps/{gap_id}")
def gap(request: Request, owner: Reader, gap_id: str, done: str = "") -> Response:
    found = state_of(request).opened.records.get_gap(gap_id)
    if found.summary.id != gap_id:  # merged since: one address for one gap
        target = link_maker(page_language(request))(f"/owner/gaps/{found.summary.id}", done="merge")
        return RedirectResponse(target, status_code=303)
    return gap_page(request, owner, found, Said(done=done if done in (*_FORMS, "merge") else ""))


@router.get("/owner/gaps/{gap_id}/{name}")
def back_to_gap(request: Request, owner: Reader, gap_id: str, name: str) -> Response:
    """Where a form was answered with a page, its address can be loaded again, in the other language too."""
    return RedirectResponse(link_maker(page_language(request))(f"/owner/gaps/{gap_id}"), status_code=303)


@router.post("/owner/gaps/{gap_id}/{name}", dependencies=[Depends(require_own_form)])
def change_gap(
    request: Request, owner: Reader, gap_id: str, name: str, form: Annotated[GapForm, Depends()]
) -> Response:
    """Do what the form ``name`` asks for; what cannot be done is said beside the form, with everything that was typed."""
    language = page_language(request)
    t = words(language.lang)
    may_write(owner, t)
    if name not in _FORMS:
        raise NotFoundError("There is no such page.")
    found = state_of(request).opened.records.get_gap(gap_id)
    try:
        target = _FORMS[name](Change(request, owner, found, form, t))
    except FormError as error:
        return gap_page(request, owner, found, Said(wrong=name, why=str(error), typed=asdict(form)), status=422)
    except ConflictError as error:
        why = said(error, found.summary.status, _aim(name, form), t)
        return gap_page(request, owner, found, Said(wrong=name, why=why, typed=asdict(form)), status=409)
    return RedirectResponse(f"{link_maker(language)(f'/owner/gaps/{target}', done=name)}#done", status_code=303)


@dataclass(frozen=True, slots=True)
class Change:
    """One form that was sent: who sent it, about which gap, and what it holds."""

    request: Request
    owner: Owner
    gap: Gap
    form: GapForm
    t: Words

    @property
    def records(self) -> Records:
        return state_of(self.request).opened.records

    @property
    def summary(self) -> GapSummary:
        return self.gap.summary

    def apply(self, change: GapChange) -> str:
        """Returns the id of the gap to show."""
        return self.records.change_gap(self.summary.id, change, who=self.owner.name).summary.id


def _assign(change: Change) -> str:
    form, t, now = change.form, change.t, change.summary
    owner, assignee, due = new_name(form.owner, t), new_name(form.assignee, t), new_due(form.due_on, t)
    return change.apply(
        GapChange(
            owner=owner if owner != (now.owner or "") else None,
            assignee=assignee if assignee != (now.assignee or "") else None,
            due_on=due if due != (now.due_on.isoformat() if now.due_on else "") else None,
        )
    )


def _move(change: Change) -> str:
    """A new status by hand, or only a note."""
    status = change.form.to
    if status and status not in tuple(GapStatus):
        raise FormError(change.t("owner.unknown_status"))
    note = new_note(change.form.note, change.t)
    if not status and not note:
        raise FormError(change.t("gap.note_missing"))
    return change.apply(GapChange(status=GapStatus(status) if status else None, note=note))


def _dismiss(change: Change) -> str:
    reason = new_reason(change.form.reason, change.t)
    return change.apply(GapChange(status=GapStatus.DISMISSED, dismissed_reason=reason))


def _rename(change: Change) -> str:
    return change.apply(GapChange(label=new_label(change.form.label, change.t)))


def _split(change: Change) -> str:
    form, t = change.form, change.t
    if not form.question:
        raise FormError(t("gap.split_none"))
    label = new_label(form.part, t) if form.part.strip() else None
    try:
        made = change.records.merging.split(change.summary.id, form.question, who=change.owner.name, label=label)
    except InvalidInputError:
        raise FormError(t("gap.split_unknown")) from None
    except ConflictError:
        raise FormError(t("gap.split_all")) from None
    return made.summary.id


def _verify(change: Change) -> str:
    from kb.proof.verify import Verifier

    snapshot = served(change.request)
    if snapshot is None:
        raise FormError(change.t("gap.no_index"))
    answerer = state_of(change.request).opened.service.answerer
    Verifier(answerer, change.records).verify(snapshot, change.summary.id, thorough=True)
    return change.summary.id


_FORMS: Mapping[str, Callable[[Change], str]] = {
    "assign": _assign,
    "status": _move,
    "dismiss": _dismiss,
    "rename": _rename,
    "split": _split,
    "verify": _verify,
}


def _aim(name: str, form: GapForm) -> GapStatus:
    """Which status a refused form was after."""
    if name == "status" and form.to in tuple(GapStatus):
        return GapStatus(form.to)
    return GapStatus.DISMISSED if name == "dismiss" else GapStatus.ASSIGNED


def gap_page(
    request: Request, owner: Owner, gap: Gap, last: Said, *, status: int = 200, replay: object | None = None
) -> Response:
    """The page of ``gap``; ``replay``: the draft that was tried and what came of it."""
    language = page_language(request)
    t = words(language.lang)
    records, now = state_of(request).opened.records, datetime.now(UTC)
    summary, view = gap.summary, gap_view(request, gap)
    values = {
        "owner": owner,
        "gap": summary,
        "view": view,
        "view_article": view.suggestion.path.removesuffix(".md"),
        "possible": TRANSITIONS[summary.status],
        "found": gap.found,
        "trend": sparkline(records.trends.weekly_people([summary.id], WEEKS)[summary.id], t),
        "history": entries(gap.history, language.lang, t),
        "late": late_days(summary, now.date()),
        "names": records.board.names(),
        "last": last,
        "typed": typed_or(last, summary),
        "replay": replay,
        "shown_questions": SHOWN_QUESTIONS,
        "limits": {"name": MAX_NAME, "reason": MAX_REASON, "note": MAX_NOTE, "label": MAX_LABEL},
        "today": now.date(),
    }
    return render(request, "owner_gap.html", language, values, status=status)


def typed_or(last: Said, summary: GapSummary) -> dict[str, Any]:
    """What stands in the fields: what was typed into the form that was refused, else what the gap has."""
    typed: dict[str, Any] = {each.name: "" for each in fields(GapForm)}
    typed |= {
        "owner": summary.owner or "",
        "assignee": summary.assignee or "",
        "due_on": summary.due_on.isoformat() if summary.due_on else "",
        "label": summary.label,
        "question": (),
    }
    return typed | dict(last.typed)
