"""Addresses as people read them, sent without escapes: answered like those that are escaped."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.raw_addresses import RawAddressProtocol, with_escaped_line


def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.url.path} {request.query_params.get('q')} {request.headers.get('x-note')}")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Starlette(routes=[Route("/{path:path}", echo)])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, http=RawAddressProtocol, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="raw-addresses")
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start in a minute"
        time.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=30)


def exchange(port: int, *pieces: bytes) -> str:
    """What the server says to ``pieces``, each sent by itself."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer.decode("utf-8")


HEAD = b"Host: x\r\nConnection: close\r\n\r\n"


def test_raw_and_escaped_addresses_get_the_same(port: int) -> None:
    raw = exchange(port, "GET /c/退货?q=é HTTP/1.1\r\n".encode() + HEAD)
    escaped = exchange(port, f"GET /c/{quote('退货')}?q={quote('é')} HTTP/1.1\r\n".encode() + HEAD)
    assert raw.startswith("HTTP/1.1 200 ")
    assert raw.partition("\r\n\r\n")[2] == escaped.partition("\r\n\r\n")[2] == "/c/退货 é None"


def test_an_address_may_come_in_pieces(port: int) -> None:
    sent = "GET /退货 HTTP/1.1\r\n".encode()
    assert "/退货 None" in exchange(port, sent[:6], sent[6:], HEAD)


def test_bytes_that_are_no_text_and_headers_are_left_to_others(port: int) -> None:
    assert exchange(port, b"GET /\xff HTTP/1.1\r\n" + HEAD).startswith("HTTP/1.1 200 ")
    noted = exchange(port, b"GET /a HTTP/1.1\r\n", "X-Note: é\r\n".encode("latin-1"), HEAD)
    assert noted.endswith("/a None é")
    assert exchange(port, b"NONSENSE\xff\r\n\r\n").startswith("HTTP/1.1 400 ")


def test_only_the_first_line_is_escaped() -> None:
    assert with_escaped_line(b"GET /\xe9 X\r\nA: \xe9") == b"GET /%E9 X\r\nA: \xe9"
