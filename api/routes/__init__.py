"""The HTTP doors, one module for each thing that callers come for."""

from fastapi import APIRouter

from api.openai import chat, models, responses
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
    person,
    persons,
    rendering,
    reports,
    search,
    signals,
    suggestions,
)
from api.ui_chat import door as ui_chat

ROUTERS: tuple[APIRouter, ...] = (
    ask.router,
    rendering.router,
    inbound.router,
    models.router,
    chat.router,
    responses.router,
    ui_chat.router,
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
    person.router,
    persons.router,
    health.router,
)

__all__ = ["ROUTERS"]
