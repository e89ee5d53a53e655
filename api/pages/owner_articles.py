"""The page of articles that need attention: eight lists, each with its reasons and with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.article_desk import USE_DAYS, attention_of
from api.attention import Finding, Need, chosen
from api.pages.articles import visible
from api.pages.board_filter import MAX_TEXT, MINE, NOBODY, names_of
from api.pages.failures import PageRoute
from api.pages.owner_readers import readers_say
from api.pages.rendering import page_language, render
from api.pages.session import Owner, owner_of
from api.pages.wording import readable
from api.state import state_of
from kb.errors import KbError
from kb.types import Article

_SHOWN = 5  # of each list while all are shown
_PAGE = 50  # of one list
_WAIT = 0.1  # seconds that the page waits for comparisons; it says so when they take longer
# Without readers or questions nothing is urgent: such findings are counted and not listed.
_ONLY_WITH_PEOPLE = frozenset({Need.STALE, Need.UNTRANSLATED})

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[Owner, Depends(owner_of)]


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """The fields of the filter form; what cannot be read counts as not filtered. ``owner``: a name, ":mine" or ":nobody"."""

    need: str = ""
    owner: str = ""
    category: str = ""
    page: str = ""

    def clean(self) -> ArticleFilter:
        """The same without what means nothing."""
        return ArticleFilter(
            need=self.need if self.need in tuple(Need) else "",
            owner=readable(self.owner)[:MAX_TEXT].strip(),
            category=readable(self.category)[:MAX_TEXT].strip(),
            page=self.page if self.page.isascii() and self.page.isdigit() and len(self.page) < 6 else "",
        )

    @property
    def first(self) -> int:
        """Position of the first finding that is shown."""
        return max(int(self.page or 1) - 1, 0) * _PAGE

    def of_list(self, need: str) -> dict[str, str]:
        """The parameters of a link to one list, or to all with ``""``."""
        return {"need": need, "owner": self.owner, "category": self.category}


@dataclass(frozen=True, slots=True)
class Section:
    """One list. ``findings``: those shown of ``total``. ``quiet``: how many more nobody has met. ``ready``: False while the
    comparison is still being made."""

    need: Need
    findings: Sequence[Finding]
    total: int
    quiet: int
    ready: bool


@router.get("/owner/articles")
def articles(request: Request, owner: Reader, asked: Annotated[ArticleFilter, Depends()]) -> Response:
    """What needs attention, and why."""
    chosen_ = asked.clean()
    state = state_of(request)
    try:
        served: Mapping[str, Article] = state.opened.live.current().articles
        found = attention_of(state, wait=_WAIT).findings
    except KbError as error:
        if error.code not in ("index_missing", "index_corrupt", "index_mismatch"):
            raise
        served, found = {}, {}
    sections = [_section(need, found.get(need), chosen_, owner) for need in Need]
    today = datetime.now(UTC).date()
    values = {
        "owner": owner,
        "readers": readers_say(
            state, served, USE_DAYS, lambda article: _is_wanted(article, chosen_, owner), every=bool(chosen_.owner)
        ),
        "chosen": chosen_,
        "sections": [s for s in sections if chosen_.need in ("", s.need)],
        "counts": {section.need: section for section in sections},
        "served": len(served),
        "public": {article.id for article in visible(served, today)},
        "names": sorted({article.owner for article in served.values() if article.owner}),
        "categories": sorted({article.category for article in served.values() if article.category}),
        "mine": MINE,
        "nobody": NOBODY,
        "days": USE_DAYS,
        "today": today,
        "page_size": _PAGE,
    }
    return render(request, "owner_articles.html", page_language(request), values)


def _is_wanted(article: Article, asked: ArticleFilter, owner: Owner) -> bool:
    if asked.category and article.category != asked.category:
        return False
    names = {MINE: names_of(owner), NOBODY: [""], "": None}.get(asked.owner, [asked.owner])
    return names is None or (article.owner or "") in names


def _section(need: Need, findings: Sequence[Finding] | None, asked: ArticleFilter, owner: Owner) -> Section:
    if findings is None:
        return Section(need, (), 0, 0, ready=False)
    mine = _filtered(findings, asked, owner)
    loud = [f for f in mine if f.count or need not in _ONLY_WITH_PEOPLE]
    shown = loud[asked.first : asked.first + _PAGE] if asked.need == need else loud[:_SHOWN]
    return Section(need, shown, len(loud), len(mine) - len(loud), ready=True)


def _filtered(findings: Sequence[Finding], asked: ArticleFilter, owner: Owner) -> list[Finding]:
    category = asked.category or None
    if asked.owner == MINE:
        names = names_of(owner)
        return [f for f in findings if any(chosen([f], name, category) for name in names)]
    name = "" if asked.owner == NOBODY else asked.owner or None
    return chosen(findings, name, category)
