"""The network side: one streamed chat completion from any server that speaks the OpenAI API.

The only module that uses httpx, and the only one with an event loop: a total deadline and a prompt cancellation need one,
because a read timeout starts again with every byte that drips in.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kb.errors import GeneratorError

if TYPE_CHECKING:
    import httpx
    from anyio.from_thread import BlockingPortal

_PATH = "/chat/completions"
_CONNECT_SECONDS = 3.0
_GRACE_SECONDS = 1.0  # beyond the deadline, should the event loop itself be late
_MAX_LINE = 256 * 1024  # bytes of one event; a sentence has some hundred
_HINTS = {
    400: "Check KB_GENERATOR_MODEL and KB_GENERATOR_MAX_TOKENS.",
    401: "Check KB_GENERATOR_KEY.",
    403: "Check KB_GENERATOR_KEY.",
    404: "Check KB_GENERATOR_URL and KB_GENERATOR_MODEL.",
    429: "The endpoint limits how often it may be asked.",
}
_KINDS = {401: "key_refused", 403: "key_refused", 429: "rate_limited"}


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """``url``: base address such as ``http://127.0.0.1:11434/v1``. ``timeout``: seconds for one whole answer.

    The key is shown nowhere, and of the address only ``place``.
    """

    url: str = field(repr=False)
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 15.0
    max_tokens: int = 400

    @property
    def place(self) -> str:
        """The address as it may be shown: without user, password and query."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


class Stop:
    """Lets another thread end a running call: the visitor has gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inbox: queue.SimpleQueue[Any] | None = None
        self.is_set = False

    def set(self) -> None:
        with self._lock:
            self.is_set = True
            if self._inbox is not None:
                self._inbox.put(GeneratorError("Nobody waits for this answer any more.", kind="cancelled"))

    def _watch(self, inbox: queue.SimpleQueue[Any]) -> None:
        with self._lock:
            self._inbox = inbox
            if self.is_set:
                inbox.put(GeneratorError("Nobody waits for this answer any more.", kind="cancelled"))


class Endpoint:
    """A chat endpoint. Thread-safe; connections and the event loop's thread are made by the first call."""

    def __init__(self, options: EndpointOptions) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._loop: BlockingPortal | None = None
        self._client: httpx.AsyncClient | None = None

    def stream(
        self, messages: Sequence[Mapping[str, str]], stop: Stop | None = None, max_tokens: int | None = None
    ) -> Iterator[str]:
        """Yield what the model writes, as it arrives. Closing the iterator ends the call.

        Raises ``GeneratorError`` for whatever goes wrong on the way, the total timeout included.
        """
        inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        if stop is not None:
            stop._watch(inbox)
        body = {
            "model": self.options.model,
            "messages": list(messages),
            "temperature": 0,
            "max_tokens": max_tokens or self.options.max_tokens,
            "stream": True,
        }
        ends_at = time.monotonic() + self.options.timeout + _GRACE_SECONDS
        future = self._portal().start_task_soon(self._receive, body, inbox)
        # Whatever nobody thought of ends the wait as well.
        future.add_done_callback(lambda _: inbox.put(GeneratorError("The call ended without an end.", kind="broken")))
        try:
            while True:
                try:
                    item = inbox.get(timeout=max(0.0, ends_at - time.monotonic()))
                except queue.Empty:
                    raise _late(self.options.timeout) from None
                if item is None:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            future.cancel()

    def close(self) -> None:
        with self._lock:
            if self._loop is not None and self._client is not None:
                self._loop.call(self._client.aclose)
            self._stack.close()
            self._loop = self._client = None

    def _portal(self) -> BlockingPortal:
        with self._lock:
            if self._loop is None:
                from anyio.from_thread import start_blocking_portal

                self._loop = self._stack.enter_context(start_blocking_portal())
            return self._loop

    async def _receive(self, body: Mapping[str, Any], inbox: queue.SimpleQueue[Any]) -> None:
        """Put pieces of text into ``inbox``, then None for the end, or the error that ended it."""
        import anyio
        import httpx

        began = False
        try:
            with anyio.fail_after(self.options.timeout):
                async for piece in self._pieces(body):
                    began = True
                    inbox.put(piece)
            inbox.put(None)
        except (TimeoutError, httpx.TimeoutException):
            inbox.put(_late(self.options.timeout))
        except GeneratorError as error:
            inbox.put(error)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            kind = "broken" if began else "unreachable"
            inbox.put(
                GeneratorError(
                    f"The model endpoint at {self.options.place} failed: {type(error).__name__}.",
                    "Check that it runs and that KB_GENERATOR_URL is its address.",
                    kind=kind,
                )
            )

    async def _pieces(self, body: Mapping[str, Any]) -> Any:
        address = self.options.url.rstrip("/")
        if not urlsplit(address).path.endswith(_PATH):
            address += _PATH
        headers = {"Authorization": f"Bearer {self.options.key}"} if self.options.key else {}
        async with self._http().stream("POST", address, json=body, headers=headers) as response:
            if response.status_code != 200:
                raise _refused(response.status_code)
            if "json" in response.headers.get("content-type", ""):
                yield _whole(await _read(response))
                return
            async for piece in _events(response):
                yield piece

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            timeout = httpx.Timeout(self.options.timeout, connect=min(_CONNECT_SECONDS, self.options.timeout))
            # Redirects are not followed: the key belongs to the address that was configured.
            self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)
        return self._client


