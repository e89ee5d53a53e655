"""Who owns an article that does not say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.owners import NO_OWNERS, OwnerRule, Owners, read_owners

FILE = """
owners:
  - {category: billing, owner: billing-docs}
  - {path: "zh/**", owner: zh-team}
  - {path: "zh/billing/*", owner: never}
  - {path: en/legal/terms, owner: legal}
default: desk
"""


@pytest.mark.parametrize(
    ("path", "category", "owner"),
    [
        ("en/billing/a.md", "billing", "billing-docs"),
        ("en/x/a.md", "Billing", "billing-docs"),
        ("zh/billing/a.md", "billing", "zh-team"),
        ("zh/a/b/c.md", "", "zh-team"),
        ("en/legal/terms.md", "", "legal"),
        ("en/legal/terms-2.md", "", "desk"),
        ("zhx/a.md", "", "desk"),
    ],
)
def test_paths_come_before_categories_and_the_first_rule_wins(
    tmp_path: Path, path: str, category: str, owner: str
) -> None:
    (tmp_path / "owners.yaml").write_text(FILE, "utf-8")
    owners, problems = read_owners(tmp_path)
    assert problems == ()
    assert owners.of(path, category) == owner


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("a/*.md", "a/b.md", True),
        ("a/*", "a/b/c.md", False),
        ("**/faq", "x/y/faq.md", True),
        ("**/faq", "faq.md", True),
        ("a/**/z.md", "a/z.md", True),
        ("a/", "a/b/c.md", True),
        ("a.c", "abc", False),
        ("?.md", "退.md", True),
    ],
)
def test_globs(glob: str, path: str, fits: bool) -> None:
    assert (Owners((OwnerRule("x", path=glob),)).of(path, "") == "x") is fits


def test_no_file_gives_no_owners(tmp_path: Path) -> None:
    assert read_owners(tmp_path) == (NO_OWNERS, ())
    assert NO_OWNERS.of("a.md", "c") is None


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"owners: [{owner: x}]", "bad_value", 1),
        (b"\nowners:\n  - {category: a, path: b, owner: x}", "bad_value", 2),
        (b"owners: [a: b: c", "bad_yaml", 1),
        (b"\xff\xfe", "unreadable", 0),
    ],
)
def test_mistakes_are_reported_and_do_not_stop_the_rest(tmp_path: Path, content: bytes, code: str, line: int) -> None:
    (tmp_path / "owners.yaml").write_bytes(content)
    owners, problems = read_owners(tmp_path)
    assert owners.rules == ()
    assert [(problem.code, problem.line, problem.fatal) for problem in problems] == [(code, line, False)]
