"""Addresses that were sent as they are read, like ``/c/退货``: their bytes are escaped before the parser refuses them.

RFC 9112 (3.2) wants a request target in ASCII, and h11 answers anything else with a bare 400 that no page of ours can word.
Browsers escape; scripts, old readers of feeds and people with curl do not.
"""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class RawAddressProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, which takes raw bytes above ASCII in the first line of a request."""

    def data_received(self, data: bytes) -> None:
        if not data.isascii() and self.conn.their_state is h11.IDLE and b"\n" not in self.conn.trailing_data[0]:
            data = with_escaped_line(data)
        super().data_received(data)


def with_escaped_line(data: bytes) -> bytes:
    """``data`` whose first line has bytes above ASCII percent-encoded (RFC 3986, 2.1); the lines below stay as they are.

    >>> with_escaped_line("GET /退 HTTP/1.1\\r\\nX: é".encode())
    b'GET /%E9%80%80 HTTP/1.1\\r\\nX: \\xc3\\xa9'
    """
    line, end, rest = data.partition(b"\n")
    return b"".join(b"%%%02X" % byte if byte > 0x7F else bytes((byte,)) for byte in line) + end + rest
