"""The Atom feed of gaps, read with a real feed reader's parser."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree as ET

import feedparser
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.atom import FeedHead, atom_feed, feed_namespace
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.records import Records, Signal
from kb.records.feed import FeedEntry
from kb.records.rows import GapChange, GapSummary

if TYPE_CHECKING:
    from api.state import AppState

MOMENT = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)
NAMESPACE = feed_namespace(b"secret")


def records_of(client: TestClient) -> Records:
    return cast("AppState", cast("FastAPI", client.app).state.kb).opened.records


def add_gap(client: TestClient, gap_id: str, question: str = "Do you ship to Norway?", **values: Any) -> None:
    signal = Signal(SignalKind.NO_ANSWER, gap_id, question, values.pop("lang", "en"), **values)
    records_of(client).add_signal(signal, channel="api", visitor="somebody")


def fetch(client: TestClient, query: str = "", **headers: str) -> Any:
    response = client.get(f"/v1/gaps.atom{query}", headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/atom+xml"
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def titles(parsed: Any) -> list[str]:
    return [entry.title for entry in parsed.entries]


def an_entry(**values: Any) -> FeedEntry:
    given = {"id": "gap_a", "label": "Norway?", "lang": "en", "status": GapStatus.OPEN, "cause": Cause.MISSING,
             "cause_evidence": "", "owner": None, "people": 3, "person_requests": 0, "signals": 3, "kinds": {},
             "created_at": MOMENT, "last_signal_at": MOMENT, **values}  # fmt: skip
    return FeedEntry(GapSummary(**given), MOMENT)


def a_feed(*entries: FeedEntry, **values: Any) -> bytes:
    given = {"title": "Gaps", "author": "Shop", "site_url": "https://help.example.com", "path": "/v1/gaps.atom",
             "namespace": NAMESPACE, "updated": MOMENT, **values}  # fmt: skip
    return atom_feed(FeedHead(**given), entries)


def test_the_feed_lists_what_changed_last_first(serve: Any) -> None:
    own = serve(site_url="https://help.example.com", site_name="Shop help")
    add_gap(own, "gap_a", owner="shipping")
    add_gap(own, "gap_b", "你们寄到挪威吗？", lang="zh", owner="shipping")
    records_of(own).change_gap("gap_a", GapChange(status=GapStatus.DRAFTED), who="Ada")
    feed = fetch(own)
    assert feed.feed.title == "Shop help: gaps"
    assert feed.feed.links[0]["href"] == "https://help.example.com/v1/gaps.atom"
    assert titles(feed) == ["Do you ship to Norway?", "你们寄到挪威吗？"]
    first = feed.entries[0]
    assert first.link == "https://help.example.com/owner/gaps/gap_a"
    assert first.summary == "drafted, missing, 1 person in 28 days, owner: shipping"
    assert {tag["term"] for tag in first.tags} == {"drafted", "missing"}
    assert feed.entries[1].title_detail.language == "zh"


def test_ids_stay_and_times_move_only_when_something_becomes_of_a_gap(serve: Any) -> None:
    own = serve()
    add_gap(own, "gap_a")
    before = fetch(own).entries[0]
    uuid.UUID(before.id.removeprefix("urn:uuid:"))
    add_gap(own, "gap_a")
    same = fetch(own).entries[0]
    assert (same.id, same.updated) == (before.id, before.updated)
    records_of(own).change_gap("gap_a", GapChange(label="Shipping to Norway"), who="Ada")
    renamed = fetch(own).entries[0]
    assert (renamed.id, renamed.title) == (before.id, "Shipping to Norway")
    assert renamed.updated >= before.updated


def test_a_feed_of_one_owner_has_what_is_owned_or_assigned(serve: Any) -> None:
    own = serve()
    add_gap(own, "gap_owned", "Owned?", owner="docs & more")
    add_gap(own, "gap_assigned", "Assigned?", owner="else")
    add_gap(own, "gap_nobody", "Nobody?", lang="zh")
    records_of(own).change_gap("gap_assigned", GapChange(assignee="docs & more"), who="Ada")
    assert set(titles(fetch(own, "?owner=docs%20%26%20more"))) == {"Owned?", "Assigned?"}
    assert titles(fetch(own, "?owner=")) == ["Nobody?"]
    assert titles(fetch(own, "?status=assigned")) == ["Assigned?"]
    assert titles(fetch(own, "?lang=zh")) == ["Nobody?"]
    assert titles(fetch(own, "?cause=conflict")) == []
    assert own.get("/v1/gaps.atom?status=odd").status_code == 422


def test_a_feed_reader_gives_the_key_as_a_password(serve: Any) -> None:
    own = serve(host="0.0.0.0")
    _, reader = records_of(own).create_key("reader", "secret", ["gaps:read"])
    _, asker = records_of(own).create_key("asker", "secret", ["ask"])
    asked = own.get("/v1/gaps.atom")
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert own.get("/v1/gaps.atom", auth=("anybody", reader)).status_code == 200
    assert own.get("/v1/gaps.atom", auth=("anybody", asker)).status_code == 403
    assert own.get("/v1/gaps.atom", auth=("anybody", "kb_sk_wrong")).status_code == 401
    assert own.get("/v1/gaps.atom", headers={"Authorization": "Basic !"}).status_code == 401
    assert own.get("/v1/gaps", auth=("anybody", reader)).status_code == 401


def test_a_reader_that_has_it_gets_nothing(serve: Any) -> None:
    own = serve()
    add_gap(own, "gap_a")
    etag = own.get("/v1/gaps.atom").headers["etag"]
    again = own.get("/v1/gaps.atom", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    records_of(own).change_gap("gap_a", GapChange(status=GapStatus.DRAFTED), who="Ada")
    assert own.get("/v1/gaps.atom", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "label",
    [
        "<b>&amp;</b> ]]> \"'",
        "a\x00b\x0bc\ufffe",
        "emoji 🎁 \ud800",
        "line\nbreak\ttab",
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    ],
)
def test_whatever_a_question_holds_the_feed_is_well_formed(label: str) -> None:
    document = a_feed(an_entry(label=label, owner=label), title=label, path="/v1/gaps.atom?owner=%00&x=<")
    root = ET.fromstring(document)
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    parsed = feedparser.parse(document)
    assert not parsed.bozo


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({}, "open, missing, 3 people in 28 days, owner: nobody yet"),
        ({"people": 1, "owner": "shipping"}, "open, missing, 1 person in 28 days, owner: shipping"),
        ({"assignee": "ada"}, "open, missing, 3 people in 28 days, owner: nobody yet, writer: ada"),
    ],
)
def test_the_summary_tells_the_owner_from_who_writes(values: dict[str, Any], summary: str) -> None:
    [entry] = feedparser.parse(a_feed(an_entry(**values))).entries
    assert entry.summary == summary


def test_markup_in_a_question_is_text() -> None:
    root = ET.fromstring(a_feed(an_entry(label="<b>bold</b> & more")))
    title = root.find("{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}title")
    assert title is not None
    assert title.text == "<b>bold</b> & more"
    assert title.get("type") is None  # text, by RFC 4287 section 3.1.1


def test_every_element_that_atom_requires_is_there() -> None:
    """RFC 4287: a feed and each entry have exactly one id, title and updated; the author of the feed is that of all."""
    name = "{http://www.w3.org/2005/Atom}%s"
    for document in (a_feed(), a_feed(an_entry(label=" "), an_entry(id="gap_b"))):
        root = ET.fromstring(document)
        assert len(root.findall(name % "author")) == 1
        for element in (root, *root.findall(name % "entry")):
            for required in ("id", "title", "updated"):
                found = element.findall(name % required)
                assert len(found) == 1
                assert (found[0].text or "").strip()
        ids = [element.text for element in root.iter(name % "id")]
        assert len(ids) == len(set(ids))


def test_two_installations_never_share_an_id() -> None:
    ids = {
        feedparser.parse(a_feed(an_entry(), namespace=feed_namespace(secret))).entries[0].id for secret in (b"a", b"b")
    }
    assert len(ids) == 2
