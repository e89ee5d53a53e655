"""Asks a model for an answer and lets through the sentences that the passages support."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from kb.errors import GeneratorError
from kb.generator.breaker import Breaker
from kb.generator.claims import Claim, ClaimReader
from kb.generator.drafting import Material, write_draft
from kb.generator.endpoint import Stop
from kb.generator.prompt import NOT_ANSWERED, build_messages
from kb.generator.sources import Source
from kb.generator.support import Evidence, Similarity, Weigh, check, leans_back
from kb.types import Lang

_log = structlog.get_logger(__name__)
# Failures of the endpoint itself; what a model writes is no reason to stop asking it.
_ENDPOINT_FAILURES = frozenset(
    {"timeout", "unreachable", "broken", "key_refused", "rate_limited", "server_error", "refused", "malformed"}
)
_MAX_CHARACTERS = 4000  # code points of one answer; an extractive one has some hundred
_MAX_SENTENCES = 20


class ChatEndpoint(Protocol):
    """Where text comes from; see ``kb.generator.endpoint.Endpoint``."""

    def stream(
        self, messages: Sequence[Mapping[str, str]], stop: Stop | None = None, max_tokens: int | None = None
    ) -> Iterator[str]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Task:
    """One answer to be written. ``question``: already masked. ``cited``: numbers of the passages the extractive answer quotes."""

    question: str
    lang: Lang
    sources: tuple[Source, ...]
    cited: frozenset[int]
    weigh: Weigh
    similarity: Similarity | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that passed, with what supports it. ``line``: see ``Claim``."""

    text: str
    evidence: tuple[Evidence, ...]
    line: str


@dataclass(frozen=True, slots=True)
class Written:
    """How it ended. ``result`` is "written" or the name of the failure; ``dropped`` counts refused sentences; ``ms``: duration."""

    result: str
    sentences: tuple[Sentence, ...]
    dropped: int
    ms: float


@dataclass(frozen=True, slots=True)
class GeneratorStatus:
    """``calls``: by result since the start. ``paused_for``: seconds until a failing endpoint is tried again, else 0."""

    calls: Mapping[str, int]
    last_failure: str
    paused_for: float


class Generator:
    """One endpoint with its breaker and counters. Thread-safe; at most ``concurrency`` answers are written at once."""

    def __init__(self, endpoint: ChatEndpoint, *, concurrency: int = 8, breaker: Breaker | None = None) -> None:
        self._endpoint = endpoint
        self._breaker = breaker or Breaker()
        self._places = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._last_failure = ""

    def write(self, task: Task, stop: Stop | None = None) -> Writer[Sentence, None, Written]:
        """Yield the supported sentences as they are completed; return how it ended. Raises nothing."""
        started = time.perf_counter()
        kept: list[Sentence] = []
        dropped: Counter[str] = Counter()
        result = "cancelled"
        try:
            result = yield from self._attempt(task, stop, kept, dropped)
        finally:
            written = Written(result, tuple(kept), dropped.total(), (time.perf_counter() - started) * 1e3)
            self._count(written, dropped)
        return written

    def draft_article(self, material: Material) -> str:
        """A first version of an article for an owner to finish; see ``kb.generator.drafting``. Raises ``GeneratorError``."""
        if not self._places.acquire(blocking=False):
            raise GeneratorError("The model is busy with answers.", "Try again in a moment.", kind="busy")
        try:
            return write_draft(self._endpoint, material)
        finally:
            self._places.release()

    def status(self) -> GeneratorStatus:
        with self._lock:
            return GeneratorStatus(dict(self._calls), self._last_failure, self._breaker.paused_for)

    def close(self) -> None:
        self._endpoint.close()

    def _attempt(
        self, task: Task, stop: Stop | None, kept: list[Sentence], dropped: Counter[str]
    ) -> Writer[Sentence, None, str]:
        if not self._places.acquire(blocking=False):
            return "busy"
        try:
            if not self._breaker.allows():
                return "paused"
            try:
                yield from self._sentences(task, stop, kept, dropped)
            except GeneratorError as error:
                if error.kind in _ENDPOINT_FAILURES:
                    self._breaker.failed()
                    _log.warning("generator.failed", kind=error.kind, detail=error.detail, hint=error.hint)
                elif error.kind != "cancelled":
                    self._breaker.succeeded()
                return error.kind
            except Exception as error:  # noqa: BLE001 (the border of an optional part: an answer is served whatever it does)
                _log.error("generator.defect", error=type(error).__name__, at=_frames(error))
                return "internal_error"
            self._breaker.succeeded()
        finally:
            self._places.release()
        return _judged(task, kept, dropped)

    def _sentences(
        self, task: Task, stop: Stop | None, kept: list[Sentence], dropped: Counter[str]
    ) -> Iterator[Sentence]:
        reader, length = ClaimReader(), 0
        after_gap = False
        pieces = self._endpoint.stream(build_messages(task.question, task.sources, task.lang), stop)
        try:
            for claim in _claims(pieces, reader):
                length += len(claim.text)
                if length > _MAX_CHARACTERS or len(kept) >= _MAX_SENTENCES:
                    raise GeneratorError("The model writes too much.", kind="too_long")
                if claim.text.strip(" .。") == NOT_ANSWERED:
                    raise GeneratorError("The model found no answer in the passages.", kind="declined")
                sentence, why = self._checked(claim, task, kept, after_gap)
                if sentence is None:
                    dropped[why] += 1
                    after_gap = why != "repeated"
                    continue
                after_gap = False
                kept.append(sentence)
                yield sentence
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:  # a generator: ends the call, where the text was not read to its end
                close()

    def _checked(
        self, claim: Claim, task: Task, kept: Sequence[Sentence], after_gap: bool
    ) -> tuple[Sentence | None, str]:
        if any(claim.text == sentence.text for sentence in kept):
            return None, "repeated"
        if (after_gap or not kept) and leans_back(claim.text):
            return None, "leans_on_dropped"
        verdict = check(claim, task.sources, task.lang, task.weigh, task.similarity)
        return (Sentence(claim.text, verdict.evidence, claim.line), "") if verdict.evidence else (None, verdict.why)

    def _count(self, written: Written, dropped: Counter[str]) -> None:
        with self._lock:
            self._calls[written.result] += 1
            if written.result != "written":
                self._last_failure = written.result
        _log.info(
            "generator.called", result=written.result, kept=len(written.sentences), ms=round(written.ms), **dropped
        )


def _frames(error: BaseException) -> list[str]:
    """Where an error came from, without its message: that may repeat what was asked or written."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-5:]]


def _claims(pieces: Iterator[str], reader: ClaimReader) -> Iterator[Claim]:
    for piece in pieces:
        yield from reader.feed(piece)
        if reader.waiting > _MAX_CHARACTERS:
            raise GeneratorError("The model writes without an end of a sentence.", kind="too_long")
    yield from reader.finish()


def _judged(task: Task, kept: Sequence[Sentence], dropped: Counter[str]) -> str:
    """Whether what stays may be the answer: something must, from the passage that was found, and no half procedure."""
    if not kept:
        if not dropped:
            return "empty"
        return "wrong_language" if set(dropped) == {"language"} else "unsupported"
    used = [evidence for sentence in kept for evidence in sentence.evidence]
    if not any(evidence.source.n in task.cited for evidence in used):
        return "off_passage"
    quoted = {(evidence.source.n, evidence.unit.span) for evidence in used}
    for evidence in used:
        steps = evidence.source.procedures.get(evidence.unit.procedure, frozenset())
        if any((evidence.source.n, span) not in quoted for span in steps):
            return "fragment"
    return "written"
