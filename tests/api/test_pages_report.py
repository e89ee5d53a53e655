"""The page of figures: tiles, charts with their tables, filters, and the same figures elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from parsed_page import Page, read
from starlette.testclient import TestClient
from test_pages_owner import gap, records_of

from api.pages.charts import HEIGHT, WIDTH, scale_top, stack
from api.pages.owner_report import ReportFilter
from kb.records.figures import Bounds, SeriesPoint, Share
from kb.records.samples import SampleQuery
from kb.types import Outcome

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def always_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.owner_report._KEEP_FROM", float("inf"))
    monkeypatch.setattr("api.pages.owner_report._WAIT", None)


@pytest.fixture
def asked(serve: Any) -> TestClient:
    own: TestClient = serve()
    for question in (
        "When do I get my money back?",
        "When do I get my money back?",
        "退款到信用卡需要多久到账？",
        "talk to a person",
    ):
        read(own, f"/ask?q={question}")
    return own


def tile(page: Page, title: str) -> str:
    return page.text.partition(title)[2][:120]


def test_tiles_say_what_is_sure_and_what_is_not(asked: TestClient) -> None:
    page = read(asked, "/owner/report")
    assert page.status == 200
    assert tile(page, "Questions").startswith("4")
    assert "0–75 %" in tile(page, "Self-service rate")
    assert "0 of 4 conversations surely, at most 3" in page.text
    assert tile(page, "Found helpful").startswith("–")
    assert "1 · 25 %" in page.text  # handed over


def test_the_helpful_rate_has_its_interval(asked: TestClient) -> None:
    records = records_of(asked)
    records.flush()
    for answer in records.samples.load(records.samples.draw(SampleQuery(outcome=Outcome.ANSWERED))):
        records.vote(answer.id, "up")
    page = read(asked, "/owner/report")
    assert tile(page, "Found helpful").startswith("100 %of 3 votes95 % interval 44–100 %")


def test_every_chart_has_a_table(asked: TestClient) -> None:
    page = read(asked, "/owner/report")
    pictures = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    assert all(attributes["aria-label"] for attributes in pictures)
    today = datetime.now(UTC).date()
    assert f"{today.day} " in page.text
    assert page.html.count("<details>") == 1
    assert "Asked back00" not in page.text


def test_filters_narrow_the_figures_and_go_along_to_the_exports(asked: TestClient) -> None:
    page = read(asked, "/owner/report?asked_in=zh&channel=help_page&offset=8&lang=en")
    assert tile(page, "Questions").startswith("1")
    csv = next(link for link in page.links if link.startswith("/v1/reports/kpis.csv?"))
    answer = asked.get(csv)
    assert answer.status_code == 200
    assert "questions,1" in answer.text
    json = asked.get(csv.replace(".csv", "")).json()
    assert json["questions"] == 1
    assert "UTC+8" in page.text
    assert tile(read(asked, "/owner/report?channel=nowhere"), "Questions").startswith("0")


def test_the_page_speaks_chinese(asked: TestClient) -> None:
    page = read(asked, "/owner/report?lang=zh")
    assert "<title>报告 · 帮助中心</title>" in page.html
    assert "自助解决率" in page.text


def test_questions_and_channels_are_text(serve: Any) -> None:
    own = serve()
    for _ in range(2):
        read(own, "/ask?q=Is <b>this</b> a boat?")
    gap(own, "gap_a")
    page = read(own, '/owner/report?channel="><script>&category=<i>')
    assert "<script>" not in page.html.partition("</head>")[2]
    assert "<i>" not in page.html.replace("<i></i>", "")
    assert "<b>this" not in read(own, "/owner/report").html


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({}, "2026-10-26", "2026-11-22"),
        ({"first": "2026-11-01", "last": "2026-11-03"}, "2026-11-01", "2026-11-03"),
        ({"first": "2026-11-03", "last": "2026-11-01"}, "2026-11-01", "2026-11-03"),
        ({"first": "tomorrow", "last": "1900-01-01"}, "2026-10-26", "2026-11-22"),
        ({"first": "2001-01-01", "last": "2026-11-22"}, "2024-09-13", "2026-11-22"),
    ],
)
def test_days_that_make_no_sense_are_put_right(given: dict[str, str], first: str, last: str) -> None:
    clean = ReportFilter(**given).clean(TODAY)
    assert (clean.first, clean.last) == (first, last)
    assert clean.period.end - clean.period.start == timedelta(days=clean.days)


def test_both_days_count() -> None:
    clean = ReportFilter(first="2026-11-01", last="2026-11-03", offset="8").clean(TODAY)
    assert clean.days == 3
    assert clean.call() == {"from": "2026-11-01", "to": "2026-11-04", "utc_offset": "480"}
    assert ReportFilter(offset="99").clean(TODAY).period.utc_offset == 0


def test_a_long_period_is_drawn_in_weeks(asked: TestClient) -> None:
    first = (datetime.now(UTC).date() - timedelta(days=100)).isoformat()
    assert "Week from" in read(asked, f"/owner/report?first={first}").text


def test_while_figures_are_counted_the_page_opens_again_by_itself(
    asked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.owner_report._counted", lambda *_: None)
    page = read(asked, "/owner/report")
    assert page.status == 200
    assert ("meta", {"http-equiv": "refresh", "content": "2"}) in page.tags
    assert "The figures are being counted." in page.text


def point(day: int, **outcomes: int) -> SeriesPoint:
    start = datetime(2026, 11, day, tzinfo=UTC)
    none = Share(0, 0)
    counts = {Outcome(name): count for name, count in outcomes.items()}
    return SeriesPoint(start, start + timedelta(days=1), sum(outcomes.values()), 0, 0, counts, Bounds(none, none), none)


def test_columns_are_stacked_up_to_their_total() -> None:
    made = stack([point(1, answered=6, no_answer=2), point(2), point(3, answered=10)], weekly=False)
    assert [line.value for line in made.lines] == [0, 5, 10]
    first, empty, full = made.columns
    assert sum(piece.height for piece in first.pieces) == pytest.approx(HEIGHT * 0.8)
    assert first.pieces[0].y + first.pieces[0].height == HEIGHT
    assert first.pieces[1].y + first.pieces[1].height == pytest.approx(first.pieces[0].y)
    assert empty.pieces == ()
    assert full.pieces[0].y == 0
    assert full.x + full.width <= WIDTH


def test_few_days_are_labelled_all_and_many_some() -> None:
    assert all(column.label for column in stack([point(day) for day in range(1, 8)], weekly=False).columns)
    assert sum(column.label for column in stack([point(day) for day in range(1, 29)], weekly=False).columns) == 7


def test_the_scale_ends_at_a_number_that_can_be_halved() -> None:
    for most in (0, 1, 7, 99, 101, 12_345):
        top = scale_top(most)
        assert top >= most
        assert top % 2 == 0
