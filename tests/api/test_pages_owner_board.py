"""The board of gaps: views, filters in the address, ranking shown, changes to several gaps, without JavaScript."""

from __future__ import annotations

import csv
import io
import itertools
import re
from typing import Any

import pytest
from desk_data import Desk, fill
from gap_samples import gap, records_of
from parsed_page import HTML, Page, csrf_of, read
from starlette.testclient import TestClient

from api.pages.sparkline import sparkline
from api.pages.wording import words
from kb.gaps.vocabulary import GapStatus
from kb.records.rows import GapChange


def listed(page: Page) -> list[str]:
    return [
        link.rpartition("/")[2] for link in page.links if re.fullmatch(r"/owner/gaps/gap_\w+", link.partition("?")[0])
    ]


def bulk(client: TestClient, action: str, *gaps: str, **values: str) -> Any:
    data = {"gap": list(gaps), "action": action, "csrf": csrf_of(client), **values}
    return client.post("/owner/gaps", data=data, headers=HTML, follow_redirects=False)


@pytest.fixture
def own(serve: Any) -> TestClient:
    """A server with three gaps: two active ones, one dismissed."""
    client: TestClient = serve()
    gap(client, "gap_a", owner="shipping")
    gap(client, "gap_a", owner="shipping", visitor="another")
    gap(client, "gap_b", "你们寄到挪威吗？", lang="zh")
    gap(client, "gap_c", "How old is the captain?")
    records_of(client).change_gap(
        "gap_c", GapChange(status=GapStatus.DISMISSED, dismissed_reason="A joke.", due_on="2026-01-01"), who="x"
    )
    return client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["gap_a", "gap_b"]),
        ("status=dismissed", ["gap_c"]),
        ("status=all", ["gap_a", "gap_b", "gap_c"]),
        ("gap_lang=zh", ["gap_b"]),
        ("owner=shipping", ["gap_a"]),
        ("owner=:nobody", ["gap_b"]),
        ("owner=:mine", []),
        ("cause=conflict", []),
        ("view=ours", []),
        ("view=all", ["gap_a", "gap_b"]),
        ("q=NORWAY", ["gap_a"]),
        ("q=挪威", ["gap_b"]),
        ("due=late", []),
        ("status=nonsense&cause=nonsense&gap_lang=xx&view=xx&due=xx&cursor=xx", ["gap_a", "gap_b"]),
    ],
)
def test_filters_are_in_the_address_and_nonsense_is_no_filter(own: TestClient, query: str, found: list[str]) -> None:
    page = read(own, f"/owner?{query}")
    assert page.status == 200
    assert listed(page) == found
    for table in (f"/owner/gaps.csv?{query}", *(link for link in page.links if ".csv" in link)):
        rows = csv.DictReader(io.StringIO(own.get(table).content.decode("utf-8-sig")))
        assert [row["id"] for row in rows] == found


def test_the_table_says_who_writes_until_when_and_why_nothing_is_done(own: TestClient) -> None:
    records_of(own).change_gap("gap_a", GapChange(assignee="ada", due_on="2026-12-01"), who="x")
    rows = csv.DictReader(io.StringIO(own.get("/owner/gaps.csv?status=all").content.decode("utf-8-sig")))
    told = {row["id"]: (row["owner"], row["assignee"], row["due_on"], row["dismissed_reason"]) for row in rows}
    assert told["gap_a"] == ("shipping", "ada", "2026-12-01", "")
    assert told["gap_c"] == ("", "", "2026-01-01", "A joke.")


def test_mine_are_the_gaps_that_name_me(own: TestClient) -> None:
    records_of(own).change_gap("gap_b", GapChange(assignee="local"), who="x")
    assert listed(read(own, "/owner?owner=:mine")) == ["gap_b"]


def test_views_say_how_much_they_hold_and_keep_the_filters(own: TestClient) -> None:
    page = read(own, "/owner?q=norway&gap_lang=en")
    assert page.links["/owner?view=ours&gap_lang=en&q=norway"] == "Ours: not found 0"
    assert page.links["/owner?gap_lang=en&q=norway"] == "To write 2"
    assert page.form("/owner").values["q"] == "norway"


@pytest.mark.parametrize(
    ("query", "words_"),
    [("cause=conflict", "No gap matches these filters"), ("view=ours", "Everything that is written is found")],
)
def test_an_empty_view_says_why(own: TestClient, query: str, words_: str) -> None:
    assert words_ in read(own, f"/owner?{query}").text


def test_a_new_board_says_what_will_come(serve: Any) -> None:
    assert "No gaps yet" in read(serve(), "/owner").text


def test_overdue_gaps_are_marked(own: TestClient) -> None:
    records_of(own).change_gap("gap_a", GapChange(due_on="2026-01-01"), who="x")
    page = read(own, "/owner?due=late")
    assert listed(page) == ["gap_a"]
    assert any("d late" in text for text in page.classes["late"])


def test_all_pages_together_hold_every_gap_once_in_order(serve: Any, site: Any) -> None:
    fill(site.data, Desk(gaps=130, signals=400))
    client = serve()
    path, seen, people = "/owner?view=all&status=all", [], []
    for _ in range(3):
        page = read(client, path)
        seen += listed(page)
        people += [int(text) for text in page.classes["people"]]
        path = next((link for link, text in page.links.items() if text == "Next page"), "")
    assert path == ""
    assert (len(seen), len(set(seen))) == (130, 130)
    assert people == sorted(people, reverse=True)
    assert "Gaps: 130." in page.text


