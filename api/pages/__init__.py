"""The help centre and the owner pages, rendered on the server; they work without JavaScript."""

from api.pages.article_voting import router as article_vote_router
from api.pages.catalogue import router as catalogue_router
from api.pages.centre import router as centre_router
from api.pages.desk import router as board_router
from api.pages.failures import error_page, wants_html
from api.pages.machine import router as machine_router
from api.pages.opensearch import router as opensearch_router
from api.pages.owner import router as owner_router
from api.pages.person import router as person_router
from api.pages.routes import router as visitor_router
from api.pages.searching import router as search_router
from api.pages.sign_in import router as sign_in_router

__all__ = [
    "article_vote_router",
    "board_router",
    "catalogue_router",
    "centre_router",
    "error_page",
    "machine_router",
    "opensearch_router",
    "owner_router",
    "person_router",
    "search_router",
    "sign_in_router",
    "visitor_router",
    "wants_html",
]
