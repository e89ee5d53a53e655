"""Front matter of every generator, exact body offsets, and messages that name the line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.frontmatter import read_article
from indexer.owners import OwnerRule, Owners
from indexer.sources import source_from_bytes
from kb.types import Action, Article, Problem


def read(text: str | bytes, path: str = "en/billing/a.md") -> tuple[Article | None, list[Problem]]:
    result = read_article(source_from_bytes(path, text.encode() if isinstance(text, str) else text))
    return result.article, list(result.problems)


def article(text: str | bytes, path: str = "en/billing/a.md") -> Article:
    found, problems = read(text, path)
    assert found is not None, problems
    return found


def fatal(text: str | bytes) -> tuple[str, int]:
    found, problems = read(text)
    assert found is None
    (problem,) = [problem for problem in problems if problem.fatal]
    return problem.code, problem.line


FULL = """---
title: 退款需要多久到账
lang: zh
category: billing
owner: billing-docs
last_reviewed_on: 2026-08-31
review_in: 6 months
audience: [public, agent]
tags: [refund, 退款]
questions: [退款多久到, 钱什么时候退回来]
synonyms: [退钱, 返款]
actions: [{label: 申请退款, url: /refund/new}]
policy: link_only
valid_from: 2026-11-01
valid_until: 2026-12-31
url: https://help.example.com/zh/refunds
translation_of: en/billing/refunds
resolves: [gap_01KB2T]
team_note: {a: 1, b: [true, 2026-01-02, 1.5, null]}
---

