"""Which articles need their owner, and why: pure functions over the served articles and what people did with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from kb.answer.filters import is_stale
from kb.records.article_use import UNUSED, ArticleUse
from kb.records.figures import Share
from kb.types import Article, Problem

if TYPE_CHECKING:
    from kb.proof.pairs import Pair

MIN_DOWN = 2  # votes: one person's displeasure is no finding


class Need(StrEnum):
    """Kinds of attention, in the order of the page: what misleads readers comes first."""

    CONFLICT = "conflict"
    DOWNVOTED = "downvoted"
    STALE = "stale"
    BROKEN = "broken"
    BEHIND = "behind"
    UNTRANSLATED = "untranslated"
    DUPLICATE = "duplicate"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One article (or a file that never was one: ``article`` is None) with the reason why somebody should look at it.

    ``count``: how many people's uses, votes or questions the reason rests on. ``down``: for ``downvoted``. ``other``: the
    article it is compared with. ``since``: when the other one was reviewed or changed last. ``only_here`` and
    ``only_there``: numbers that differ from the other's.
    """

    need: Need
    id: str
    path: str
    article: Article | None
    count: int = 0
    problems: tuple[Problem, ...] = ()
    pair: Pair | None = None
    down: Share | None = None
    other: Article | None = None
    since: date | None = None
    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()


def stale(articles: Iterable[Article], uses: Mapping[str, ArticleUse], today: date) -> list[Finding]:
    """Overdue for review, those that people read most first; ``count`` is how often they were read."""
    found = [_finding(Need.STALE, a, count=uses.get(a.id, UNUSED).read) for a in articles if is_stale(a, today)]
    return sorted(found, key=lambda f: (-f.count, f.id))


def unused(
    articles: Iterable[Article], uses: Mapping[str, ArticleUse], new: frozenset[str], today: date
) -> list[Finding]:
    """Neither quoted nor suggested nor opened, although served for long enough (not in ``new``) and valid."""
    return [
        _finding(Need.UNUSED, a)
        for a in sorted(articles, key=lambda a: a.id)
        if uses.get(a.id, UNUSED) == UNUSED
        and a.id not in new
        and not (a.valid_from and today < a.valid_from)
        and not (a.valid_until and today > a.valid_until)
    ]


def downvoted(articles: Mapping[str, Article], uses: Mapping[str, ArticleUse]) -> list[Finding]:
    """Quoted in answers that were voted down, by the share of "down" that is sure (lower end of the 95 % interval)."""
    found = [
        _finding(Need.DOWNVOTED, articles[i], count=use.down, down=Share(use.down, use.up + use.down))
        for i, use in uses.items()
        if use.down >= MIN_DOWN and i in articles
    ]
    return sorted(found, key=lambda f: (-_surely(f.down), f.id))


def _surely(share: Share | None) -> float:
    interval = share.interval if share is not None else None
    return interval[0] if interval is not None else 0.0


def broken(articles: Mapping[str, Article], problems: Iterable[Problem]) -> list[Finding]:
    """Files with something wrong in them; those that are not served as they are written come first."""
    by_path: defaultdict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    known = {article.path: article for article in articles.values()}
    found = [
        Finding(Need.BROKEN, _id_of(path, known), path, known.get(path), len(listed), tuple(listed))
        for path, listed in by_path.items()
    ]
    return sorted(found, key=lambda f: (not any(p.fatal for p in f.problems), -f.count, f.path))


def _id_of(path: str, known: Mapping[str, Article]) -> str:
    article = known.get(path)
    return article.id if article is not None else path.removesuffix(".md")


def untranslated(
    articles: Iterable[Article], translated: Mapping[str, set[str]], uses: Mapping[str, ArticleUse]
) -> list[Finding]:
    """Articles in one language only; ``count`` is how often they answered questions in the other."""
    found = [
        _finding(Need.UNTRANSLATED, a, count=uses.get(a.id, UNUSED).foreign) for a in articles if a.id not in translated
    ]
    return sorted(found, key=lambda f: (-f.count, f.id))


