"""The network side against a real server that answers well, slowly, wrongly and not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kb.errors import GeneratorError
from kb.generator.endpoint import Endpoint, EndpointOptions, Stop
from tests.model_server import ModelServer, Reply, breaks_off, drips, event, hangs, says, says_at_once, sends

MESSAGES = [{"role": "user", "content": "?"}]
Connect = Callable[..., Endpoint]


@pytest.fixture
def connect(model: ModelServer) -> Iterator[Connect]:
    opened: list[Endpoint] = []

    def open_endpoint(url: str = "", **options: Any) -> Endpoint:
        opened.append(Endpoint(EndpointOptions(url or model.url, "m", **{"timeout": 20.0, **options})))
        return opened[-1]

    yield open_endpoint
    for endpoint in opened:
        endpoint.close()


def failure(endpoint: Endpoint) -> GeneratorError:
    with pytest.raises(GeneratorError) as caught:
        list(endpoint.stream(MESSAGES))
    return caught.value


@pytest.mark.parametrize("reply", [says("Hello 世界."), says("Hello 世界.", size=1), says_at_once("Hello 世界.")])
def test_text_arrives_from_servers_that_stream_and_that_do_not(
    model: ModelServer, connect: Connect, reply: Reply
) -> None:
    model.answers = lambda _: reply
    assert "".join(connect(key="sk-1", max_tokens=99).stream(MESSAGES)) == "Hello 世界."
    request = model.requests[0]
    assert request["path"] == "/v1/chat/completions"
    assert (request["model"], request["temperature"], request["max_tokens"]) == ("m", 0, 99)
    assert request["messages"] == MESSAGES
    assert model.keys == ["Bearer sk-1"]


def test_the_whole_address_may_be_given_and_no_key_is_sent_without_one(model: ModelServer, connect: Connect) -> None:
    model.answers = lambda _: says("x")
    assert list(connect(f"{model.url}/chat/completions/").stream(MESSAGES)) == ["x"]
    assert model.requests[0]["path"] == "/v1/chat/completions"
    assert model.keys == [None]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (sends(b"no", 401), "key_refused"),
        (sends(b"no", 403), "key_refused"),
        (sends(b"no", 404), "refused"),
        (sends(b"slow down", 429), "rate_limited"),
        (sends(b"oops", 500), "server_error"),
        (sends(b"", 302), "refused"),
        (sends(b"<html>Welcome</html>", kind="text/html"), "malformed"),
        (sends(b"{not json", kind="application/json"), "malformed"),
        (sends(b"[]", kind="application/json"), "malformed"),
        (sends(b'{"choices": [{"message": {"content": 5}}]}', kind="application/json"), "malformed"),
        (sends(b"data: {not json\n\n"), "malformed"),
        (sends(b'data: {"choices": 5}\n\n'), "malformed"),
        (sends(b'data: {"error": {"message": "overloaded"}}\n\n'), "server_error"),
        (sends(b"data: " + b"x" * 400_000), "malformed"),
        (sends(b""), "broken"),
        (breaks_off("A sentence that is never"), "broken"),
        (says("cut", reason="length"), "too_long"),
        (says_at_once("cut", reason="length"), "too_long"),
    ],
)
def test_what_is_no_answer_has_a_name(model: ModelServer, connect: Connect, reply: Reply, kind: str) -> None:
    model.answers = lambda _: reply
    error = failure(connect(key="sk-very-secret"))
    assert error.kind == kind
    assert "sk-very-secret" not in str(error)


def test_a_server_that_is_not_there_is_unreachable(model: ModelServer, connect: Connect) -> None:
    url = model.url
    model.shutdown()
    model.server_close()
    assert failure(connect(url)).kind == "unreachable"


@pytest.mark.parametrize("reply", ["drips", "hangs"])
def test_the_timeout_is_for_the_whole_answer(model: ModelServer, connect: Connect, reply: str) -> None:
    # Each byte of a drip comes soon enough for a read timeout; 1000 times round, it would take a minute.
    model.answers = lambda _: drips("abc", 0.02) if reply == "drips" else hangs(model)
    assert failure(connect(timeout=0.4)).kind == "timeout"


def test_whoever_stops_reading_ends_the_call(model: ModelServer, connect: Connect) -> None:
    model.answers = lambda _: hangs(model, "first")
    stream = connect().stream(MESSAGES)
    assert next(stream) == "first"
    stream.close()  # type: ignore[attr-defined]
    model.released.set()
    assert model.broken_off.wait(20)


def test_another_thread_can_stop_a_call_that_waits(model: ModelServer, connect: Connect) -> None:
    model.answers = lambda _: hangs(model, "first")
    stop = Stop()
    stream = connect().stream(MESSAGES, stop)
    assert next(stream) == "first"
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(GeneratorError) as caught:
        next(stream)
    assert caught.value.kind == "cancelled"
    model.released.set()
    assert model.broken_off.wait(20)


def test_a_call_that_was_stopped_before_it_began_fails_at_once(model: ModelServer, connect: Connect) -> None:
    model.answers = lambda _: hangs(model)
    stop = Stop()
    stop.set()
    with pytest.raises(GeneratorError) as caught:
        list(connect().stream(MESSAGES, stop))
    assert caught.value.kind == "cancelled"


def test_usage_and_role_events_carry_no_text(model: ModelServer, connect: Connect) -> None:
    role = b'data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": null}}]}\r\n\r\n'
    usage = b'data: {"choices": [], "usage": {"total_tokens": 5}}\n\n'
    model.answers = lambda _: (200, "text/event-stream", [role, event("a"), event("", "stop"), usage])
    assert list(connect().stream(MESSAGES)) == ["a"]


def test_secrets_are_not_shown() -> None:
    options = EndpointOptions("https://user:pw@models.example:8443/v1?token=t", "m", "sk-very-secret")
    assert options.place == "https://models.example:8443/v1"
    assert not [secret for secret in ("sk-very", "pw@", "token=t") if secret in repr(options)]
