"""The HTTP doors, one module for each thing that callers come for."""

from fastapi import APIRouter

from api.routes import (
    agents,
    articles,
    ask,
    drafts,
    explain,
    feedback,
    feeds,
    gap_merging,
    gaps,
    handoffs,
    health,
    inbound,
    index,
    persons,
    rendering,
    reports,
    search,
    signals,
    suggestions,
)

ROUTERS: tuple[APIRouter, ...] = (
    ask.router,
    rendering.router,
    inbound.router,
    search.router,
    articles.router,
    feedback.router,
    handoffs.router,
    agents.router,
    feeds.router,
    gaps.router,
    gap_merging.router,
    signals.router,
    suggestions.router,
    drafts.router,
    reports.router,
    explain.router,
    index.router,
    persons.router,
    health.router,
)

__all__ = ["ROUTERS"]
