"""Votes on articles: one for each person, masked, counted, and gone when they must be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kb.errors import InvalidInputError
from kb.records.article_votes import ArticleVote

if TYPE_CHECKING:
    from answer_samples import Clock

    from kb.records import Records


def vote(article_id: str = "en/a", visitor: str = "v1", rating: Any = "down", **fields: Any) -> ArticleVote:
    return ArticleVote(article_id, visitor, rating, **fields)


def test_the_last_vote_of_a_person_stands(records: Records) -> None:
    votes = records.article_votes
    assert votes.cast(vote(reasons=("outdated", "outdated"))) is True
    assert votes.cast(vote(rating="up")) is False
    assert [(o.up, o.down, o.reasons) for o in votes.opinions(28, {})] == [(1, 0, ())]
    assert votes.cast(vote(rating=None)) is False
    assert votes.opinions(28, {}) == []


def test_opinions_come_with_reasons_and_remarks_most_complained_of_first(records: Records, clock: Clock) -> None:
    votes = records.article_votes
    for visitor in ("v1", "v2"):
        votes.cast(vote("en/b", visitor, reasons=("incorrect",), comment=f"Wrong, says {visitor}.", content_hash="old"))
        clock.now += timedelta(minutes=1)
    votes.cast(vote("en/b", "v3", reasons=("other",), comment="Mail me: bob@example.com", content_hash="new"))
    votes.cast(vote("en/a", "v1", rating="up"))
    first, second = votes.opinions(28, {"en/b": "new"})
    assert (first.article_id, first.down, first.reasons) == ("en/b", 3, (("incorrect", 2), ("other", 1)))
    assert [(r.comment, r.current) for r in first.remarks] == [
        ("Mail me: [email]", True),
        ("Wrong, says v2.", False),
        ("Wrong, says v1.", False),
    ]
    assert (second.article_id, second.helped.rate) == ("en/a", 1.0)
    assert [o.article_id for o in votes.opinions(28, {}, only={"en/a"})] == ["en/a"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"rating": "sideways"}, "/rating"),
        ({"rating": "up", "reasons": ("outdated",)}, "/reasons/0"),
        ({"reasons": ("outdated", "wrong_language")}, "/reasons/1"),
        ({"comment": "x" * 2001}, "/comment"),
    ],
)
def test_what_is_no_vote_is_refused(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        vote(**fields)
    assert caught.value.pointer == pointer


def test_votes_go_with_age_and_with_their_visitor(records: Records, clock: Clock) -> None:
    votes = records.article_votes
    votes.cast(vote(visitor="old"))
    clock.now += timedelta(days=10)
    votes.cast(vote(visitor="v1"))
    votes.cast(vote(visitor="v2"))
    assert votes.opinions(5, {})[0].down == 2
    assert records.purge(clock.now - timedelta(days=5)).votes == 1
    assert records.erase(visitor="v1").votes == 1
    assert records.erase(conversation_id="cnv_x").votes == 0
    assert votes.opinions(28, {})[0].down == 1
