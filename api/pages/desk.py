"""The pages about gaps and about people who wait, agents' among them, joined in the order in which their addresses are tried."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import agent, gap_merge, gap_replay, owner_board, owner_gap, owner_handoffs

router = APIRouter(include_in_schema=False)
# What has an address of its own comes before "any form of a gap".
for pages in (owner_board, gap_merge, gap_replay, owner_gap, owner_handoffs, agent):
    router.include_router(pages.router)
