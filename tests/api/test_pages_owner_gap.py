"""The page of one gap: what it shows, and every form on it, without JavaScript and in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from gap_samples import gap, records_of
from parsed_page import HTML, csrf_of, parse, read, submit
from starlette.testclient import TestClient
from stored_answers import stored

from api.pages.gap_history import entries, sentence
from api.pages.wording import words
from kb.gaps.alike import Representative, most_alike
from kb.gaps.telling import tell
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records.rows import GapChange, GapEvent

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DRAFT = """---
title: Shipping to Norway
lang: en
questions: [Do you ship to Norway?]
---

# Shipping to Norway

Yes, we ship to Norway. A parcel to Norway takes five working days and costs 12 euros.
"""


@pytest.fixture
def own(serve: Any) -> TestClient:
    client: TestClient = serve()
    gap(client, "gap_a", article_id="en/billing/refunds")
    gap(client, "gap_a", "Is Norway possible?", visitor="another", kind=SignalKind.ASKED_FOR_PERSON)
    gap(client, "gap_b", "Do you deliver to Norway?", terms=("deliver", "norway"))
    gap(client, "gap_c", "How old is the captain?", terms=("captain",))
    return client


PATH = "/owner/gaps/gap_a"


def send(client: TestClient, name: str, values: dict[str, Any]) -> Any:
    data = {"csrf": csrf_of(client, PATH), **values}
    return client.post(f"{PATH}/{name}", data=data, headers=HTML, follow_redirects=False)


def test_the_page_shows_the_need_the_people_and_what_to_write(own: TestClient) -> None:
    page = read(own, PATH)
    assert page.classes["crumbs"] == ["Knowledge gapsgap_a"]
    assert "Is Norway possible?" in page.text
    assert "People, 28 days2" in page.classes["figures"][0]
    assert any(link.startswith("/articles/en/billing/refunds.html") for link in page.links)
    assert "shown 1×" in page.text
    assert "title: Do you ship to Norway" in page.html
    assert "Asked for a person 1" in page.text
    assert page.form(f"{PATH}/replay#replay").names >= {"draft", "file", "article_id", "csrf"}
    assert read(own, "/owner/gaps/gap_unknown").status == 404


def test_answers_given_then_are_shown_with_their_source(own: TestClient) -> None:
    for visitor in ("v1", "v2"):
        link = stored(own, "suggested", id=f"ans_{visitor}")
        gap(own, "gap_a", answer_id=link.removeprefix("/a/"), visitor=visitor)
    page = read(own, PATH)
    assert "/a/ans_v2" in page.links or "/a/ans_v1" in page.links
    assert "2×" in page.classes["given"][0]
    assert "How long refunds take › Times by payment method" in page.classes["given"][0]
    assert "The time until the money is on your account" in page.classes["given"][0]


def test_a_gap_is_assigned_with_a_due_date_and_the_history_says_so(own: TestClient) -> None:
    values = {"owner": " shipping-docs ", "assignee": "ben", "due_on": "2027-01-31"}
    answer = submit(own, PATH, f"{PATH}/assign", values)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=assign#done")
    page = read(own, answer.headers["location"])
    assert "Saved: who works on it." in page.text
    for said in ("Status: Open → Assigned", "Owner: shipping-docs.", "ben writes.", "Due on 31 January 2027."):
        assert said in page.classes["history"][0]
    assert "this machine" in page.classes["history"][0]
    summary = records_of(own).get_gap("gap_a").summary
    assert (summary.status, summary.owner, summary.assignee) == (GapStatus.ASSIGNED, "shipping-docs", "ben")
    submit(own, PATH, f"{PATH}/assign", {"owner": "", "assignee": "", "due_on": ""})
    summary = records_of(own).get_gap("gap_a").summary
    assert (summary.owner, summary.assignee, summary.due_on) == (None, None, None)
    chinese = read(own, f"{PATH}?lang=zh").classes["history"][0]
    for said in (
        "状态：待处理 → 已分派",
        "负责人：shipping-docs。",
        "截止日期：2027年1月31日。",
        "不再有负责人。",
        "本机",
    ):
        assert said in chinese


def test_a_note_is_kept_as_text_and_a_claim_is_only_a_claim(own: TestClient) -> None:
    assert "is a claim" in read(own, PATH).text
    send(own, "status", {"to": "drafted", "note": "Draft on <b>Friday</b>."})
    send(own, "status", {"to": "resolved"})
    page = read(own, PATH)
    assert page.text.count("Draft on <b>Friday</b>.") == 1
    assert records_of(own).get_gap("gap_a").summary.status in (GapStatus.RESOLVED, GapStatus.REOPENED)


def test_dismissing_needs_a_reason_and_can_be_taken_back(own: TestClient) -> None:
    assert send(own, "dismiss", {"reason": "Not sold there."}).status_code == 303
    page = read(own, PATH)
    assert "Dismissed because: Not sold there." in page.text
    assert f"{PATH}/assign" not in {form.action for form in page.forms}
    assert send(own, "status", {"to": "reopened"}).status_code == 303
    assert records_of(own).get_gap("gap_a").summary.dismissed_reason is None


def test_a_gap_gets_another_name(own: TestClient) -> None:
    assert submit(own, PATH, f"{PATH}/rename", {"label": "Shipping  to\nNorway"}).status_code == 303
    assert read(own, PATH).title.startswith("Shipping to Norway")


def test_alike_gaps_are_offered_for_merging_and_any_other_is_found_by_searching(own: TestClient) -> None:
    gap(own, "gap_d", "Norway?", terms=("norway",))
    offered = read(own, "/owner/gaps/gap_d/merge")
    assert "Do you deliver to Norway?" in offered.classes["choices"][0]
    assert "captain" not in offered.classes["choices"][0]
    assert "captain" in read(own, "/owner/gaps/gap_d/merge?q=captain").classes["choices"][0]
    data = {"csrf": csrf_of(own, PATH), "into": "gap_b"}
    answer = own.post("/owner/gaps/gap_d/merge", data=data, headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/owner/gaps/gap_b?done=merge#done"
    assert read(own, "/owner/gaps/gap_d").headers["location"] == "/owner/gaps/gap_b?done=merge"
    assert "This gap stands for both" in read(own, "/owner/gaps/gap_b?done=merge").text


@pytest.mark.parametrize(("into", "said"), [("", "Choose the gap"), ("gap_a", "one already"), ("gap_z", "not there")])
def test_a_merge_that_cannot_be_is_said_on_its_page(own: TestClient, into: str, said: str) -> None:
    answer = send(own, "merge", {"into": into, "q": "captain"})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="captain"' in answer.text


def test_chosen_questions_become_a_gap_of_their_own(own: TestClient) -> None:
    answer = send(own, "split", {"question": ["Is Norway possible?"], "part": "Norway in general"})
    assert answer.status_code == 303
    page = read(own, answer.headers["location"])
    assert page.title.startswith("Norway in general")
    assert "This is the new gap." in page.text
    assert "split off from another one" in page.classes["history"][0]
    assert "Is Norway possible?" not in read(own, PATH).classes["questions"][0]


def test_asking_again_says_what_the_articles_answer_now(own: TestClient) -> None:
    answer = submit(own, PATH, f"{PATH}/verify")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=verify#done")
    page = read(own, answer.headers["location"])
    assert page.classes["now"] == ["no", "no"]
    assert "Last asked of the articles on" in page.text


@pytest.mark.parametrize(
    ("name", "values", "status", "said"),
    [
        ("assign", {"owner": "docs", "due_on": "soon"}, 422, "“soon” is no date."),
        ("assign", {"assignee": "x" * 201}, 422, "201 characters are too many"),
        ("status", {"to": "verified", "note": "I say so"}, 409, "From “Open” there is no way to “Verified”"),
        ("status", {"to": "sideways"}, 422, "This status is not known."),
        ("status", {"note": " "}, 422, "Write a note, or choose a status."),
        ("status", {"note": "y" * 2001}, 422, "2001 characters are too many"),
        ("dismiss", {"reason": ""}, 422, "Say why nothing is to be done."),
        ("rename", {"label": " "}, 422, "A gap needs a name."),
        ("split", {"part": "other"}, 422, "Tick the questions"),
        ("split", {"question": ["Do you ship to Norway?", "Is Norway possible?"]}, 422, "Nothing would be left here."),
        ("split", {"question": ["Never asked"]}, 422, "not here any more"),
    ],
)
def test_what_cannot_be_done_is_said_beside_the_form_and_nothing_typed_is_lost(
    own: TestClient, name: str, values: dict[str, Any], status: int, said: str
) -> None:
    answer = send(own, name, values)
    page = parse(answer.status_code, dict(answer.headers), answer.text)
    assert page.status == status
    assert any(said in notice for notice in page.classes["notice"])
    written = [typed for field, typed in values.items() if field not in ("to", "question")]
    assert all(typed.strip() in answer.text for typed in written)
    summary = records_of(own).get_gap("gap_a").summary
    assert (summary.status, summary.owner, summary.label) == (GapStatus.OPEN, None, "Do you ship to Norway?")


def test_a_form_that_nobody_knows_is_not_found(own: TestClient) -> None:
    assert send(own, "explode", {}).status_code == 404


def test_a_draft_is_tried_on_the_page_and_nothing_is_kept(own: TestClient) -> None:
    answer = send(own, "replay", {"draft": DRAFT, "article_id": "en/shipping/norway"})
    page = parse(answer.status_code, dict(answer.headers), answer.text)
    assert page.status == 200
    assert "now answered from the draft" in page.text
    assert "Nothing was changed." in page.text
    assert "Yes, we ship to Norway." in page.html
    assert "Shipping to Norway" not in read(own, PATH).text
    assert read(own, "/articles/en/shipping/norway.html").status == 404


def test_a_script_gets_the_box_alone_and_a_file_is_as_good_as_typing(own: TestClient) -> None:
    files = {"file": ("norway.md", DRAFT.encode(), "text/markdown")}
    data = {"csrf": csrf_of(own, PATH), "article_id": "en/shipping/norway"}
    answer = own.post(f"{PATH}/replay", data=data, files=files, headers={**HTML, "X-Part": "replay"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Yes, we ship to Norway." in answer.text
    assert read(own, f"{PATH}/replay").headers["location"] == PATH
    assert read(own, "/owner/gaps").headers["location"] == "/owner"


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("", "Paste a draft or choose a file first."),
        ("---\ntitle: [\n---\n", "The draft was not tried."),
        ("x" * 270_000, "larger than 256 kB"),
    ],
)
def test_a_draft_that_cannot_be_tried_comes_back_with_the_reason(own: TestClient, draft: str, said: str) -> None:
    answer = send(own, "replay", {"draft": draft})
    assert answer.status_code == 422
    assert said in answer.text
    assert len(draft) > 1000 or draft.strip() in answer.text


def test_the_page_works_without_an_index(serve: Any, tmp_path: Any) -> None:
    client = serve(tmp_path / "empty")
    path = gap(client, "gap_a")
    assert "No article comes close." in read(client, path).text
    data = {"csrf": csrf_of(client, path), "draft": "# Norway"}
    assert client.post(f"{path}/verify", data=data, headers=HTML).status_code == 422
    assert client.post(f"{path}/replay", data=data, headers=HTML).status_code == 422


def test_changes_of_one_moment_are_one_entry_newest_first() -> None:
    t = words("en")
    history = [
        GapEvent(NOW, "system", "created", None, None, ""),
        GapEvent(NOW, "ada", "status", "open", "assigned", "for <Ben>"),
        GapEvent(NOW, "ada", "owner", None, "docs", ""),
    ]
    first, second = entries(history, "en", t)
    assert (first.who, first.sentences, first.notes) == (
        "ada",
        ("Status: Open → Assigned", "Owner: docs."),
        (("for <Ben>", None),),
    )
    assert (second.who, second.notes) == ("by itself", ())


def test_what_an_older_version_has_said_stays_in_english_and_is_marked_so() -> None:
    old = GapEvent(NOW, "system", "status", "resolved", "reopened", "The claim does not hold.")
    new = GapEvent(NOW, "system", "status", "resolved", "reopened", "-", tell("claim_fails", revision="r-1"))
    assert [entries([event], "zh", words("zh"))[0].notes for event in (old, new)] == [
        (("The claim does not hold.", "en"),),
        (("在 r-1 里，这个说法不成立。", None),),
    ]


@pytest.mark.parametrize(
    ("field", "before", "after", "said"),
    [
        ("created", "gap_x", None, "split off from another one"),
        ("cause", "missing", "outdated", "now “Outdated”, it was “Missing”"),
        ("label", "a", "b", "Renamed: b"),
        ("merged_into", None, "gap_b", "came in by merging"),
        ("split", None, "gap_b", "gap of their own"),
        ("dismissed_reason", "x", None, "no longer holds"),
        ("invented_later", None, "z", "Changed (invented_later): z"),
        ("note", None, None, ""),
    ],
)
def test_every_event_is_a_sentence(field: str, before: str | None, after: str | None, said: str) -> None:
    told = sentence(GapEvent(NOW, "ada", field, before, after, ""), "en", words("en"))
    assert said in told
    assert bool(told) == bool(said)


def test_gaps_are_alike_by_their_vectors_else_by_their_words() -> None:
    import numpy as np

    def one(name: str, terms: str, vector: tuple[float, float] | None = None, encoder: str = "m") -> Representative:
        held = None if vector is None else np.array(vector, dtype=np.float32)
        return Representative(name, frozenset(terms.split()), held, encoder if vector else None)

    own = one("own", "ship norway", (1.0, 0.0))
    others = [
        one("words", "ship norway sweden"),
        one("near", "", (0.9, 0.1)),
        one("far", "ship norway", (-1.0, 0.0)),
        one("other model", "norway", (1.0, 0.0), "n"),
        one("nothing", "captain"),
    ]
    assert most_alike(own, others, 9) == ("near", "words", "other model")
    assert most_alike(own, [], 9) == ()


def test_the_change_of_a_gap_is_shown_to_the_reader_who_looks_next(own: TestClient) -> None:
    records_of(own).change_gap("gap_a", GapChange(due_on="2026-01-01", assignee="ada"), who="eve")
    page = read(own, PATH)
    assert any("d late" in text for text in page.classes["late"])
    assert "eve" in page.classes["history"][0]


def test_what_the_service_says_of_a_gap_is_in_the_language_of_the_page(serve: Any) -> None:
    client = serve()
    gap(client, "gap_a")
    gap(client, "gap_b", "Can I have it sent to Oslo?")
    records = records_of(client)
    records.merging.merge(["gap_b"], "gap_a", who="Ada")
    records.merging.split("gap_a", ["Can I have it sent to Oslo?"], who="Ada")
    page = read(client, "/owner/gaps/gap_a?lang=zh")
    assert "没有内容能回答：1 个信号里有 1 个。" in page.text
    assert "1 个问题" in page.text
    assert "No passage answered" not in page.text
    english = read(client, "/owner/gaps/gap_a?lang=en")
    assert "No passage answered: 1 of 1 signal." in english.text
