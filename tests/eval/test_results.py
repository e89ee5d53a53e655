"""Result files say what was measured, and the README's table is made from the newest of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval import report
from eval.provenance import describe_run, newest_result, write_result
from eval.report import console_table, markdown_table


def result(created_at: str = "2026-01-02T03:04:05+00:00", **systems: dict[str, float]) -> dict[str, Any]:
    return {
        "created_at": created_at,
        "revision": "0123456789abcdef",
        "dirty": False,
        "split": "test",
        "limit": None,
        "sets": {"squad2-en": {"articles": 1, "passages": 2, "systems": systems, "differences": {}}},
    }


NUMBERS = {"n": 20.0, "n_answerable": 12.0, "article@1": 0.9, "passage@1": 0.75, "auroc": 0.8125}


def test_a_run_says_what_it_ran_on() -> None:
    described = describe_run()
    assert described["machine"]["cores"] > 0
    assert described["versions"]["numpy"][0].isdigit()
    assert described["created_at"].endswith("+00:00")


def test_a_result_is_named_by_day_and_revision_and_found_again(tmp_path: Path) -> None:
    older, newer = result("2026-01-02T03:04:05+00:00"), result("2026-01-03T00:00:00+00:00") | {"dirty": True}
    paths = [write_result(newer, folder=tmp_path), write_result(older, folder=tmp_path)]
    write_result(result("2027-01-01T00:00:00+00:00"), "bench", tmp_path)
    assert [path.name for path in paths] == ["2026-01-03-01234567-dirty.json", "2026-01-02-01234567.json"]
    assert newest_result(folder=tmp_path) == newer
    assert newest_result("bench", tmp_path) == result("2027-01-01T00:00:00+00:00")
    assert newest_result("other", tmp_path) is None


def test_the_markdown_table_marks_the_best_of_each_row() -> None:
    table = markdown_table(result(bm25=NUMBERS, kb=NUMBERS | {"article@1": 0.95}))
    assert table.splitlines()[:3] == [
        "| set | questions | rank-bm25 | this service |",
        "| --- | ---: | ---: | ---: |",
        "| squad2-en | 12 | 90.0 / **75.0** | **95.0** / **75.0** |",
    ]
    assert "test half" in table
    assert "`01234567`" in table


def test_a_set_without_passages_gets_a_dash() -> None:
    only_article = {"n": 5.0, "n_answerable": 5.0, "article@1": 1.0}
    assert "| 5 | **100.0** / - |" in markdown_table(result(bm25=only_article))


def test_the_console_shows_every_system() -> None:
    console = Console(width=200, file=io.StringIO())
    console.print(console_table(result(bm25=NUMBERS, kb=NUMBERS)))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "bm25" in text
    assert "kb" in text
    assert "0.812" in text


def test_the_report_command_prints_markdown_or_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "newest_result", lambda: result(bm25=NUMBERS))
    assert report.main(["--markdown"]) == 0
    assert capsys.readouterr().out.startswith("| set |")
    monkeypatch.setattr(report, "newest_result", lambda: None)
    assert report.main([]) == 1
    assert "eval.run" in capsys.readouterr().err
