"""The order of the steps between a question and its answer, and nothing else."""

from __future__ import annotations

from typing import Literal

from kb.index.live import LiveIndex
from kb.types import Answer, Audience, Explanation, Lang, Query, SearchPage, Verification


class AnswerService:
    """Everything a door may ask for. Thread-safe; one instance serves all requests of a process."""

    live: LiveIndex

    def ask(self, query: Query) -> Answer:
        """Answer a question and log it. Raises IndexMissingError / IndexMismatchError / EncoderError."""
        raise NotImplementedError

    def search(
        self,
        text: str,
        *,
        lang: Literal["auto", "en", "zh"] = "auto",
        category: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        audience: tuple[Audience, ...] = ("public",),
        mode: Literal["typeahead", "full"] = "full",
        limit: int = 10,
        offset: int = 0,
    ) -> SearchPage:
        """Articles that match, best first."""
        raise NotImplementedError

    def explain(self, query: Query, article_id: str | None = None) -> Explanation:
        """Why this answer and why not ``article_id``; logs nothing. Raises NotFoundError for an unknown article."""
        raise NotImplementedError

    def verify_citation(self, article_id: str, content_hash: str, quote: str) -> Verification:
        raise NotImplementedError

    def vote(
        self,
        answer_id: str,
        token: str,
        *,
        rating: Literal["up", "down"] | None,
        reasons: tuple[str, ...] = (),
        comment: str = "",
        resolved: bool | None = None,
    ) -> bool:
        """Record the last vote on an answer; True when it is the first. Raises NotAllowedError, NotFoundError."""
        raise NotImplementedError

