"""What editors are told about articles that can be indexed."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.frontmatter import read_article
from indexer.lint import lint
from indexer.passages import split_passages
from indexer.sources import source_from_bytes
from kb.types import Article, Problem

TODAY = date(2026, 11, 22)
FINE = "---\ntitle: {0}\nlast_reviewed_on: 2026-11-01\nreview_in: 6 months\n---\n# {0}\n\nText of {0}.\n"


def find(**files: str) -> list[Problem]:
    """Problems of files named by keyword, ``__`` for ``/``; fine ones are short texts without front matter."""
    articles: list[Article] = []
    for name, text in files.items():
        path = name.replace("__", "/") + ".md"
        article = read_article(source_from_bytes(path, text.encode())).article
        assert article is not None
        articles.append(article)
    problems = lint(articles, [p for article in articles for p in split_passages(article)], today=TODAY)
    assert not [problem for problem in problems if problem.fatal]
    return problems


def codes(**files: str) -> list[tuple[str, int, str]]:
    return [(problem.path, problem.line, problem.code) for problem in find(**files)]


def test_fine_articles_have_no_problems() -> None:
    assert find(en__a=FINE.format("A"), zh__a=FINE.format("甲")) == []


@pytest.mark.parametrize(
    ("extra", "line", "code"),
    [
        ("\n### Deep\n\nx", 10, "skipped_level"),
        ("\n![](a.png)", 10, "no_alt"),
        ("\n[x](gone.md)", 10, "dead_link"),
        ("\na\n[x](../up/gone.md#y)", 11, "dead_link"),
        ("\n[x](#nowhere)", 10, "dead_anchor"),
        ("\n[x](b.md#nowhere)", 10, "dead_anchor"),
        ("\n" + "many words here " * 100, 10, "long_paragraph"),
        ("\n" + "wide 中文" * 200, 10, "long_paragraph"),
    ],
)
def test_each_mistake_is_found_at_its_line(extra: str, line: int, code: str) -> None:
    assert codes(a=FINE.format("A") + extra, b=FINE.format("B")) == [("a.md", line, code)]


@pytest.mark.parametrize(
    "extra",
    [
        "[x](b.md) [y](./b.md#b) [z](b.md?x=1) [w](#a)",
        "[x](https://e.example/gone.md) [y](mailto:a@b.c) [z](/help/x) [w](file.pdf) [v](//e.example/x.md)",
        '<a id="spot"></a> [x](#spot)',
        "## 换手机\n\n[x](#换手机) [y](#%E6%8D%A2%E6%89%8B%E6%9C%BA)",
        "![alt](a.png)",
    ],
)
def test_what_is_right_is_not_reported(extra: str) -> None:
    assert find(a=FINE.format("A") + "\n" + extra, b=FINE.format("B")) == []


def test_review_dates() -> None:
    assert codes(a="---\ntitle: A\n---\ntext") == [("a.md", 1, "no_review_date")]
    late = "---\ntitle: A\nlast_reviewed_on: 2026-01-01\nreview_in: 6 months\n---\ntext"
    (problem,) = find(a=late)
    assert (problem.line, problem.code) == (4, "overdue_review")
    assert problem.message == "The review was due on 2026-07-01, 144 days ago."
    assert find(a=late.replace("2026-01-01", "2026-05-22")) == []


def test_titles_and_questions_of_two_articles() -> None:
    one = "---\ntitle: Refunds\nreviewed: 2026-11-01\nquestions: [Where is it?]\n---\ntext"
    assert codes(a=one, b=one.replace("Refunds", "refunds").replace("Where is it?", "where is  it")) == [
        ("b.md", 2, "duplicate_title"),
        ("b.md", 4, "duplicate_question"),
    ]


def test_titles_may_repeat_in_another_language() -> None:
    assert find(en__a=FINE.format("FAQ"), zh__a=FINE.format("FAQ")) == []


def test_translations_are_missed_only_where_there_are_two_languages() -> None:
    assert codes(en__a=FINE.format("A"), en__b=FINE.format("B"), zh__a=FINE.format("甲")) == [
        ("en/b.md", 0, "no_translation")
    ]
    assert find(en__a=FINE.format("A"), en__b=FINE.format("B")) == []
    named = FINE.format("乙").replace("title:", "translation_of: en/b\ntitle:")
    assert find(en__b=FINE.format("B"), zh__other=named) == []
    wrong = named.replace("en/b", "en/gone")
    assert codes(en__b=FINE.format("B"), zh__b=wrong) == [("zh/b.md", 2, "unknown_translation")]


def test_an_article_of_headings_only_can_answer_nothing() -> None:
    assert codes(a="---\ntitle: A\nreviewed: 2026-11-01\n---\n# A\n\n## B\n") == [("a.md", 0, "no_passage")]