def of_pairs(need: Need, articles: Mapping[str, Article], pairs: Iterable[Pair]) -> list[Finding]:
    """Conflicts or duplicates as findings of their first article."""
    return [
        _finding(need, articles[pair.left], pair=pair, other=articles[pair.right])
        for pair in pairs
        if pair.kind == need.value and pair.left in articles and pair.right in articles
    ]


def _finding(need: Need, article: Article, **values: object) -> Finding:
    return Finding(need, article.id, article.path, article, **values)  # type: ignore[arg-type]


def chosen(findings: Sequence[Finding], owner: str | None, category: str | None) -> list[Finding]:
    """Those of one owner (``""``: of nobody) and one category; a pair counts for both its articles."""
    return [f for f in findings if _is_of(f, owner, category)]


def _is_of(finding: Finding, owner: str | None, category: str | None) -> bool:
    about = [article for article in (finding.article, finding.other) if article is not None]
    if not about:  # a file that is no article belongs to nobody
        return owner in (None, "") and category is None
    if finding.need is Need.BEHIND:
        about = about[:1]  # the source is in order
    return any(
        (owner is None or (article.owner or "") == owner) and (category is None or article.category == category)
        for article in about
    )


def behind(
    articles: Mapping[str, Article],
    translated: Mapping[str, set[str]],
    changed: Mapping[str, date],
    numbers: Mapping[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]],
) -> list[Finding]:
    """Translations that lag behind: other numbers than the source, reviewed before it, or not edited since it was.

    ``changed``: when articles were edited last, as far as that was seen. ``numbers``: for (source, translation), the
    numbers that only each of them has. Where ``translation_of`` says nothing, the newer one is the source.
    """
    found: list[Finding] = []
    for source_id, others in sorted(translated.items()):
        for other_id in sorted(others):
            source, translation = articles[source_id], articles[other_id]
            if source.translation_of == other_id:
                continue
            since = _ahead_since(source, translation, changed)
            only_there, only_here = numbers.get((source_id, other_id), ((), ()))
            if not only_here and translation.translation_of != source_id and source_id > other_id and since is None:
                continue  # of two that do not name each other, numbers are shown once
            if since is not None or only_here:
                finding = _finding(Need.BEHIND, translation, other=source, since=since)
                found.append(replace(finding, only_here=only_here, only_there=only_there))
    return sorted(found, key=lambda f: (not f.only_here, f.since is None or -f.since.toordinal(), f.id))


def _ahead_since(source: Article, translation: Article, changed: Mapping[str, date]) -> date | None:
    """When the source got ahead, None when it is not."""
    reviewed, again = source.last_reviewed_on, translation.last_reviewed_on
    if reviewed and again and reviewed > again:
        return reviewed
    edited, followed = changed.get(source.id), changed.get(translation.id)
    if edited is None or (followed is not None and followed >= edited):
        return None
    return edited if again is None or again < edited else None


def translations(articles: Mapping[str, Article]) -> dict[str, set[str]]:
    """The same article in the other language, for every id that has one.

    ``translation_of`` says so, or the path below the language's folder is the same (``en/a/b`` and ``zh/a/b``).
    """
    found: dict[str, set[str]] = {}
    by_path: dict[str, list[Article]] = {}
    for article in articles.values():
        top, _, rest = article.id.partition("/")
        if rest and top.lower().partition("-")[0] == article.lang:
            by_path.setdefault(rest, []).append(article)
        original = articles.get(article.translation_of) if article.translation_of else None
        if original is not None:
            _join(found, [original, article])
    for same in by_path.values():
        _join(found, same)
    return found


def _join(found: dict[str, set[str]], same: Iterable[Article]) -> None:
    members = list(same)
    for article in members:
        others = {other.id for other in members if other.lang != article.lang}
        if others:
            found.setdefault(article.id, set()).update(others)
