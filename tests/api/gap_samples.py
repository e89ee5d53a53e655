"""Gaps put into the records of a running application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI
from starlette.testclient import TestClient

from kb.records import Records, Signal, SignalKind

if TYPE_CHECKING:
    from api.state import AppState


def records_of(client: TestClient) -> Records:
    return cast("AppState", cast("FastAPI", client.app).state.kb).opened.records


def gap(client: TestClient, gap_id: str, question: str = "Do you ship to Norway?", **values: Any) -> str:
    """Store one signal of a gap and return the path of its page. ``visitor``: who it is, "somebody" if not given."""
    kind, visitor = values.pop("kind", SignalKind.NO_ANSWER), values.pop("visitor", "somebody")
    answer_id = values.pop("answer_id", None)
    signal = Signal(kind, gap_id, question, values.pop("lang", "en"), **values)
    records_of(client).add_signal(signal, channel="help_page", visitor=visitor, answer_id=answer_id)
    return f"/owner/gaps/{gap_id}"
