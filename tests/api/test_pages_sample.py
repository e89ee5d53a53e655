"""The page of drawn answers: what it shows, and the marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from httpx import Response
from parsed_page import HTML, csrf_of, read
from starlette.testclient import TestClient
from test_pages_owner import make_key, records_of, sign_in

from kb.records import Records
from kb.records.reviews import BANDS
from kb.records.samples import Sampled, SampleQuery

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture
def asked(serve: Any) -> TestClient:
    """A help centre on its first day: two questions answered, one not."""
    own: TestClient = serve()
    for question in ("When do I get my money back?", "退款到信用卡需要多久到账？", "Do you sell <b>boats</b>?"):
        read(own, f"/ask?q={question}")
    return own


def press(client: TestClient, action: str, answer_id: str) -> Response:
    """Press a button beside an answer."""
    form = next(f for f in read(client, "/owner/answers").forms if f.values.get("answer_id") == answer_id)
    return client.post("/owner/answers", data={**form.values, "action": action}, headers=HTML, follow_redirects=False)


def sample(client: TestClient) -> list[Sampled]:
    records = records_of(client)
    return list(records.samples.load(records.samples.draw(SampleQuery())))


def answered(client: TestClient) -> str:
    return next(s.id for s in sample(client) if s.document["outcome"] == "answered" and s.document["lang"] == "en")


def test_each_answer_is_shown_with_its_words_quote_source_and_confidence(asked: TestClient) -> None:
    page = read(asked, "/owner/answers")
    assert page.status == 200
    assert len(page.classes["drawn"]) == 3
    assert "When do I get my money back?" in page.text
    assert "Quoted: 1" in page.text
    assert "Confidence " in page.text
    assert "Do you sell &lt;b&gt;boats&lt;/b&gt;?" in page.html
    assert "<b>boats" not in page.html
    assert "no mark yet" in page.text


def test_a_mark_is_kept_with_who_and_counted(asked: TestClient) -> None:
    answer = answered(asked)
    reply = press(asked, "right", answer)
    assert reply.status_code == 303
    assert reply.headers["location"].endswith(f"#{answer}")
    page = read(asked, reply.headers["location"])
    assert "Noted." in page.text
    assert any(text.startswith("Right") and "local, " in text for text in page.classes["marks"])
    [row] = [line for line in records_of(asked).reviews.precision() if line.right.of]
    assert (row.right.count, row.right.of) == (1, 1)
    assert "21–100 %" in page.text
    reply = press(asked, "withdraw", answer)
    assert "Taken back." in read(asked, reply.headers["location"]).text
    assert not any(line.right.of for line in records_of(asked).reviews.precision())


def test_marks_on_answers_chosen_by_their_vote_do_not_count(asked: TestClient) -> None:
    answer = answered(asked)
    records_of(asked).vote(answer, "down", reasons=["incorrect"], comment="It did <not> help.")
    page = read(asked, "/owner/answers?vote=down&lang=zh")
    assert len(page.classes["drawn"]) == 1
    assert "It did &lt;not&gt; help." in page.html
    assert "公平的样本" in page.text
    form = next(form for form in page.forms if form.method == "post")
    data = {**form.values, "action": "wrong"}
    reply = asked.post("/owner/answers", data=data, headers=HTML, follow_redirects=False)
    assert "vote=down" in reply.headers["location"]
    [loaded] = records_of(asked).samples.load((answer,))
    assert loaded.review is not None
    assert not loaded.review.drawn
    assert not any(line.right.of for line in records_of(asked).reviews.precision())


def test_an_answer_becomes_a_signal_of_a_gap(asked: TestClient) -> None:
    answer = answered(asked)
    reply = press(asked, "flag", answer)
    page = read(asked, reply.headers["location"])
    assert "It is now a signal of a gap." in page.text
    gap_id = (
        next(link for link in page.links if link.startswith("/owner/gaps/gap_")).rpartition("/")[2].partition("?")[0]
    )
    summary = records_of(asked).get_gap(gap_id).summary
    assert summary.people == 0
    assert summary.label == "When do I get my money back?"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"answer_id": "ans_unknown", "action": "right"}, 404),
        ({"answer_id": "ans_unknown", "action": "flag"}, 404),
        ({"answer_id": "x", "action": "sideways"}, 422),
        ({"action": "right"}, 422),
    ],
)
def test_marks_that_make_no_sense_are_refused(asked: TestClient, data: dict[str, str], status: int) -> None:
    sent = {**data, "csrf": csrf_of(asked, "/owner/answers")}
    assert asked.post("/owner/answers", data=sent, headers=HTML).status_code == status


def test_forms_of_others_and_keys_that_only_read_change_nothing(asked: TestClient, site: Site) -> None:
    answer = answered(asked)
    data = {"answer_id": answer, "action": "right"}
    assert asked.post("/owner/answers", data=data, headers=HTML).status_code == 403
    with Records.open(site.data) as records:
        assert records.samples.load((answer,))[0].review is None
    sign_in(asked, make_key(site, "gaps:read"))
    page = read(asked, "/owner/answers")
    assert 'value="right"' not in page.html
    data["csrf"] = csrf_of(asked)
    assert asked.post("/owner/answers", data=data, headers=HTML).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["outcome=x&asked_in=fr&vote=1&draw=abc", "channel=%00", "owner=nobody-known", "draw=999", "done=x&gap=<b>"],
)
def test_what_cannot_be_read_counts_as_not_asked(asked: TestClient, query: str) -> None:
    page = read(asked, f"/owner/answers?{query}")
    assert page.status == 200
    assert "<b>" not in page.html.partition('class="notice"')[2][:200]


def test_without_questions_and_without_an_index_there_is_a_page(serve: Any, tmp_path: Any) -> None:
    page = read(serve(tmp_path / "empty"), "/owner/answers?lang=zh")
    assert page.status == 200
    assert "没有可显示的回答" in page.text


def test_bands_lie_beside_each_other() -> None:
    assert [band.high for band in BANDS[:-1]] == [band.low for band in BANDS[1:]]
    assert BANDS[-1].low < 1.0 < BANDS[-1].high
