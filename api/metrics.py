"""Prometheus metrics of one application, in a registry of its own: several applications may live in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

if TYPE_CHECKING:
    from kb.index.snapshot import Snapshot
    from kb.records.rows import Health
    from kb.types import Answer

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LONG_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters that requests move, and gauges that are set when somebody reads them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "kb_http_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "kb_http_request_seconds", "Time to answer a request.", ("route",), buckets=_SECONDS, registry=self.registry
        )
        self._refused = Counter(
            "kb_http_refused", "Requests refused to protect the rest.", ("reason",), registry=self.registry
        )
        self._answers = Counter(
            "kb_answers", "Questions by what became of them.", ("outcome", "lang"), registry=self.registry
        )
        self._steps = Histogram(
            "kb_answer_step_seconds", "Time spent in a step of one question.", ("step",), buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self._generated = Counter(
            "kb_generator_calls",
            "Calls of the optional model endpoint by how they ended.",
            ("result",),
            registry=self.registry,
        )
        self._generated_seconds = Histogram(
            "kb_generator_seconds", "Time that the model endpoint took.", buckets=_LONG_SECONDS, registry=self.registry
        )
        self._unsupported = Counter(
            "kb_generator_sentences_dropped", "Sentences of the model that no quote supported.", registry=self.registry
        )
        self._generator_paused = Gauge(
            "kb_generator_paused",
            "1 while the model endpoint is not asked, because it kept failing.",
            registry=self.registry,
        )
        self._articles = Gauge("kb_index_articles", "Articles in the served index.", registry=self.registry)
        self._passages = Gauge("kb_index_passages", "Passages in the served index.", registry=self.registry)
        self._built = Gauge(
            "kb_index_built_timestamp_seconds", "When the served index was built.", registry=self.registry
        )
        self._problems = Gauge("kb_index_problems", "Problems found in the articles.", registry=self.registry)
        self._waiting = Gauge(
            "kb_records_waiting", "Answers logged and not in the database yet.", registry=self.registry
        )
        self._dropped = Gauge("kb_records_dropped", "Answers lost since the start.", registry=self.registry)
        self._records_ok = Gauge("kb_records_ok", "1 while everything logged can be stored.", registry=self.registry)

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        # A made-up method must not make a new series.
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_refused(self, reason: str) -> None:
        self._refused.labels(reason).inc()

    def observe_answer(self, answer: Answer) -> None:
        self._answers.labels(answer.outcome.value, answer.lang).inc()
        times = answer.timings_ms
        for step, milliseconds in (("embed", times.embed), ("retrieve", times.retrieve), ("answer", times.answer)):
            self._steps.labels(step).observe(milliseconds / 1000)
        if answer.generation is not None:
            self._generated.labels(answer.generation.result).inc()
            self._unsupported.inc(answer.generation.dropped)
            if answer.generation.ms:
                self._generated_seconds.observe(answer.generation.ms / 1000)

    def exposition(self, snapshot: Snapshot | None, health: Health, *, generator_paused: bool = False) -> bytes:
        """The text format, version 0.0.4, with the gauges as they are now."""
        self._generator_paused.set(generator_paused)
        self._articles.set(len(snapshot.articles) if snapshot else 0)
        self._passages.set(len(snapshot.passages) if snapshot else 0)
        self._built.set(snapshot.built_at.timestamp() if snapshot else 0)
        self._problems.set(len(snapshot.problems) if snapshot else 0)
        self._waiting.set(health.waiting)
        self._dropped.set(health.dropped)
        self._records_ok.set(health.ok)
        return generate_latest(self.registry)
