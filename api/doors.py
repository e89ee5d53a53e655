"""Every address that is answered, in the order in which an address is looked for."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute


def doors() -> list[BaseRoute]:
    """All routes, ready to be matched.

    FastAPI works out the parameters of a route when a request first comes near it: half a second that the first visitors of a
    fresh server would wait for. It is done here, and once for all applications of a process.
    """
    return list(_doors())


@cache
def _doors() -> tuple[BaseRoute, ...]:
    from api import pages, widget_files
    from api.mcp import door as mcp
    from api.routes import ROUTERS

    # The names of functions in generated clients.
    every = APIRouter(generate_unique_id_function=lambda route: route.name)
    for router in (
        *ROUTERS,
        pages.centre_router,
        pages.article_vote_router,
        pages.visitor_router,
        pages.search_router,
        pages.person_router,
        pages.owner_router,
        pages.board_router,
        pages.sign_in_router,
        pages.catalogue_router,
        pages.opensearch_router,
        pages.machine_router,
        widget_files.router,
        mcp.router,
    ):
        every.include_router(router)
    nowhere = {"type": "http", "method": "GET", "path": "", "root_path": "", "headers": []}
    for route in every.routes:
        route.matches(nowhere)
    return tuple(every.routes)
