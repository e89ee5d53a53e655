"""What somebody sees at each keystroke: articles by title, phrasing, heading or text, with typing errors, in both scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from snapshots import fixture_snapshot

from kb.answer.lines import lines_of
from kb.answer.typeahead import search_typed
from kb.index.snapshot import Snapshot
from kb.text.synonyms import NO_SYNONYMS, Entry, Synonyms, make_synonyms
from kb.types import Filters, SearchPage

REFUNDS, ROUTER, INVOICES = "en/billing/refunds", "en/devices/router", "en/billing/invoices"
ZH_REFUNDS, TWO_STEP = "zh/billing/refunds", "zh/devices/two-step"


def typed(snapshot: Snapshot, text: str, *, synonyms: Synonyms = NO_SYNONYMS, **options: Any) -> SearchPage:
    chosen = {"filters": Filters(), "lang": None, "limit": 10, "offset": 0, "site_url": "", **options}
    return search_typed(snapshot, text, synonyms=synonyms, today=date(2026, 11, 22), **chosen)


def ids(page: SearchPage) -> list[str]:
    return [result.article_id for result in page.results]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("re", REFUNDS),  # a word of its title; the router has a heading
        ("refu", REFUNDS),
        ("refunds t", REFUNDS),
        ("how lo", REFUNDS),
        ("when do I get my mon", REFUNDS),  # a known phrasing
        ("reimb", REFUNDS),  # a synonym in its front matter
        ("gift c", REFUNDS),  # in a table only
        ("inv", INVOICES),
        ("company na", INVOICES),  # in its text only
        ("E-2", ROUTER),
        ("e2", ROUTER),
        ("Ｅ－２", ROUTER),
        ("error e 20", ROUTER),
        ("ax1", ROUTER),
        ("AX-18", ROUTER),
        ("setting up rou", ROUTER),  # another form of "set up"
        ("退", ZH_REFUNDS),
        ("退款", ZH_REFUNDS),
        ("退款多", ZH_REFUNDS),  # 退款需要多久
        ("退款需要多久到", ZH_REFUNDS),
        ("多久", ZH_REFUNDS),
        ("验", TWO_STEP),  # inside the title
        ("兩步驗", TWO_STEP),  # traditional characters
        ("换手", TWO_STEP),  # a heading
        ("備用碼", TWO_STEP),
        ("AX-1800 怎", ROUTER),  # mixed
    ],
)
def test_the_article_is_first_at_this_keystroke(snapshot: Snapshot, text: str, first: str) -> None:
    assert ids(typed(snapshot, text))[0] == first


@pytest.mark.parametrize(
    ("text", "first", "said", "meant"),
    [
        ("pasword res", ROUTER, "pasword", "password"),
        ("passwr", ROUTER, "passwr", "password"),
        ("reset the passwrd", ROUTER, "passwrd", "password"),
        ("refnd", REFUNDS, "refnd", "refund"),
        ("erfund", REFUNDS, "erfund", "refund"),
        ("Downlaod an inv", INVOICES, "downlaod", "download"),
        ("invioce", INVOICES, "invioce", "invoice"),
    ],
)
def test_a_typing_error_is_read_as_the_word_meant(
    snapshot: Snapshot, text: str, first: str, said: str, meant: str
) -> None:
    page = typed(snapshot, text)
    assert ids(page)[0] == first
    assert [(s.said, s.meant, s.kind) for s in page.substitutions] == [(said, meant, "spelling")]


@pytest.mark.parametrize(
    "text", ["passw", "refunds", "refunding", "invoices", "umbrella", "kb_dta", "E-209", "xyzzyplugh"]
)
def test_what_is_unfinished_or_unknown_is_no_typing_error(snapshot: Snapshot, text: str) -> None:
    assert typed(snapshot, text).substitutions == ()


@pytest.mark.parametrize("text", ["", " ", "???", "。，", "🙂🙂", "\u200f\u202e", "<>&\"'", "-", "xyzzyplugh", "猫"])
def test_without_anything_to_find_there_are_no_results(snapshot: Snapshot, text: str) -> None:
    page = typed(snapshot, text)
    assert (page.results, page.has_more) == ((), False)


@pytest.mark.parametrize(
    "text",
    [
        "refund\x00",
        "\ud800 refund",
        "refund <script>alert(1)</script>",
        "refund .*[a-z]+(?=$)",
        "🙂 refund",
        "refund " * 140,
        "退款" * 500,
        "\u202erefund",
        "refund استرداد",
    ],
)
def test_hostile_text_is_read_for_its_words(snapshot: Snapshot, text: str) -> None:
    assert ids(typed(snapshot, text))[0] in {REFUNDS, ZH_REFUNDS}


@given(text=st.text(max_size=60))
@example(text="\ud800退")
@settings(max_examples=200, deadline=None)
def test_anything_may_be_typed_and_what_is_shown_is_well_formed(text: str) -> None:
    for result in typed(_snapshot(), text).results:
        shown = [(result.title_html, result.title), *((h.html, h.text) for h in result.headings)]
        for marked, plain in shown:
            assert html.unescape(re.sub("</?mark>", "", marked)) == plain
        assert re.fullmatch(r"(?:[^<>]|<mark>[^<>]+</mark>)*", result.snippet_html)


def lines_and_articles() -> Iterator[tuple[str, str]]:
    for article in _snapshot().articles.values():
        if "public" in article.audience:
            for text in (article.title, *article.questions, *(heading.text for heading in article.headings)):
                yield text, article.id


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_beginning_of_a_title_phrasing_or_heading_finds_its_article(data: st.DataObject) -> None:
    text, article_id = data.draw(st.sampled_from(sorted(lines_and_articles())))
    end = data.draw(st.integers(2, len(text)))
    assert article_id in ids(typed(_snapshot(), text[:end]))[:4]


WORDS = "Reset Wi-Fi password 退款 多久 E-203 的 invoice ÜBER 設定 C++ 15 <b>".split()
TITLE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@given(titles=st.lists(TITLE, min_size=1, max_size=4, unique=True), data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_beginning_of_made_up_titles_finds_the_article(
    tmp_path_factory: pytest.TempPathFactory, titles: list[str], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("articles")
    for number, title in enumerate(titles):
        quoted = title.replace('"', "")
        (folder / f"a{number}.md").write_text(f'---\ntitle: "{quoted}"\n---\n\nText.\n', encoding="utf-8")
    made = fixture_snapshot(folder)
    wanted = data.draw(st.integers(0, len(titles) - 1))
    beginning = titles[wanted][: data.draw(st.integers(2, 40))]
    assert f"a{wanted}" in ids(typed(made, beginning))


def test_a_result_has_its_matching_headings_each_with_its_own_address(snapshot: Snapshot) -> None:
    [router] = [r for r in typed(snapshot, "reset the pass").results if r.article_id == ROUTER]
    assert router.title_html == "Set up the AX-1800 router"
    [heading] = router.headings
    assert heading.text == "Reset the password"
    assert heading.html == "<mark>Reset</mark> the <mark>password</mark>"
    assert heading.url.endswith("/articles/en/devices/router.html#reset-the-password")
    assert router.snippet_html.startswith("Hold the <mark>reset</mark> button")
    assert router.matched_question is None


def test_a_match_in_the_text_alone_leads_to_the_heading_above_it(snapshot: Snapshot) -> None:
    refunds = typed(snapshot, "gift ca").results[0]
    assert [(h.text, h.html) for h in refunds.headings] == [("Times by payment method", "Times by payment method")]
    assert refunds.headings[0].url.endswith("#times-by-payment-method")
    assert "<mark>Gift</mark> <mark>card</mark>" in refunds.snippet_html
    assert typed(snapshot, "refunds").results[0].headings[0].text == "Ask for a refund"


def test_a_phrasing_is_shown_where_it_says_more_than_the_title(snapshot: Snapshot) -> None:
    [found] = typed(snapshot, "money ba").results
    assert found.matched_question == "When do I get my money back?"
    assert found.matched_question_html == "When do I get my <mark>money</mark> <mark>back</mark>?"
    assert typed(snapshot, "how long refun").results[0].matched_question is None


def test_articles_in_the_language_of_the_words_come_first(snapshot: Snapshot) -> None:
    assert typed(snapshot, "refund").results[0].lang == "en"
    assert typed(snapshot, "E-203 错误").results[0].article_id == ROUTER  # no Chinese article knows it
    assert {result.lang for result in typed(snapshot, "30", lang="zh").results} == {"zh"}


def test_who_may_not_read_an_article_does_not_find_it(snapshot: Snapshot) -> None:
    assert "en/billing/internal" not in ids(typed(snapshot, "goodwill lim"))
    agents = Filters(audience=("agent",))
    assert ids(typed(snapshot, "goodwill lim", filters=agents)) == ["en/billing/internal"]


def test_pages_follow_each_other(snapshot: Snapshot) -> None:
    whole = ids(typed(snapshot, "th"))
    pages = [typed(snapshot, "th", limit=1, offset=n) for n in range(len(whole))]
    assert [ids(page) for page in pages] == [[one] for one in whole]
    assert [page.has_more for page in pages] == [True] * (len(whole) - 1) + [False]


def test_what_stands_for_an_expression_is_looked_for_beside_it(snapshot: Snapshot) -> None:
    synonyms = make_synonyms([Entry(("blue box",), ("AX-1800",), one_way=True)])
    page = typed(snapshot, "blue box", synonyms=synonyms)
    assert ids(page)[0] == ROUTER
    assert [(s.said, s.meant, s.kind) for s in page.substitutions] == [("blue box", "AX-1800", "synonym")]
    assert "<mark>AX-1800</mark>" in page.results[0].title_html


def test_an_index_without_articles_finds_nothing(tmp_path: Path) -> None:
    assert typed(fixture_snapshot(tmp_path), "refund").results == ()


def test_the_lines_are_made_once_and_keep_what_the_articles_say(snapshot: Snapshot) -> None:
    lines = lines_of(snapshot)
    assert lines_of(snapshot) is lines
    assert [lines.lines[n].text for n in lines.starts[:-1]] == [a.title for a in snapshot.articles.values()]


_made: list[Snapshot] = []


def _snapshot() -> Snapshot:
    """The fixture articles for properties, which cannot take a fixture of the session."""
    if not _made:
        _made.append(fixture_snapshot())
    return _made[0]
