"""The weekly mail against a real SMTP server: who gets it, once a week, also after failures and restarts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from commands import runner
from mail_box import Box
from parsed_page import parse

from api.digest import Digest, owner_digest
from api.mail import Mail, build_message
from api.pages.digest_mail import MailText, digest_mail
from api.weekly import Outcome, digest_for, names_of, scheduled, send_due, send_to
from api.workers import Workers
from kb.errors import IndexMissingError
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.index.live import LiveIndex
from kb.records import Records, Signal
from kb.records.history import Ruling, rule
from kb.settings import Settings
from tests.records.answer_samples import Clock

GOOD = "three plain words"
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)


class _NoIndex:
    def current(self) -> Any:
        raise IndexMissingError("nothing")


LIVE = cast("LiveIndex", _NoIndex())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[Records]:
    with Records.open(tmp_path, clock=clock) as opened:
        yield opened


def settings(address: str, **values: Any) -> Settings:
    given = {"smtp_url": f"smtp://{address}", "mail_from": "Help centre <help@example.com>",
             "site_url": "https://help.example.com"}  # fmt: skip
    return Settings(**{**given, **values})


def add_user(records: Records, name: str = "Ada", **values: Any) -> None:
    given = {"answers_for": ["billing"], "email": f"{name.lower()}@example.com", **values}
    records.users.add(name, GOOD, **given)


def add_gap(
    records: Records, gap_id: str = "gap_a", question: str = "Do you ship to Norway?", lang: Any = "en"
) -> None:
    records.add_signal(Signal(SignalKind.NO_ANSWER, gap_id, question, lang, owner="billing"), channel="api")


def verify(records: Records, gap_id: str) -> None:
    """Let a gap be verified, as only a check of its questions does it."""
    with records._db.writing() as connection:
        rule(connection, gap_id, GapStatus.RESOLVED, Ruling(GapStatus.VERIFIED, "Answered."), records._now())


def due(records: Records, address: str, now: datetime, **values: Any) -> list[tuple[str, str]]:
    return [(o.user, o.state) for o in send_due(records, LIVE, settings(address, **values), now)]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_the_mail_goes_out_once_a_week_from_its_day_and_hour_on(records: Records, clock: Clock) -> None:
    add_user(records)
    add_gap(records)
    box = Box()
    with box.open() as address:
        assert due(records, address, MONDAY - timedelta(seconds=1)) == []
        clock.now = MONDAY
        assert due(records, address, MONDAY) == [("Ada", "sent")]
        assert due(records, address, MONDAY + timedelta(hours=1)) == []
    (mail,) = box.mails
    assert mail["To"] == "ada@example.com"
    assert mail["From"] == "Help centre <help@example.com>"
    assert mail["Subject"] == "Help centre: your week, 1 open gap"
    assert mail["Message-ID"].startswith("<digest.2026-W48.usr_")
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        assert "Do you ship to Norway?" in body(mail, kind)
        assert "https://help.example.com/owner/gaps/gap_a" in body(mail, kind)


def test_nothing_is_sent_while_nothing_changes(records: Records, clock: Clock) -> None:
    add_user(records)
    box = Box()
    with box.open() as address:
        states = []
        for week in range(5):
            clock.now = MONDAY + week * timedelta(days=7)
            if week in (1, 4):
                add_gap(records)
            states += due(records, address, clock.now + timedelta(hours=1))
    assert [state for _, state in states] == ["nothing_new", "sent", "nothing_new", "nothing_new", "sent"]
    assert len(box.mails) == 2


def test_a_server_that_fails_is_tried_again_and_nothing_is_lost_or_doubled(records: Records, clock: Clock) -> None:
    add_user(records)
    add_user(records, "Bob", lang="zh")
    add_gap(records)
    clock.now = MONDAY
    box = Box(refuse=["451 try later", "421 closing"], refuse_to="bob@example.com")
    with box.open() as address:
        assert due(records, address, MONDAY) == [("Ada", "failed"), ("Bob", "failed")]
        assert due(records, address, MONDAY) == [("Ada", "sent"), ("Bob", "failed")]
        box.refuse_to = ""
        assert due(records, address, MONDAY) == [("Bob", "sent")]
    assert [mail["To"] for mail in box.mails] == ["ada@example.com", "bob@example.com"]


def test_while_there_is_no_server_the_mail_waits_for_the_rest_of_the_week(
    records: Records, clock: Clock, tmp_path: Path
) -> None:
    add_user(records)
    add_gap(records)
    clock.now = MONDAY
    box = Box()
    with box.open() as address:
        pass  # a server that has stopped
    assert due(records, address, MONDAY) == [("Ada", "failed")]
    records.close()
    clock.advance(days=6)
    with Records.open(tmp_path, clock=clock) as restarted, box.open() as address:
        assert due(restarted, address, clock.now) == [("Ada", "sent")]
    with Records.open(tmp_path, clock=clock) as again, box.open() as address:
        assert due(again, address, clock.now) == []
    assert len(box.mails) == 1


def test_who_gets_no_mail(records: Records, clock: Clock) -> None:
    add_user(records, "Silent", weekly_mail=False)
    add_user(records, "Nowhere", email=None)
    add_user(records, "Gone")
    records.users.disable("Gone")
    add_user(records, "Idle", answers_for=["nothing"])
    add_gap(records)
    clock.now = MONDAY + timedelta(hours=1)
    add_user(records, "Late")  # joined after this week's moment
    box = Box()
    with box.open() as address:
        assert due(records, address, clock.now) == [("Idle", "nothing_new")]
        asked = send_to(list(records.users.everyone()), records, LIVE, settings(address), clock.now)
    assert {(outcome.user, outcome.state) for outcome in asked} == {
        ("Silent", "unsendable"), ("Nowhere", "unsendable"), ("Gone", "unsendable"), ("Idle", "settled"), ("Late", "sent"),
    }  # fmt: skip
    assert [mail["To"] for mail in box.mails] == ["late@example.com"]


def test_only_one_process_sends_at_a_time(records: Records, clock: Clock) -> None:
    add_user(records)
    add_gap(records)
    clock.now = MONDAY
    assert records.leases.take("weekly-mail", "another", 60_000)
    with Box().open() as address:
        assert due(records, address, MONDAY) == [("Ada", "failed")]


def test_the_digest_begins_where_the_last_mail_ended(records: Records, clock: Clock) -> None:
    add_user(records)
    user = records.users.get("Ada")
    assert digest_for(user, records, LIVE, MONDAY).since == MONDAY - timedelta(days=7)
    clock.now = MONDAY
    records.digests.settle(user.id, "2026-W48", sent=True, content="", until=MONDAY)
    assert digest_for(user, records, LIVE, MONDAY + timedelta(days=14)).since == MONDAY
    assert digest_for(user, records, LIVE, MONDAY + timedelta(days=60)).since == MONDAY + timedelta(days=32)


def test_whose_gaps_are_told() -> None:
    with_user = {"id": "u", "name": "Ada", "email": None, "lang": "en", "weekly_mail": True,
                 "created_at": MONDAY, "disabled_at": None}  # fmt: skip
    from kb.records.users import User

    assert names_of(User(role="owner", answers_for=("a",), **with_user)) == ("a", "Ada")  # type: ignore[arg-type]
    assert names_of(User(role="admin", answers_for=("a",), **with_user)) == ("a", "Ada")  # type: ignore[arg-type]
    assert names_of(User(role="admin", answers_for=(), **with_user)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [("monday", 7, "2026-11-16T07"), ("sunday", 23, "2026-11-22T23"), ("friday", 0, "2026-11-20T00")],
)
def test_the_moment_of_a_week(day: str, hour: int, expected: str) -> None:
    for moment in (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 22, 23, 59, tzinfo=UTC)):
        assert scheduled(moment, day, hour).isoformat().startswith(expected)


# What the mail says


def a_digest(records: Records, clock: Clock) -> Digest:
    return owner_digest(records, LIVE, None, clock() - timedelta(days=7), clock())


def a_mail(records: Records, clock: Clock, **values: Any) -> MailText:
    given = {"name": "Ada", "lang": "en", "site_name": "Help centre", "site_url": "https://help.example.com", **values}
    return digest_mail(a_digest(records, clock), **given)


def test_both_parts_say_the_same_in_the_language_of_the_user(records: Records, clock: Clock) -> None:
    add_gap(records, "gap_a", "你们寄到挪威吗？", "zh")
    add_gap(records, "gap_b")
    records.update_gap("gap_b", who="x", status=GapStatus.RESOLVED)
    verify(records, "gap_b")
    clock.advance(minutes=1)
    mail = a_mail(records, clock, lang="zh")
    assert mail.subject == "Help centre：本周有 1 个待处理的缺口"
    page = parse(200, {}, mail.html)
    for heading in ("新增", "已解决并经过验证"):
        assert heading in mail.text
        assert heading in page.text
    assert "你们寄到挪威吗？" in page.links.values()
    assert page.lang == "zh-CN"
    assert "People" not in mail.text


def test_a_question_is_text_in_the_mail_whatever_it_holds(records: Records, clock: Clock) -> None:
    add_gap(records, question='<script>alert(1)</script>\n"><a href="javascript:x">')
    mail = a_mail(records, clock, site_name="Shop\r\nBcc: evil@example.com")
    page = parse(200, {}, mail.html)
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "body", "p", "h2", "ul", "li", "a", "b", "br", "small",
    }  # fmt: skip
    assert all(link.startswith("https://help.example.com/") for link in page.links)
    assert "\n" not in mail.subject
    message = build_message(Mail("id", "ada@example.com", mail.subject, mail.text, mail.html), "a@example.com", MONDAY)
    assert message["Bcc"] is None
    assert not re.search(r"src=|url\(", mail.html)


def test_without_a_public_address_the_mail_has_no_links(records: Records, clock: Clock) -> None:
    add_gap(records)
    mail = a_mail(records, clock, site_url="")
    assert "Do you ship to Norway?" in mail.text
    assert parse(200, {}, mail.html).links == {}


def test_what_is_not_listed_is_counted(records: Records, clock: Clock) -> None:
    for number in range(13):
        add_gap(records, f"gap_{number:02}", f"Question {number}?")
    assert "3 more on the board" in a_mail(records, clock).text


# The server and its settings


def test_a_password_is_given_to_a_server_on_this_machine_or_an_encrypted_one_only(
    records: Records, clock: Clock
) -> None:
    add_user(records)
    add_gap(records)
    clock.now = MONDAY
    box = Box()
    with box.open(authenticator=box.login, auth_require_tls=False) as address:
        assert due(records, f"kb:wrong@{address}", MONDAY) == [("Ada", "failed")]
        assert due(records, f"kb:p%40ss@{address}", MONDAY) == [("Ada", "sent")]
    assert box.logins[-1] == (b"kb", b"p@ss")


def test_a_server_without_encryption_is_refused_when_it_was_asked_for(records: Records, clock: Clock) -> None:
    add_user(records)
    add_gap(records)
    clock.now = MONDAY
    box = Box()
    with box.open() as address:
        outcomes = send_due(records, LIVE, settings("", smtp_url=f"smtp+starttls://kb:p@{address}"), MONDAY)
    assert [(o.state, "STARTTLS" in o.detail) for o in outcomes] == [("failed", True)]
    assert box.logins == []


# The command line and the served process


def test_the_command_prints_and_sends(
    records: Records, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = runner(capsys)
    add_user(records)
    add_gap(records)
    assert "- Do you ship to Norway? (People in 28 days: 1 · Open)" in kb("digest", "--data", tmp_path).out
    shown = kb("digest", "--owner", "billing", "--data", tmp_path, "--json").json["data"]
    assert [(digest["user"], digest["gaps_open"]) for digest in shown] == [("billing", 1)]
    assert kb("digest", "--send", "--data", tmp_path).code == 2
    box = Box()
    with box.open() as address:
        monkeypatch.setenv("KB_SMTP_URL", f"smtp://{address}")
        monkeypatch.setenv("KB_MAIL_FROM", "help@example.com")
        sent = [kb("digest", "--send", "--data", tmp_path, "--json").json["data"][0]["state"] for _ in range(2)]
    assert sent == ["sent", "settled"]
    assert len(box.mails) == 1
    assert kb("digest", "--send", "--owner", "Bob", "--data", tmp_path).code == 1


def test_a_served_help_centre_sends_by_itself(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.composition import open_service

    long_ago = Clock()
    long_ago.advance(days=-30)
    with Records.open(site.data, clock=long_ago) as records:
        add_user(records)
    with Records.open(site.data) as records:
        add_gap(records)
    box = Box()
    with box.open() as address:
        chosen = settings(address, data=site.data, digest_hour=0)
        with open_service(chosen) as opened:
            from api.workers import send_weekly_mail

            assert isinstance(Workers(opened), Workers)
            send_weekly_mail(opened)
            send_weekly_mail(opened)
    assert len(box.mails) == 1


def test_an_outcome_says_why() -> None:
    assert Outcome("Ada", "2026-W48", "failed", "x").detail == "x"