async def _events(response: httpx.Response) -> Any:
    """The texts of a server-sent event stream. Raises ``GeneratorError`` for one that is malformed or ends early."""
    finished = ""
    async for data in _data_lines(response):
        if data == "[DONE]":
            break
        text, reason = _delta(data)
        finished = reason or finished
        if text:
            yield text
    else:
        if not finished:
            raise GeneratorError("The model's answer ended in the middle.", kind="broken")
    if finished == "length":
        raise GeneratorError("The model's answer was cut at KB_GENERATOR_MAX_TOKENS.", kind="too_long")


async def _data_lines(response: httpx.Response) -> Any:
    buffer = b""
    async for chunk in response.aiter_bytes():
        buffer += chunk
        *lines, buffer = buffer.split(b"\n")
        if len(buffer) > _MAX_LINE:
            raise _malformed()
        for line in lines:
            if (data := _data_of(line)) is not None:
                yield data
    if (data := _data_of(buffer)) is not None:
        yield data


def _data_of(line: bytes) -> str | None:
    """What a line of an event stream (WHATWG HTML, 9.2.6) carries; None for other fields. Raises for what is no such line."""
    if line.startswith(b"data:"):
        return line[5:].strip().decode("utf-8", "replace")
    if line.strip() and not line.startswith((b":", b"event:", b"id:", b"retry:")):
        raise _malformed()
    return None


async def _read(response: httpx.Response) -> bytes:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MAX_LINE:
            raise _malformed()
    return content


def _delta(data: str) -> tuple[str, str]:
    """Text and finish reason of one event."""
    return _choice(data, "delta")


def _whole(content: bytes) -> str:
    """The text of a server that does not stream."""
    text, reason = _choice(content, "message")
    if reason == "length":
        raise GeneratorError("The model's answer was cut at KB_GENERATOR_MAX_TOKENS.", kind="too_long")
    return text


def _choice(data: str | bytes, part: str) -> tuple[str, str]:
    import orjson

    try:
        document = orjson.loads(data)
        if "error" in document:
            raise GeneratorError("The model endpoint reported an error.", kind="server_error")
        choices = document["choices"]
        if not choices:  # a closing event with usage figures only
            return "", ""
        text = choices[0].get(part, {}).get("content") or ""
        reason = choices[0].get("finish_reason") or ""
        if not isinstance(text, str) or not isinstance(reason, str):
            raise _malformed()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise _malformed() from None
    return text, reason


def _refused(status: int) -> GeneratorError:
    hint = _HINTS.get(status, "Look into the endpoint's own log." if status >= 500 else "Check KB_GENERATOR_URL.")
    kind = _KINDS.get(status, "server_error" if status >= 500 else "refused")
    return GeneratorError(f"The model endpoint answered with status {status}.", hint, kind=kind)


def _late(seconds: float) -> GeneratorError:
    return GeneratorError(
        f"The model endpoint did not finish within {seconds:g} s.",
        "Use a faster model, or raise KB_GENERATOR_TIMEOUT.",
        kind="timeout",
    )


def _malformed() -> GeneratorError:
    return GeneratorError(
        "The model endpoint sent something that is no chat completion.", "Check KB_GENERATOR_URL.", kind="malformed"
    )
