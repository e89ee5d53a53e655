"""Categories as topics of the help centre: their addresses, pictures, counts, and what people read in them.

Pure functions over articles; knows nothing about requests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.pages.addresses import category_path
from api.pages.articles import category_of, groups
from kb.types import Article, Lang

# What a category is about, read off its code; the first that fits. Codes are an operator's own words, so this is a guess
# that may fail: the picture says nothing that the name beside it does not say.
_ICONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (icon, re.compile(pattern, re.IGNORECASE))
    for icon, pattern in (
        ("code", r"api|bot|develop|integrat|webhook|sdk|开发|接口"),
        ("writing", r"writ|content|editor|author|撰写|编辑|写作"),
        ("returns", r"return|refund|exchange|退货|退款|换货|售后"),
        ("delivery", r"deliver|shipping|parcel|logistic|配送|物流|快递"),
        ("invoices", r"invoice|billing|tax|receipt|发票|账单"),
        ("payment", r"pay|card|price|coupon|支付|付款|优惠"),
        ("orders", r"order|cart|checkout|订单|购买"),
        ("account", r"account|login|sign-?in|security|privacy|profile|账户|账号|帐号|安全|隐私"),
        ("membership", r"member|point|loyal|plan|subscri|会员|积分|订阅"),
        ("devices", r"device|product|warranty|hardware|app\b|设备|产品|保修"),
        ("contact", r"contact|support|help|客服|联系|帮助"),
        ("settings", r"service|setting|admin|install|setup|operat|安装|设置|管理|运维"),
    )
)
MIN_READERS = 2  # one reader may be the owner
MIN_POPULAR = 3  # a list of two is none
_OF_A_CATEGORY = 2


@dataclass(frozen=True, slots=True)
class Topic:
    """One category in one language. ``first``: up to three of its articles, those that most people read first."""

    category: str
    path: str
    icon: str
    count: int
    first: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Updated:
    """An article and the day on which it was last reviewed or edited."""

    article: Article
    on: date


def icon_of(category: str) -> str:
    """Name of the picture for ``category``.

    >>> icon_of("returns"), icon_of("service-api"), icon_of("penguins")
    ('returns', 'code', 'page')
    """
    return next((icon for icon, pattern in _ICONS if pattern.search(category)), "page")


def topics(articles: Sequence[Article], lang: Lang, readers: Mapping[str, int]) -> tuple[Topic, ...]:
    """The categories of the articles in ``lang``. ``readers``: people who opened each article lately, by its id."""
    found = []
    for group in groups(articles, lang):
        first = sorted(group.articles, key=lambda a: -readers.get(a.id, 0))[:3]
        path, icon = category_path(group.category), icon_of(group.category)
        found.append(Topic(group.category, path, icon, len(group.articles), tuple(first)))
    return tuple(found)


def popular(articles: Sequence[Article], lang: Lang, readers: Mapping[str, int], limit: int = 5) -> tuple[Article, ...]:
    """What most people opened, in ``lang``; nothing while too few people opened too few articles to call them popular."""
    read = [a for a in articles if a.lang == lang and readers.get(a.id, 0) >= MIN_READERS]
    if len(read) < MIN_POPULAR:
        return ()
    return tuple(sorted(read, key=lambda a: (-readers[a.id], a.title.casefold(), a.id))[:limit])


def updated(
    articles: Sequence[Article], lang: Lang, changed: Mapping[str, date], limit: int = 5
) -> tuple[Updated, ...]:
    """What was last reviewed or edited, newest first, in ``lang``; at most two of a category, so that a day's work on one topic
    does not hide all others. ``changed``: days of edits, by article id."""
    known = [(article, last_change(article, changed)) for article in articles if article.lang == lang]
    dated = [Updated(article, on) for article, on in known if on is not None]
    dated.sort(key=lambda u: (-u.on.toordinal(), u.article.title.casefold(), u.article.id))
    seen: Counter[str] = Counter()
    found: list[Updated] = []
    for item in dated:
        category = category_of(item.article)
        seen[category] += 1
        if seen[category] <= _OF_A_CATEGORY:
            found.append(item)
    return tuple(found[:limit])


def last_change(article: Article, changed: Mapping[str, date]) -> date | None:
    """The later one of the article's review and its last edit; None when neither is known."""
    return max((day for day in (article.last_reviewed_on, changed.get(article.id)) if day), default=None)


def neighbours(article: Article, articles: Sequence[Article]) -> tuple[Article | None, Article | None]:
    """The articles before and after ``article`` on the page of its category."""
    category = category_of(article)
    group = next((g for g in groups(articles, article.lang) if g.category == category), None)
    if group is None:
        return None, None
    ids = [a.id for a in group.articles]
    at = ids.index(article.id)
    before = group.articles[at - 1] if at else None
    return before, group.articles[at + 1] if at + 1 < len(ids) else None
