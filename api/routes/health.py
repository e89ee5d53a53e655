"""Is it alive, is it ready, how does it do."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.metrics import CONTENT_TYPE
from api.openapi import door_responses, json_response, problems
from api.owner_responses import LiveDocument, ReadyDocument, StatusDocument
from api.replies import json_reply
from api.security import Caller, Entrance
from api.state import AppState, state_of
from kb.documents import timestamp
from kb.errors import KbError, StorageError
from kb.index.snapshot import Snapshot

router = APIRouter(tags=["operation"])
Operator = Annotated[Caller, Depends(Entrance(("gaps:read",)))]
Scraper = Annotated[Caller, Depends(Entrance(("gaps:read",), produces=("text/plain",)))]


@router.get("/livez", summary="Alive", responses={200: json_response(LiveDocument), **problems(500)})
async def livez() -> Response:
    """The process answers."""
    return json_reply({"status": "ok"})


@router.get("/readyz", summary="Ready", responses={200: json_response(ReadyDocument), **problems(500, 503)})
def readyz(request: Request) -> Response:
    """Index, model and database can be used; else 503 with what repairs it."""
    opened = state_of(request).opened
    opened.service.warm_up()  # costs nothing once the model is there
    opened.records.check()
    snapshot = opened.live.current()
    index = {"revision": snapshot.revision, "built_at": timestamp(snapshot.built_at)}
    return json_reply({"status": "ready", "index": index})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **door_responses()},
)
def metrics(request: Request, caller: Scraper) -> Response:
    """Text format 0.0.4; no question, address or key is in it."""
    state = state_of(request)
    generator = state.opened.service.generator
    paused = generator is not None and generator.status().paused_for > 0
    body = state.metrics.exposition(_snapshot(state), state.opened.records.health(), generator_paused=paused)
    return Response(body, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


@router.get("/v1/status", summary="How it does", responses={200: json_response(StatusDocument), **door_responses()})
def status(request: Request, caller: Operator) -> Response:
    """For people: version, index, records, and whether owner calls are open."""
    state = state_of(request)
    snapshot = _snapshot(state)
    failure, health = state.opened.live.failure, state.opened.records.health()
    index = None
    if snapshot is not None:
        index = {
            "revision": snapshot.revision,
            "built_at": timestamp(snapshot.built_at),
            "articles": len(snapshot.articles),
            "passages": len(snapshot.passages),
            "problems": len(snapshot.problems),
            "model": snapshot.identity.model_name,
        }
    return json_reply(
        {
            "object": "status",
            "version": version("kb-answers"),
            "started_at": timestamp(state.started_at),
            "index": index,
            "index_problem": str(failure) if failure else None,
            "records": {
                "ok": health.ok,
                "waiting": health.waiting,
                "backlog": health.backlog,
                "dropped": health.dropped,
                "rejected": health.rejected,
                "last_error": health.last_error,
            },
            "generator": _generator(state),
            "handoffs": _handoffs(state),
            "open_on_loopback": caller.kind == "local",
        }
    )


def _generator(state: AppState) -> dict[str, Any] | None:
    generator = state.opened.service.generator
    if generator is None:
        return None
    status = generator.status()
    return {
        "model": state.settings.generator_model,
        "calls": dict(status.calls),
        "last_failure": status.last_failure or None,
        "paused_seconds": round(status.paused_for, 1),
    }


def _handoffs(state: AppState) -> dict[str, Any] | None:
    from api.handoff_share import handoff_share

    try:
        return handoff_share(state.opened.records, state.opened.policy.current().share).document()
    except StorageError:
        return None


def _snapshot(state: AppState) -> Snapshot | None:
    try:
        return state.opened.live.current()
    except KbError:
        return None
