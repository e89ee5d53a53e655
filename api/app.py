"""The web application: middleware, routes and what they share, put together. Importing this does no work."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Match

from api import deprecations
from api.composition import OpenService, open_service
from api.cors import CorsMiddleware
from api.jobs import IndexJobs
from api.known_keys import KnownKeys
from api.limits import HANDOFFS, VOTES, KeyLimits, LimitsMiddleware, RateLimiter, Tighter
from api.logs import configure_logging
from api.metrics import Metrics
from api.problems import (
    ProblemDetails,
    ProblemError,
    from_http_exception,
    from_kb_error,
    from_validation_error,
)
from api.requests import BodyLimitMiddleware, RequestMiddleware, respond
from api.security import OPEN_NOTICE, is_loopback, is_open
from api.sign_in_limits import SignInLimiter
from api.state import AppState
from api.workers import Workers, check_settings
from kb.errors import KbError
from kb.records.keys import hash_of
from kb.settings import Settings

_log = structlog.get_logger(__name__)


def create_app(
    settings: Settings | None = None,
    *,
    host: str = "",
    address: str = "",
    opener: Callable[[Settings], OpenService] | None = None,
) -> FastAPI:
    """Build the application; the data folder is opened when the server starts it.

    ``host``: the address the server listens on; unknown (``""``) counts as reachable by others, so owner calls
    need a key.
    ``address``: where it is reached, like ``http://127.0.0.1:8000``: what the links in webhooks and letters begin with where
    ``KB_SITE_URL`` is not set. Not the ``Host`` of a request: a visitor could put any name into a link that is signed.
    ``opener``: opens the data folder, by default ``api.composition.open_service``. Raises ``InvalidInputError`` for
    unusable settings.
    """
    # Here, not above: declaring all routes takes as long as all other imports together.
    from api import openapi
    from api.doors import doors

    chosen = settings or Settings()
    configure_logging(chosen.log_level)
    check_settings(chosen)
    metrics, known_keys = Metrics(), KnownKeys()
    limiter = RateLimiter(chosen.rate_limit) if chosen.rate_limit_enabled else None
    key_limits = KeyLimits(chosen.key_rate_limit if chosen.rate_limit_enabled else "")
    app = FastAPI(
        title="kb: answers from help articles",
        version=version("kb-answers"),
        lifespan=_lifespan(chosen, host, address, opener or open_service, metrics, known_keys, key_limits),
        docs_url=None,  # FastAPI's page loads its scripts from a content network
        redoc_url=None,
        redirect_slashes=False,
        # Its records of failed validations hold what was sent; our own metrics and log do not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=doors(),
        middleware=[
            Middleware(CorsMiddleware),
            Middleware(RequestMiddleware, observe=metrics.observe_request, refuse=_refuse),
            Middleware(
                LimitsMiddleware,
                limiter=limiter,
                known_keys=known_keys,
                max_concurrency=chosen.max_concurrency,
                on_refused=metrics.count_refused,
                tighter=_tighter(chosen),
            ),
            Middleware(BodyLimitMiddleware),
            *_leaving(),
        ],
    )
    openapi.install(app)
    _handle_errors(app)
    return app


def _leaving() -> list[Middleware]:
    """Says of calls that will go away that they will; nothing is in the way while there is none."""
    told = deprecations.DEPRECATED
    return [Middleware(deprecations.DeprecationMiddleware, deprecated=told)] if told else []


def _tighter(settings: Settings) -> list[Tighter]:
    """Limits for what costs owners their time: votes and requests for a person."""
    votes = RateLimiter(settings.feedback_rate_limit, setting="KB_FEEDBACK_RATE_LIMIT", label="votes-")
    handoffs = RateLimiter(settings.handoff_rate_limit, setting="KB_HANDOFF_RATE_LIMIT", label="handoffs-")
    return [Tighter(VOTES, votes), Tighter(HANDOFFS, handoffs, accepted_only=True)]


def _lifespan(
    settings: Settings,
    host: str,
    address: str,
    opener: Callable[[Settings], OpenService],
    metrics: Metrics,
    known_keys: KnownKeys,
    key_limits: KeyLimits,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = await anyio.to_thread.run_sync(opener, settings)
        opened.reception.open_desk = is_loopback(host)
        jobs = IndexJobs(opened.index_articles)
        state = AppState(settings, opened, jobs, metrics, SignInLimiter(), host, datetime.now(UTC), key_limits)
        app.state.kb = state
        known_keys.follow(opened.records.secret_key_hashes, hash_of)
        await anyio.to_thread.run_sync(opened.follow)
        await anyio.to_thread.run_sync(_warm_up, opened)
        workers = Workers(opened, address)
        await anyio.to_thread.run_sync(workers.start)
        stop = threading.Event()
        watcher = _watch(opened, stop) if settings.watch else None
        if await is_open(state):
            _log.warning("owner_calls.open", notice=OPEN_NOTICE)
        try:
            yield
        finally:
            stop.set()
            await anyio.to_thread.run_sync(_close, opened, jobs, workers, watcher)

    return lifespan


def _warm_up(opened: OpenService) -> None:
    """Load index and model before the first question comes; without them the server starts and says what is missing."""
    try:
        opened.service.warm_up()
    except KbError as error:
        _log.warning("service.not_ready", detail=error.detail, hint=error.hint)


def _watch(opened: OpenService, stop: threading.Event) -> threading.Thread:
    """Re-index after every change of an article until ``stop`` is set."""
    thread = threading.Thread(target=opened.watch_articles, args=(stop,), name="article-watcher", daemon=True)
    thread.start()
    return thread


def _close(opened: OpenService, jobs: IndexJobs, workers: Workers, watcher: threading.Thread | None) -> None:
    if watcher is not None:
        watcher.join(timeout=5.0)
    jobs.close()
    workers.close()
    opened.close()


def _refuse(request: Request, problem: ProblemDetails) -> Response:
    """A problem as a page for a browser on a page's address, else as the one error body."""
    from api import pages

    return pages.error_page(request, problem) if pages.wants_html(request) else respond(request, problem)


def _handle_errors(app: FastAPI) -> None:
    """One error body for everything that routes and the router raise."""

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> Response:
        return respond(request, error.problem)

    @app.exception_handler(KbError)
    async def on_kb_error(request: Request, error: KbError) -> Response:
        if error.code.endswith(("unavailable", "corrupt", "mismatch")):
            _log.error("service.unusable", code=error.code, detail=error.detail, hint=error.hint)
        return respond(request, from_kb_error(error))

    @app.exception_handler(RequestValidationError)
    async def on_validation_error(request: Request, error: RequestValidationError) -> Response:
        return respond(request, from_validation_error(error))

    @app.exception_handler(HTTPException)
    async def on_http_exception(request: Request, error: HTTPException) -> Response:
        problem = from_http_exception(error)
        if problem.http_status == 405:
            problem = ProblemDetails(problem.code, problem.detail, headers={"Allow": ", ".join(_methods(request))})
        return _refuse(request, problem)


def _methods(request: Request) -> list[str]:
    """Every method that some route takes at this address: the router only knows those of the first that matches."""
    found: set[str] = set()
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found.add(method)
    return sorted(found)
