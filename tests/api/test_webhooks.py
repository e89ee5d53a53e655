"""Webhooks against a real receiver that verifies signatures, and fails, hangs, trickles and restarts."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from commands import Kb, runner
from standardwebhooks import Webhook
from webhook_receiver import PATIENCE, SECRET, Receiver

from api.delivering import MAX_ATTEMPTS, Deliverer, Refusal, retry_delay
from api.guarded_http import is_public
from api.webhooks import Delivery, WebhookOptions, event_body, send, webhook_options, webhook_senders
from kb.errors import InvalidInputError
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records import Records, Signal
from kb.settings import Settings

OTHER = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


@contextmanager
def reserved(port: int) -> Iterator[None]:
    """Keep others on this machine from listening there."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        yield


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(tmp_path) as opened:
        yield opened


@contextmanager
def delivering(
    records: Records, *targets: str, timeout: float = 2.0, secrets: tuple[str, ...] = (SECRET,)
) -> Iterator[None]:
    options = WebhookOptions(targets, tuple(Webhook(secret) for secret in secrets), allow_private=True, timeout=timeout)
    deliverer = Deliverer(records.events, webhook_senders(options))
    deliverer.start()
    try:
        yield
    finally:
        deliverer.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once, so that no test waits for them."""
    monkeypatch.setattr("api.delivering.FIRST_RETRY", 0.01)
    monkeypatch.setattr("api.delivering.GROWTH", 1.0)
    monkeypatch.setattr("api.delivering._POLL", 0.02)


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def add_gap(records: Records, gap_id: str = "gap_a") -> None:
    signal = Signal(SignalKind.NO_ANSWER, gap_id, "你们寄到挪威吗？", "zh")
    records.add_signal(signal, channel="api")


def a_delivery(target: str) -> Delivery:
    return Delivery("evt_1", target, "gap.opened", datetime(2026, 11, 22, tzinfo=UTC), {"gap_id": "gap_a"}, 1)


def test_a_receiver_gets_signed_events_that_the_library_verifies(records: Records) -> None:
    receiver = Receiver()
    with receiver.listening() as url, delivering(records, url):
        add_gap(records)
        records.update_gap("gap_a", who="Ada", status=GapStatus.RESOLVED)
        until(lambda: len(receiver.events) == 2)
        until(lambda: all(e.deliveries[0].state == "delivered" for e in records.events.newest()))
    assert [event["type"] for event in receiver.events] == ["gap.opened", "gap.resolved"]
    assert receiver.events[0]["data"]["label"] == "你们寄到挪威吗？"
    assert receiver.events[0]["timestamp"].endswith("Z")
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [e.id for e in reversed(records.events.newest())]


def test_a_served_help_centre_tells_what_happens(serve: Any) -> None:
    receiver = Receiver()
    with receiver.listening() as url:
        own = serve(webhook_urls=url, webhook_secret=SECRET, webhook_allow_private=True)
        answer = own.post("/v1/ask", json={"question": "How long until a bank transfer refund arrives?"}).json()
        vote = {"answer_id": answer["id"], "token": answer["feedback_token"], "rating": "up", "comment": "Ada here"}
        assert own.post("/v1/feedback", json=vote).status_code == 201
        until(lambda: {"article.stale", "feedback.created"} <= {event["type"] for event in receiver.events})
        own.__exit__()
    told = {event["type"]: event["data"] for event in receiver.events}
    assert told["article.stale"]["article_id"] == "en/billing/invoices"
    assert told["feedback.created"]["answer_id"] == answer["id"]
    assert b"Ada here" not in b"".join(body for _, body in receiver.got)


def test_settings_that_cannot_work_stop_the_server(serve: Any) -> None:
    with pytest.raises(InvalidInputError):
        serve(webhook_urls="https://a.example")


def test_a_failing_receiver_gets_the_same_bytes_under_the_same_id_until_it_takes_them(records: Records) -> None:
    receiver = Receiver(answers=[500, 302, 404])
    with receiver.listening() as url, delivering(records, url):
        add_gap(records)
        until(lambda: receiver.events)
    assert len(receiver.got) == 4
    assert len({(headers["webhook-id"], body) for headers, body in receiver.got}) == 1


@pytest.mark.parametrize("odd", [-1, -2])
def test_a_receiver_that_hangs_or_trickles_is_left_and_tried_again(records: Records, odd: int) -> None:
    receiver = Receiver(answers=[odd])
    with receiver.listening() as url, delivering(records, url, timeout=0.5):
        add_gap(records)
        until(lambda: receiver.events)
    assert len(receiver.got) == 2


def test_a_hanging_receiver_holds_up_no_other(records: Records) -> None:
    slow, quick = Receiver(answers=[-1]), Receiver()
    with slow.listening() as a, quick.listening() as b, delivering(records, a, b, timeout=PATIENCE):
        add_gap(records)
        until(lambda: quick.events)
        assert not slow.events
        slow.released.set()


def test_what_happens_while_receiver_or_server_are_away_arrives_later(records: Records) -> None:
    receiver = Receiver()
    with receiver.listening() as url, delivering(records, url):
        add_gap(records, "gap_1")
        until(lambda: receiver.events)
    add_gap(records, "gap_2")  # nobody delivers
    port = int(url.split(":")[2].split("/")[0])
    with reserved(port), delivering(records, url):  # nobody listens
        until(lambda: records.events.newest(1)[0].deliveries and records.events.newest(1)[0].deliveries[0].attempts > 1)
    with receiver.listening(port), delivering(records, url):
        until(lambda: len(receiver.events) == 2)
    assert [event["data"]["gap_id"] for event in receiver.events] == ["gap_1", "gap_2"]


def test_after_enough_attempts_an_event_is_given_up_listed_and_sent_again_on_demand(
    records: Records, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kb: Kb = runner(capsys)
    receiver = Receiver(answers=[500] * MAX_ATTEMPTS)
    with receiver.listening() as url, delivering(records, url):
        add_gap(records)
        until(lambda: records.events.newest(failed=True))
        assert len(receiver.got) == MAX_ATTEMPTS
        (dead,) = kb("events", "list", "--failed", "--data", tmp_path, "--json").json["data"]
        assert dead["deliveries"][0] | {"next_at": 0} == {
            "target": url, "state": "failed", "attempts": MAX_ATTEMPTS, "next_at": 0, "delivered_at": None,
            "last_error": "status 500",
        }  # fmt: skip
        assert f"failed\t{MAX_ATTEMPTS}\t{url}\tstatus 500" in kb("events", "list", "--data", tmp_path).out
        elsewhere = kb("events", "retry", dead["id"], "--target", "https://other.example", "--data", tmp_path)
        assert elsewhere.out == "0 deliveries begin anew\n"
        assert kb("events", "retry", dead["id"], "--data", tmp_path).out == "1 deliveries begin anew\n"
        until(lambda: receiver.events)
    assert kb("events", "list", "--failed", "--data", tmp_path, "--json").json["data"] == []
    assert kb("events", "retry", "--all", "--data", tmp_path, "--json").json["deliveries"] == 0
    assert kb("events", "retry", "evt_x", "--data", tmp_path).code == 1
    assert kb("events", "retry", "--data", tmp_path).code == 2


def test_a_receiver_that_is_gone_for_good_is_not_tried_again() -> None:
    receiver = Receiver(answers=[410, 429, 503], headers={"Retry-After": "7"})
    options = WebhookOptions((), (Webhook(SECRET),), allow_private=True)
    with receiver.listening() as url:
        refusals = [send(a_delivery(url), options, datetime.now(UTC)) for _ in range(4)]
    assert refusals == [
        Refusal("status 410", final=True, retry_after=7.0),
        Refusal("status 429", retry_after=7.0),
        Refusal("status 503", retry_after=7.0),
        None,
    ]


def test_while_secrets_change_either_one_verifies() -> None:
    options = WebhookOptions((), (Webhook(SECRET), Webhook(OTHER)), allow_private=True)
    for secret, taken in ((SECRET, 1), (OTHER, 1), ("whsec_" + "A" * 44, 0)):
        receiver = Receiver(secret=secret)
        with receiver.listening() as url:
            send(a_delivery(url), options, datetime.now(UTC))
        assert len(receiver.events) == taken


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_are_not_called(host: str) -> None:
    receiver = Receiver()
    with receiver.listening() as url:
        target = url.replace("127.0.0.1", host)
        refusal = send(a_delivery(target), WebhookOptions((), (Webhook(SECRET),)), datetime.now(UTC))
    assert refusal is not None
    assert "private network" in refusal.error
    assert receiver.got == []


def test_a_name_is_checked_by_the_address_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means a public address at first and then this machine (DNS rebinding) reaches nobody."""
    answers = iter(["10.1.2.3", "127.0.0.1"])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(answers), 80))])
    for _ in range(2):
        refusal = send(a_delivery("http://a.example/"), WebhookOptions((), (Webhook(SECRET),)), datetime.now(UTC))
        assert refusal is not None
        assert "private network" in refusal.error


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "127.0.0.1",
        "100.64.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "2002:7f00:1::",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"webhook_urls": "ftp://a.example"}, "KB_WEBHOOK_URLS"),
        ({"webhook_urls": "https://"}, "KB_WEBHOOK_URLS"),
        ({"webhook_urls": "https://[::1"}, "KB_WEBHOOK_URLS"),
        ({"webhook_urls": "https://u:p@a.example"}, "KB_WEBHOOK_URLS"),
        ({"webhook_urls": "http://a.example"}, "KB_WEBHOOK_URLS"),
        ({"webhook_secret": None}, "KB_WEBHOOK_SECRET"),
        ({"webhook_secret": "secret"}, "KB_WEBHOOK_SECRET"),
        ({"webhook_secret": "whsec_c2hvcnQ="}, "KB_WEBHOOK_SECRET"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(values: dict[str, Any], setting: str) -> None:
    given = {"webhook_urls": "https://a.example", "webhook_secret": SECRET, **values}
    with pytest.raises(InvalidInputError, match=setting):
        webhook_options(Settings(**given))


def test_settings_name_receivers_and_secrets_separated_by_commas(capsys: pytest.CaptureFixture[str]) -> None:
    made = runner(capsys)("events", "secret").out.strip()
    chosen = Settings(
        webhook_urls="https://a.example, https://b.example,https://a.example", webhook_secret=f"{SECRET},{made}"
    )
    options = webhook_options(chosen)
    assert options is not None
    assert options.targets == ("https://a.example", "https://b.example")
    assert len(options.signers) == 2
    assert webhook_options(Settings()) is None


def test_waiting_grows_and_ends() -> None:
    delays = [retry_delay(attempts, 0.5) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert delays[-1] is None
    assert all(delay is not None for delay in delays[:-1])
    assert retry_delay(1, 0.0) != retry_delay(1, 0.9)
    assert event_body(a_delivery("")) == event_body(a_delivery(""))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    """A public receiver must not be able to send us to a private one."""
    inside = Receiver()
    with inside.listening() as secret_place:
        outside = Receiver(answers=[status], headers={"Location": secret_place})
        with outside.listening() as url:
            options = WebhookOptions((url,), (Webhook(SECRET),), allow_private=True, timeout=5.0)
            refusal = send(a_delivery(url), options, datetime.now(UTC))
    assert refusal is not None
    assert str(status) in refusal.error
    assert (len(outside.got), inside.got) == (1, [])
