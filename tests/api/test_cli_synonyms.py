"""What the command line says about a synonym file that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.cli.app import run

if TYPE_CHECKING:
    from conftest import Site


def code_of(*arguments: object) -> int:
    try:
        run([str(argument) for argument in arguments])
    except SystemExit as done:
        return int(done.code or 0)
    return 0


@pytest.fixture
def broken(site: Site) -> Site:
    (site.articles / "synonyms.yaml").write_text("- [refund, 退款]\n- [oops\n", encoding="utf-8")
    return site


def test_lint_names_the_line_of_a_broken_synonym_file(broken: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("lint", broken.articles) == 1
    printed = capsys.readouterr().out
    assert any(line.startswith("synonyms.yaml:") and line.split(":")[1] in {"2", "3"} for line in printed.splitlines())


def test_the_doctor_names_the_broken_file_and_what_stays_in_force(
    broken: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_ARTICLES", str(broken.articles))
    assert code_of("doctor", "--data", broken.data) == 0  # a warning: the service goes on
    printed = capsys.readouterr().out
    assert "warning  synonyms" in printed
    assert f"{broken.articles / 'synonyms.yaml'}:" in printed
    assert "the last good file stays in force" in printed


def test_a_good_synonym_file_is_nothing_to_report(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.articles / "synonyms.yaml").write_text("- [refund, 退款]\n", encoding="utf-8")
    monkeypatch.setenv("KB_ARTICLES", str(site.articles))
    code_of("lint", site.articles)
    assert "synonyms.yaml" not in capsys.readouterr().out
    code_of("doctor", "--data", site.data)
    assert "ok       synonyms" in capsys.readouterr().out
