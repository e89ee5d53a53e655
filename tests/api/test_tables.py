"""CSV that a spreadsheet opens right, and runs nothing of."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tables import csv_text
from kb.gaps.vocabulary import SignalKind
from kb.records import Records, Signal

if TYPE_CHECKING:
    from conftest import Site

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_begins_like_a_formula(sign: str) -> None:
    assert parsed(csv_text(("a",), [[f"{sign}1+1"]]))[1] == [f"'{sign}1+1"]


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_any_text_comes_back_as_it_was_but_for_the_quote_before_a_sign(rows: list[list[str]]) -> None:
    back = parsed(csv_text(("a", "b"), rows))[1:]
    assert back == [[f"'{cell}" if cell.startswith(SIGNS) else cell for cell in row] for row in rows]


def test_numbers_stay_numbers() -> None:
    assert csv_text(("a", "b", "c"), [[-1, -0.5, None]]) == "a,b,c\r\n-1,-0.5,\r\n"


def add_gap(data: Path) -> None:
    with Records.open(data) as records:
        question = '=HYPERLINK("https://evil.example","退款")'
        records.add_signal(Signal(SignalKind.NO_ANSWER, "gap_a", question, "zh", owner="@cmd"), channel="api")


def test_every_table_over_http_has_a_mark_and_no_formula(serve: Any, site: Site) -> None:
    add_gap(site.data)
    own = serve()
    for path in ("/v1/gaps.csv", "/v1/reports/kpis.csv"):
        body = own.get(path).content
        assert body.startswith("\ufeff".encode())
        assert not [cell for row in parsed(body.decode("utf-8-sig")) for cell in row if cell.startswith(SIGNS[:4])]
    (gap,) = csv.DictReader(io.StringIO(own.get("/v1/gaps.csv").content.decode("utf-8-sig")))
    assert gap["label"] == '\'=HYPERLINK("https://evil.example","退款")'
    assert gap["owner"] == "'@cmd"


def test_on_the_command_line_a_file_gets_the_mark_and_a_pipe_does_not(site: Site, tmp_path: Path) -> None:
    add_gap(site.data)
    code = "import sys; from api.cli import main; sys.argv = ['kb', 'gaps', 'export', '--data', sys.argv[1]]; main()"
    command = [sys.executable, "-c", code, str(site.data)]
    given = {**os.environ, "PYTHONUTF8": "1"}
    with (tmp_path / "gaps.csv").open("wb") as file:
        subprocess.run(command, stdout=file, check=True, env=given)
    piped = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=given).stdout
    assert (tmp_path / "gaps.csv").read_bytes() == "\ufeff".encode() + piped
    assert b"'=HYPERLINK" in piped
