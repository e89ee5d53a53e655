"""The owners' tools: what people asked and did not get, and whether it is answered now."""

from __future__ import annotations

from typing import Any

from api.documents import gap_document, gap_summary_document
from api.mcp.arguments import GapArguments, ListGapsArguments
from api.mcp.guest import Guest
from api.replies import list_document


def list_gaps(guest: Guest, arguments: ListGapsArguments) -> dict[str, Any]:
    """Needs that were not met, those of most people first. Raises InvalidInputError for a made-up cursor."""
    page = guest.opened.records.list_gaps(
        status=arguments.status,
        cause=arguments.cause,
        owner=arguments.owner,
        lang=arguments.lang,
        limit=arguments.limit,
        cursor=arguments.cursor,
    )
    return list_document([gap_summary_document(gap) for gap in page.gaps], page.next_cursor)


def get_gap(guest: Guest, arguments: GapArguments) -> dict[str, Any]:
    """A gap with its wordings, the nearest articles and its history. Raises NotFoundError."""
    return gap_document(guest.opened.records.get_gap(arguments.gap_id))


def verify_gap(guest: Guest, arguments: GapArguments) -> dict[str, Any]:
    """Ask its questions of the published articles now. Raises NotFoundError and what ``GapKeeper.verify`` raises."""
    guest.opened.keeper.verify(arguments.gap_id)
    return gap_document(guest.opened.records.get_gap(arguments.gap_id))