# 退款需要多久到账
"""


def test_every_field_of_our_own_format() -> None:
    found = article(FULL)
    assert found.text == FULL
    assert FULL[found.body_start :].startswith("\n# 退款")
    assert (found.title, found.lang, found.category, found.owner) == (
        "退款需要多久到账",
        "zh",
        "billing",
        "billing-docs",
    )
    assert (found.last_reviewed_on, found.review_due_on) == (date(2026, 8, 31), date(2027, 2, 28))
    assert (found.audience, found.policy) == (("public", "agent"), "link_only")
    assert (found.tags, found.synonyms) == (("refund", "退款"), ("退钱", "返款"))
    assert found.questions == ("退款多久到", "钱什么时候退回来")
    assert found.actions == (Action("申请退款", "/refund/new"),)
    assert (found.valid_from, found.valid_until) == (date(2026, 11, 1), date(2026, 12, 31))
    assert (found.url, found.translation_of) == ("https://help.example.com/zh/refunds", "en/billing/refunds")
    assert found.resolves == ("gap_01KB2T",)
    assert found.extra == {"team_note": {"a": 1, "b": [True, "2026-01-02", 1.5, None]}}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_body_begins_right_behind_the_closing_line(newline: str, mark: str) -> None:
    text = mark + newline.join(["---", "title: A", "---  ", "", "# B", ""])
    found = article(text)
    assert found.title == "A"
    assert text[found.body_start :] == newline.join(["", "# B", ""])
    assert [(heading.text, heading.line) for heading in found.headings] == [("B", 5)]
    assert found.extra == {}


@given(
    st.text(max_size=80),
    st.sampled_from(["---\ntitle: x\n---\n", "---\ntitle: x\n...\n", "\ufeff---\r\ntitle: x\r\n---\r\n"]),
)
@settings(deadline=None)
def test_any_body_is_kept_exactly(body: str, header: str) -> None:
    found = article((header + body).encode("utf-8", "replace"))
    text = (header + body).encode("utf-8", "replace").decode()
    assert (found.text, found.body_start) == (text, len(header))


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: f"---\n{text}\n---\nx".encode("utf-8", "replace")),
    )
)
@settings(deadline=None)
def test_no_content_raises(raw: bytes) -> None:
    result = read_article(source_from_bytes("a.md", raw))
    assert (result.article is None) == any(p.fatal or p.code == "draft" for p in result.problems)


def test_without_front_matter_the_first_heading_is_the_title() -> None:
    found = article("\ufeff# Say *it*\n\ntext")
    assert (found.title, found.body_start) == ("Say it", 1)
    assert article("---\nlang: en\n---\n## small\n\n# Big\n").title == "Big"
    assert article("---\nsidebar_label: Short\n---\ntext").title == "Short"


@pytest.mark.parametrize(
    "text", ["", "just text", "## only a section", "---\ntitle: ''\n---\ntext", "---\ntitle:\n---\ntext"]
)
def test_without_any_title_the_article_is_refused(text: str) -> None:
    assert fatal(text) == ("no_title", 1)


def test_a_rule_at_the_top_is_not_front_matter() -> None:
    found = article("---\n\n# Title\n\nSome text\n")
    assert (found.title, found.body_start, found.extra) == ("Title", 0, {})


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("---\ntitle: a: b\n---\n", "bad_yaml", 2),
        ("---\ntitle: x\ntags: [a\n---\n", "bad_yaml", 4),
        ("---\ntitle: x\n\tlang: en\n---\n", "bad_yaml", 3),
        ("---\ntitle: x\n# never closed\n", "bad_yaml", 1),
        ("---\n- a\n- b\n---\n", "bad_yaml", 2),
        ("---\ntitle: x\ntitle: y\n---\n", "bad_yaml", 3),
        ("---\ntitle: x\na: &a [1]\nb: *a\n---\n", "bad_yaml", 4),
        ("---\ntitle: x\na: " + "[" * 60 + "]" * 60 + "\n---\n", "bad_yaml", 3),
        ("---\ntitle: " + "x" * 70_000 + "\n---\n", "bad_yaml", 1),
        ("---\ntitle: [a, b]\n---\n", "bad_type", 2),
        ("---\ntitle: x\nreviewed: 31/12/2026\n---\n", "bad_date", 3),
        ("---\ntitle: x\nlast_reviewed_on: 2026-02-30\n---\n", "bad_date", 3),
        ("---\ntitle: x\n\nvalid_until: [2026]\n---\n", "bad_date", 4),
        ("---\ntitle: x\naudience: intern\n---\n", "bad_value", 3),
        ("---\ntitle: x\npolicy: maybe\n---\n", "bad_value", 3),
        ('+++\ntitle = "x"\nbad\n+++\n', "bad_yaml", 3),
        (b"---\ntitle: \xb2\xe2\xca\xd4\n---\n", "not_utf8", 2),
        ("标题".encode("utf-16"), "not_utf8", 1),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_utf8", 1),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str | bytes, code: str, line: int) -> None:
    assert fatal(text) == (code, line)


def test_messages_say_what_to_write() -> None:
    (problem,) = read("---\ntitle: x\nreviewed: soon\n---\n")[1]
    assert problem.message == "reviewed: 'soon' is not a date; write year-month-day, such as 2026-09-01."
    (problem,) = read(b"\xce\xd2\xc3\xc7\xca\xc7\xd6\xd0\xb9\xfa\xc8\xcb")[1]
    assert "GB 18030" in problem.message


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("reviewed: 2026-09-01", "last_reviewed_on", date(2026, 9, 1)),
        ("Last-Reviewed: 2026-09-01T10:00:00Z", "last_reviewed_on", date(2026, 9, 1)),
        ("date_reviewed: '2026/9/1'", "last_reviewed_on", date(2026, 9, 1)),
        ("reviewed_on: 2026年9月1日", "last_reviewed_on", date(2026, 9, 1)),
        ("ms.date: 09/01/2026", "last_reviewed_on", date(2026, 9, 1)),
        ("review_by: 2027-01-01", "review_due_on", date(2027, 1, 1)),
        ("topics: [a, b, a]", "tags", ("a", "b")),
        ("tags: a, b，c", "tags", ("a", "b", "c")),
        ("tags: [2024, 1.10, yes]", "tags", ("2024", "1.10", "yes")),
        ("intro: >\n  two\n  lines", "description", "two lines"),
        ("summary: s", "description", "s"),
        ("categories: [one, two]", "category", "one"),
        ("author: ann", "owner", "ann"),
        ("authors: [{name: Ann}, {name: Bo}]", "owner", "Ann, Bo"),
        ("sidebar_label: Short", "synonyms", ("Short",)),
        ("keywords: [k1, k2]", "synonyms", ("k1", "k2")),
        ("aliases: [/old/path, Old name]", "synonyms", ("Old name",)),
        ("faq: How?", "questions", ("How?",)),
        ("faq:\n  - question: How, then?\n    answer: So\n  - Why?", "questions", ("How, then?", "Why?")),
        ("permalink: /refunds", "url", "/refunds"),
        ("slug: refunds", "url", None),
        ("audience: internal", "audience", ("agent",)),
        ("locale: zh-TW", "lang", "zh"),
        ("language: en_US", "lang", "en"),
        ("publishDate: 2026-01-02", "valid_from", date(2026, 1, 2)),
    ],
)
def test_other_generators_names_are_understood(line: str, field: str, value: object) -> None:
    assert getattr(article(f"---\ntitle: x\n{line}\n---\n"), field) == value


def test_what_is_not_used_is_kept() -> None:
    found = article("---\ntitle: x\nslug: refunds\nowner: a\nauthor: b\nweight: 3\nlayout: page\n---\n")
    assert found.extra == {"slug": "refunds", "author": "b", "weight": 3, "layout": "page"}


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ("tags: {a: b}", "tags", "bad_type"),
        ("questions: [[a]]", "questions", "bad_type"),
        ("description: [a]", "description", "bad_type"),
        ("review_in: soon", "review_due_on", "bad_value"),
        ("url: javascript:alert(1)", "url", "bad_value"),
        ("actions: [{label: Go, url: 'javascript:alert(1)'}]", "actions", "bad_value"),
        ("actions: [{label: Go}]", "actions", "bad_type"),
        ("actions: [{label: Go, url: //evil.example}]", "actions", "bad_value"),
        ("lang: fr", "extra", "unknown_lang"),
    ],
)
def test_a_wrong_field_is_left_out_and_reported(line: str, field: str, code: str) -> None:
    found, problems = read(f"---\ntitle: x\n{line}\n---\n")
    assert [(problem.code, problem.line, problem.fatal) for problem in problems] == [(code, 3, False)]
    assert not getattr(found, field)


@pytest.mark.parametrize(
    ("span", "due"),
    [
        ("90 days", date(2026, 11, 29)),
        ("2 weeks", date(2026, 9, 14)),
        ("1 year", date(2027, 8, 31)),
        ("month", date(2026, 9, 30)),
        ("6个月", date(2027, 2, 28)),
        ("P1M", date(2026, 9, 30)),
        ("9999 years", date.max),
    ],
)
def test_review_intervals(span: str, due: date) -> None:
    assert article(f"---\ntitle: x\nreviewed: 2026-08-31\nreview_in: {span}\n---\n").review_due_on == due


@pytest.mark.parametrize(
    ("path", "text", "lang"),
    [
        ("zh/a.md", "# English words only", "zh"),
        ("docs/zh-TW/a.md", "# English words only", "zh"),
        ("en/a.md", "# 中文", "en"),
        ("zhang/a.md", "# How to do it\n\nIn this text we write English.", "en"),
        ("a.md", "# 如何使用 API\n\n你可以用 GET 请求。", "zh"),
    ],
)
def test_language_comes_from_folder_then_text(path: str, text: str, lang: str) -> None:
    assert article(text, path).lang == lang


@pytest.mark.parametrize(
    ("path", "category"),
    [("a.md", ""), ("en/a.md", ""), ("zh/billing/refunds.md", "billing"), ("shop/zh-CN/returns/x.md", "shop")],
)
def test_category_is_the_first_folder_that_names_no_language(path: str, category: str) -> None:
    assert article("# T", path).category == category


@pytest.mark.parametrize("line", ["draft: true", "published: false"])
def test_drafts_are_not_published_and_are_no_failure(line: str) -> None:
    found, problems = read(f"---\ntitle: x\n{line}\n---\n")
    assert found is None
    assert [(problem.code, problem.line, problem.fatal) for problem in problems] == [("draft", 3, False)]


def test_toml_front_matter_is_read_too() -> None:
    found = article('+++\ntitle = "T"\ndate = 2026-01-02\ntags = ["a"]\nreviewed = 2026-01-03\n+++\nbody\n')
    assert (found.title, found.tags, found.last_reviewed_on) == ("T", ("a",), date(2026, 1, 3))
    assert found.extra == {"date": "2026-01-02"}
    assert found.text[found.body_start :] == "body\n"


def test_owners_are_asked_only_where_the_article_is_silent() -> None:
    owners = Owners((OwnerRule("desk", category="billing"),))
    silent = read_article(source_from_bytes("en/billing/a.md", b"# T"), owners).article
    speaking = read_article(source_from_bytes("en/billing/a.md", b"---\ntitle: T\nowner: me\n---\n"), owners).article
    assert silent is not None
    assert speaking is not None
    assert (silent.owner, speaking.owner) == ("desk", "me")