def test_several_gaps_are_assigned_at_once(own: TestClient) -> None:
    answer = bulk(own, "assign", "gap_a", "gap_b", owner=" docs ", due_on="2027-01-31", back="q=n&lang=zh&evil=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/owner?q=n&done=assign&n=2#board"
    for gap_id in ("gap_a", "gap_b"):
        summary = records_of(own).get_gap(gap_id).summary
        assert (summary.owner, str(summary.due_on), summary.status) == ("docs", "2027-01-31", GapStatus.ASSIGNED)
    assert "Assigned: 2." in read(own, answer.headers["location"]).text


def test_several_gaps_are_dismissed_with_one_reason(own: TestClient) -> None:
    assert bulk(own, "dismiss", "gap_a", "gap_b", reason="Not sold there.").status_code == 303
    assert records_of(own).get_gap("gap_b").summary.dismissed_reason == "Not sold there."


def test_merging_keeps_the_name_of_the_gap_with_most_people(own: TestClient) -> None:
    assert bulk(own, "merge", "gap_b", "gap_a").status_code == 303
    assert listed(read(own, "/owner")) == ["gap_a"]
    assert records_of(own).get_gap("gap_b").summary.id == "gap_a"


@pytest.mark.parametrize(
    ("action", "gaps", "values", "said"),
    [
        ("assign", (), {"owner": "docs"}, "No gap is chosen."),
        ("assign", ("gap_a",), {}, "Name an owner"),
        ("assign", ("gap_a",), {"due_on": "31.1.27", "owner": "docs"}, "“31.1.27” is no date."),
        ("assign", ("gap_a",), {"owner": "x" * 201}, "201 characters are too many"),
        ("dismiss", ("gap_a",), {"reason": " "}, "Say why nothing is to be done."),
        ("merge", ("gap_a",), {}, "Choose at least two gaps"),
        ("merge", ("gap_a", "gap_z"), {}, "One of the gaps is gone."),
    ],
)
def test_what_cannot_be_done_is_said_with_everything_that_was_typed(
    own: TestClient, action: str, gaps: tuple[str, ...], values: dict[str, str], said: str
) -> None:
    answer = bulk(own, action, *gaps, **values)
    assert answer.status_code == 409
    assert said in answer.text
    for typed in values.values():
        assert f'value="{typed}"' in answer.text
    assert answer.text.count(" checked") == len([g for g in gaps if g != "gap_z"])
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.OPEN


def test_of_several_gaps_those_that_can_be_changed_are(own: TestClient) -> None:
    answer = bulk(own, "dismiss", "gap_a", "gap_c", "gap_z", reason="x")
    assert answer.status_code == 409
    assert "Dismissed: 2." in answer.text
    assert "One of the gaps is gone." in answer.text
    assert records_of(own).get_gap("gap_a").summary.status is GapStatus.DISMISSED


def test_an_unknown_action_is_refused(own: TestClient) -> None:
    assert bulk(own, "explode", "gap_a").status_code == 422


def test_a_hostile_question_is_text(serve: Any) -> None:
    client = serve()
    typed = "\"><img src=x onerror=alert(1)> {{ 7*7 }} '</script>"
    path = gap(client, "gap_a", typed)
    for page in (read(client, "/owner"), read(client, path), read(client, f"{path}/merge")):
        assert not [a for tag, a in page.tags if tag == "img"]
        assert "49" not in page.text
        assert not [a for tag, a in page.tags if any(name.startswith("on") or name == "style" for name in a)]
        assert all(a.get("src", "").startswith("/static/") for tag, a in page.tags if tag == "script")
    assert typed in read(client, "/owner").text


def test_the_board_speaks_both_languages(own: TestClient) -> None:
    page = read(own, "/owner?lang=zh")
    assert "按近 28 天人数排序" in page.text
    assert page.form("/owner").values["lang"] == "zh"
    labels = [a for tag, a in page.tags if tag == "svg" and a.get("aria-hidden") != "true"]
    assert {(a["role"], a["aria-label"][:4]) for a in labels} == {("img", "每周人数")}


def test_every_field_has_a_label_and_headings_go_in_order(own: TestClient) -> None:
    for path in ("/owner", "/owner/gaps/gap_a", "/owner/gaps/gap_a/merge"):
        page = read(own, path)
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), path
        assert len(page.ids) == len(set(page.ids)), path
        inside = re.findall(r"<label[^>]*>(?:(?!</label>).)*</label>", page.html, re.S)
        wrapped = sum(len(re.findall(r"<(?:input|select|textarea)\b", label)) for label in inside)
        labelled = {a["for"] for tag, a in page.tags if tag == "label" and "for" in a}
        fields = [a for tag, a in page.tags if tag in ("input", "select", "textarea") and a.get("type") != "hidden"]
        assert len(fields) == wrapped + len([a for a in fields if a.get("id") in labelled]), path


def test_bars_show_small_counts_beside_large_ones_and_nothing_as_a_line() -> None:
    picture = sparkline((0, 1, 1000), words("en"))
    assert [bar.height for bar in picture.bars] == [1.0, 1.5, 20.0]
    assert [bar.last for bar in picture.bars] == [False, False, True]
    assert picture.label == "People a week, oldest week first: 0, 1, 1000"
    assert sparkline((), words("en")).bars == ()
