"""The page of answers drawn by chance, for owners to say which were right, and what that says of each confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.answers import AnswerView, answer_view
from api.pages.board_filter import MAX_TEXT, MINE, NOBODY, names_of
from api.pages.failures import PageRoute
from api.pages.rendering import link_maker, page_language, render
from api.pages.session import Owner, owner_of, require_own_form
from api.pages.wording import Words, readable, words
from api.state import AppState, state_of
from kb.errors import KbError, NotAllowedError
from kb.records.reviews import Precision, Verdict
from kb.records.samples import Sampled, SampleQuery
from kb.types import Article, Outcome

CHANNELS = ("help_page", "widget", "api", "chat")
_FRESH = 6 * 3600.0  # seconds; a sample is the same all day
_MAX_DRAW = 50
_REVIEW_DAYS = 90

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """The fields of the filter form; what cannot be read counts as not filtered."""

    outcome: str = ""
    asked_in: str = ""
    channel: str = ""
    vote: str = ""
    owner: str = ""
    draw: str = ""

    def clean(self) -> AnswerFilter:
        """The same without what means nothing."""
        number = int(self.draw) if self.draw.isascii() and self.draw.isdigit() and len(self.draw) < 4 else 1
        return AnswerFilter(
            outcome=self.outcome if self.outcome in tuple(Outcome) else "",
            asked_in=self.asked_in if self.asked_in in ("en", "zh") else "",
            channel=readable(self.channel)[:MAX_TEXT].strip(),
            vote=self.vote if self.vote in ("up", "down", "any") else "",
            owner=readable(self.owner)[:MAX_TEXT].strip(),
            draw=str(number) if 1 < number <= _MAX_DRAW else "",
        )

    def address(self, **changes: str) -> dict[str, str]:
        """The parameters of a link to the page with ``changes``."""
        return {name: value for name, value in {**asdict(self), **changes}.items() if value}

    def query(self, owner: Owner, articles: Mapping[str, Article]) -> SampleQuery:
        lang: Literal["en", "zh"] | None = "zh" if self.asked_in == "zh" else "en" if self.asked_in == "en" else None
        votes: dict[str, Literal["up", "down", "any"]] = {"up": "up", "down": "down", "any": "any"}
        return SampleQuery(
            lang=lang,
            outcome=Outcome(self.outcome) if self.outcome else None,
            channel=self.channel or None,
            vote=votes.get(self.vote, ""),
            articles=self._articles(owner, articles),
            draw=int(self.draw or 1),
        )

    def _articles(self, owner: Owner, articles: Mapping[str, Article]) -> tuple[str, ...] | None:
        if not self.owner:
            return None
        names = {MINE: names_of(owner), NOBODY: ("",)}.get(self.owner, (self.owner,))
        return tuple(article.id for article in articles.values() if (article.owner or "") in names)


@dataclass(frozen=True, slots=True)
class Shown:
    """One drawn answer as the page shows it."""

    sampled: Sampled
    view: AnswerView
    score: float


@dataclass(frozen=True, slots=True)
class MarkForm:
    """One press of a button beside an answer. ``back``: the query of the page that it was sent from."""

    answer_id: Annotated[str, Form(max_length=MAX_TEXT)]
    action: Annotated[Literal["right", "wrong", "withdraw", "flag"], Form()]
    back: Annotated[str, Form(max_length=2000)] = ""


@router.get("/owner/answers")
def answers(
    request: Request, owner: Reader, asked: Annotated[AnswerFilter, Depends()], done: str = "", gap: str = ""
) -> Response:
    """Today's sample, and how often reviewed answers of each confidence were right."""
    chosen = asked.clean()
    language = page_language(request)
    state = state_of(request)
    articles = _articles(state)
    drawn = state.opened.records.samples.load(_draw(state, chosen, owner, articles))
    values: dict[str, Any] = {
        "owner": owner,
        "chosen": chosen,
        "shown": [_shown(sampled, words(language.lang), articles) for sampled in drawn],
        "precision": precision_rows(state.opened.records.reviews.precision(_REVIEW_DAYS)),
        "review_days": _REVIEW_DAYS,
        "outcomes": tuple(Outcome),
        "channels": CHANNELS,
        "names": sorted({article.owner for article in articles.values() if article.owner}),
        "mine": MINE,
        "nobody": NOBODY,
        "until": datetime.now(UTC) - timedelta(days=1),
        "next_draw": int(chosen.draw or 1) % _MAX_DRAW + 1,
        "done": done if done in ("marked", "withdrawn", "flagged") else "",
        "gap": gap if gap.startswith("gap_") else "",
    }
    return render(request, "owner_answers.html", language, values)


@router.post("/owner/answers", dependencies=[Depends(require_own_form)])
def mark(request: Request, owner: Reader, form: Annotated[MarkForm, Depends()]) -> Response:
    """Keep what the owner says of one answer, or make it a signal of a gap; then show the page again by a redirect."""
    language = page_language(request)
    if not owner.may_write:
        raise NotAllowedError(words(language.lang)("owner.read_only"))
    opened = state_of(request).opened
    back = AnswerFilter(**{k: v for k, v in parse_qsl(form.back) if k in AnswerFilter.__slots__}).clean()
    done: dict[str, str] = {"done": "marked"}
    if form.action == "flag":
        from kb.reporting import flag

        articles = _articles(state_of(request))
        result = flag(opened.records, opened.service.signals, articles, answer_id=form.answer_id)
        done = {"done": "flagged", "gap": result.gap_id}
    else:
        verdicts: dict[str, Verdict] = {"right": "right", "wrong": "wrong"}
        verdict = verdicts.get(form.action)
        opened.records.reviews.mark(form.answer_id, verdict, who=owner.name, drawn=not back.vote)
        done = done if verdict else {"done": "withdrawn"}
    target = link_maker(language)("/owner/answers", **back.address(), **done)
    return RedirectResponse(f"{target}#{form.answer_id}", status_code=303)


def _draw(state: AppState, chosen: AnswerFilter, owner: Owner, articles: Mapping[str, Article]) -> tuple[str, ...]:
    query = chosen.query(owner, articles)
    records = state.opened.records
    today = datetime.now(UTC).date()
    ids = state.prepared.get(("sample", today, query), lambda: records.samples.draw(query), fresh=_FRESH)
    if not ids:  # a help centre that has just begun: its first questions are not kept waiting
        ids = records.samples.draw(query)
    return ids


def _shown(sampled: Sampled, t: Words, articles: Mapping[str, Article]) -> Shown:
    # As on a permalink: this is not the visitor's own page, so no link is traced and nothing is checked again.
    view = answer_view(sampled.document, t, articles, check=lambda *_: "")
    return Shown(sampled, view, sampled.document["confidence"]["score"])


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """One line of the table. ``low`` and ``high``: the interval of the rate, and ``expected`` what was promised, as shares."""

    outcome: Outcome
    band: str
    right: int
    of: int
    rate: float | None
    low: float
    high: float
    expected: float | None


def precision_rows(found: tuple[Precision, ...]) -> list[PrecisionRow]:
    """The measured precisions, ready to be drawn."""
    rows = []
    for line in found:
        low, high = line.right.interval or (0.0, 1.0)
        band = f"{line.band.low:.1f}–{min(line.band.high, 1.0):.1f}" if line.band else ""
        rows.append(
            PrecisionRow(line.outcome, band, line.right.count, line.right.of, line.right.rate, low, high, line.expected)
        )
    return rows


def _articles(state: AppState) -> Mapping[str, Article]:
    try:
        return state.opened.live.current().articles
    except KbError:  # answers were given before, whatever has become of the index
        return {}
