"""Which files become articles, and what is said about the others."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from indexer import sources
from indexer.sources import article_id, scan
from kb.errors import InvalidInputError


def _write(folder: Path, name: str, content: bytes = b"# T\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _problems(folder: Path) -> list[tuple[str, str, bool]]:
    return [(problem.path, problem.code, problem.fatal) for problem in scan(folder).problems]


def test_articles_are_found_with_ids_hashes_and_bytes_sorted_by_id(tmp_path: Path) -> None:
    _write(tmp_path, "zh/billing/退款.md", b"\xef\xbb\xbf# A\r\n")
    _write(tmp_path, "en/b.MARKDOWN")
    _write(tmp_path, "en/a.md")
    for ignored in (".git/x.md", ".hidden.md", "node_modules/p/README.md", "notes.txt", "owners.yaml", "img.md.png"):
        _write(tmp_path, ignored)
    listing = scan(tmp_path)
    assert [(file.path, file.id) for file in listing.files] == [
        ("en/a.md", "en/a"),
        ("en/b.MARKDOWN", "en/b"),
        ("zh/billing/退款.md", "zh/billing/退款"),
    ]
    assert listing.files[2].raw == b"\xef\xbb\xbf# A\r\n"
    assert listing.files[2].content_hash == "sha256:" + hashlib.sha256(b"\xef\xbb\xbf# A\r\n").hexdigest()
    assert listing.problems == ()


def test_ids_are_composed_unicode_while_paths_stay_as_they_are(tmp_path: Path) -> None:
    _write(tmp_path, "cafe\u0301.md")
    (file,) = scan(tmp_path).files
    assert (file.id, file.path) == ("caf\u00e9", "cafe\u0301.md")
    assert article_id("a.md/b.md") == "a.md/b"


def test_ids_that_differ_in_case_or_suffix_only_are_refused(tmp_path: Path) -> None:
    _write(tmp_path, "Faq.md")
    _write(tmp_path, "faq.md")
    _write(tmp_path, "faq.markdown")
    assert [file.path for file in scan(tmp_path).files] == ["Faq.md"]
    assert _problems(tmp_path) == [("faq.markdown", "duplicate_id", True), ("faq.md", "duplicate_id", True)]


def test_links_are_followed_only_inside_the_folder(tmp_path: Path) -> None:
    outside = _write(tmp_path, "secret/passwords.md")
    root = tmp_path / "articles"
    inside = _write(root, "a.md")
    (root / "same.md").symlink_to(inside)
    (root / "out.md").symlink_to(outside)
    (root / "gone.md").symlink_to(root / "missing.md")
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "folder").symlink_to(tmp_path / "secret", target_is_directory=True)
    assert [file.path for file in scan(root).files] == ["a.md", "same.md"]
    assert _problems(root) == [
        ("folder", "linked_folder", False),
        ("gone.md", "unreadable", True),
        ("loop.md", "unreadable", True),
        ("out.md", "link_outside", True),
    ]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    _write(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert [file.id for file in scan(tmp_path / "link").files] == ["a"]


def test_a_file_over_ten_megabytes_is_refused_with_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1000)
    _write(tmp_path, "fits.md", b"x" * 1000)
    _write(tmp_path, "big.md", b"x" * 1001)
    assert [file.id for file in scan(tmp_path).files] == ["fits"]
    assert _problems(tmp_path) == [("big.md", "too_big", True)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes in the file system")
def test_a_pipe_named_like_an_article_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert _problems(tmp_path) == [("pipe.md", "unreadable", True)]


def test_a_name_that_no_url_can_carry_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, "line\nbreak.md")
    _write(tmp_path, os.fsdecode(b"bad\xff.md"))
    assert [code for _, code, _ in _problems(tmp_path)] == ["bad_name", "bad_name"]
    assert [problem.path.encode("utf-8") for problem in scan(tmp_path).problems] == [
        b"bad\\udcff.md",
        b"line\nbreak.md",
    ]


def test_an_empty_folder_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    assert _problems(tmp_path) == [(".", "empty_folder", True)]
    with pytest.raises(InvalidInputError, match="not a folder"):
        scan(tmp_path / "missing")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads everything")
def test_unreadable_files_and_folders_are_reported(tmp_path: Path) -> None:
    _write(tmp_path, "closed.md").chmod(0)
    _write(tmp_path, "locked/a.md").parent.chmod(0)
    try:
        assert _problems(tmp_path) == [("closed.md", "unreadable", True), ("locked", "unreadable", True)]
    finally:
        (tmp_path / "locked").chmod(0o700)
