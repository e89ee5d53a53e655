"""What a running application holds, and how a route reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import HTTPConnection

from api.composition import OpenService
from api.jobs import IndexJobs
from api.limits import KeyLimits
from api.metrics import Metrics
from api.prepared import Prepared
from api.sign_in_limits import SignInLimiter
from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class AppState:
    """Made once when the server starts. ``host`` is the address it listens on, "" when unknown."""

    settings: Settings
    opened: OpenService
    jobs: IndexJobs
    metrics: Metrics
    sign_ins: SignInLimiter
    host: str
    started_at: datetime
    key_limits: KeyLimits
    prepared: Prepared = field(default_factory=Prepared)


def state_of(connection: HTTPConnection) -> AppState:
    state: AppState = connection.app.state.kb
    return state
