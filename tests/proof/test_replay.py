"""Trying a draft: what it answers, what it takes away and by whom, and that nothing anywhere changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.composition import OpenService, open_service
from api.replaying import DraftReplay, replay_document, replay_draft
from indexer.overlay import DraftError
from kb.errors import NotFoundError
from kb.gaps.vocabulary import GapStatus
from kb.proof import sample
from kb.proof.replay import Asked, Replayed, Status, replay
from kb.proof.sample import SampleSize, choose_questions
from kb.proof.verify import Verifier, record_publication
from kb.settings import Settings
from kb.types import Outcome, Query
from tests.conftest import Site

CANOE = "Do you rent out canoes?"
CANOES = "---\ntitle: Renting a canoe\nlang: en\n---\n\n# Renting\n\nYes, we rent out canoes. A canoe costs 30 euros a day.\n"
REFUND = "How long does a refund to my credit card take?"
# It has the words of another article's question and says nothing of it.
GREEDY = (
    "---\ntitle: How long does a refund to my credit card take?\nlang: en\n---\n\n# How long does a refund take\n\n"
    "How long a refund to a credit card takes is described elsewhere.\n"
)


@pytest.fixture
def opened(site: Site) -> Iterator[OpenService]:
    with open_service(Settings(data=site.data, articles=site.articles)) as opened:
        yield opened


def ask(opened: OpenService, text: str, times: int = 1) -> str | None:
    """Ask as a visitor does; returns the gap that the question went to, if any."""
    answers = [opened.service.ask(Query(text)) for _ in range(times)]
    opened.records.flush()
    return answers[0].gap_id


def by_question(done: DraftReplay) -> dict[str, Replayed]:
    return {result.asked.text: result for result in done.replay.results}


def test_a_draft_that_answers_closes_the_gap_with_its_own_words(opened: OpenService) -> None:
    gap = ask(opened, CANOE, times=3)
    done = replay_draft(opened, CANOES, article_id="en/sports/canoe", gap_id=gap)
    result = by_question(done)[CANOE]
    assert (result.status, result.asked.count, result.asked.source) == (Status.NOW_ANSWERED, 3, "gap")
    assert result.before.answered is False
    assert (result.after.outcome, result.after.article_id) == (Outcome.ANSWERED, "en/sports/canoe")
    assert "we rent out canoes" in (result.after.quote or "")
    assert (done.replay.verdict, done.replay.closes, done.replay.needed) == ("closes", True, (3, 3))


def test_a_draft_beside_the_point_leaves_the_gap_as_it_is(opened: OpenService) -> None:
    gap = ask(opened, CANOE)
    done = replay_draft(opened, "---\ntitle: Our office\n---\n\nThe office is in the old harbour.\n", gap_id=gap)
    assert done.article_id == "draft"
    assert by_question(done)[CANOE].status is Status.STILL_NOT
    assert done.replay.verdict == "no_effect"


def test_a_draft_in_the_other_language_does_not_answer(opened: OpenService) -> None:
    gap = ask(opened, "可以租独木舟吗？")
    done = replay_draft(opened, CANOES, article_id="en/sports/canoe", gap_id=gap)
    assert by_question(done)["可以租独木舟吗？"].status is Status.STILL_NOT


def test_what_was_said_before_and_did_not_help_closes_nothing(opened: OpenService) -> None:
    answer = opened.service.ask(Query(REFUND))
    opened.service.vote(answer.id, answer.feedback_token, rating="down", reasons=("incorrect",))
    gap = opened.records.list_gaps().gaps[0].id
    text = opened.live.current().articles["en/billing/refunds"].text
    done = replay_draft(opened, text + "\nMore words.\n", article_id="en/billing/refunds", gap_id=gap)
    assert by_question(done)[REFUND].status is Status.STILL_NOT
    done = replay_draft(opened, text.replace("5 to 7", "2 to 3"), article_id="en/billing/refunds", gap_id=gap)
    assert by_question(done)[REFUND].status is Status.NOW_ANSWERED


def test_wordings_of_the_caller_are_asked_too(opened: OpenService) -> None:
    done = replay_draft(opened, CANOES, questions=[CANOE, "What does a canoe cost a day?"])
    assert [result.asked.source for result in done.replay.results] == ["extra", "extra"]
    assert done.replay.counts[Status.NOW_ANSWERED] == 2


def test_what_is_answered_now_stays_answered_beside_a_harmless_draft(opened: OpenService) -> None:
    ask(opened, REFUND, times=2)
    done = replay_draft(opened, CANOES + "\nA refund of the deposit takes a day.\n")
    result = by_question(done)[REFUND]
    assert (result.status, result.asked.source, result.asked.count) == (Status.UNCHANGED_RIGHT, "answered", 2)
    assert done.replay.verdict == "no_effect"


def test_an_answer_that_the_draft_takes_over_is_lost_and_the_draft_is_named(opened: OpenService) -> None:
    ask(opened, REFUND)
    result = by_question(replay_draft(opened, GREEDY, article_id="en/greedy"))[REFUND]
    assert result.status is Status.LOST
    assert (result.before.article_id, result.took_its_place) == ("en/billing/refunds", "en/greedy")


def test_an_edit_that_removes_what_was_said_loses_the_question(opened: OpenService) -> None:
    ask(opened, REFUND)
    text = opened.live.current().articles["en/billing/refunds"].text
    assert "5 to 7 working days" in text
    gone = "---\ntitle: Refunds\n---\n\n# Refunds\n\nAsk our support about money.\n"
    done = replay_draft(opened, gone, article_id="en/billing/refunds")
    assert by_question(done)[REFUND].status is Status.LOST
    assert done.replay.verdict == "breaks"
    hollow = f"---\ntitle: {REFUND}\n---\n\nThis is not published any more. Please ask our colleagues.\n"
    asked = by_question(replay_draft(opened, hollow, article_id="en/billing/refunds"))[REFUND]
    assert asked.status is Status.LOST, "a title that asks the question answers nothing"
    kept = replay_draft(
        opened, text.replace("5 to 7 working days", "5 to 9 working days"), article_id="en/billing/refunds"
    )
    assert by_question(kept)[REFUND].status is Status.UNCHANGED_RIGHT, "another number is still an answer"


def test_the_same_words_in_another_article_are_still_the_answer(opened: OpenService) -> None:
    ask(opened, REFUND)
    live = opened.live.current()
    from indexer.overlay import DraftArticle, overlay

    text = live.articles["en/billing/refunds"].text
    moved = overlay(
        live,
        [DraftArticle(text, "en/moved/refunds")],
        opened.service.answerer.vectors.encoder(live),
        removed=["en/billing/refunds"],
    ).snapshot
    done = replay(opened.service.answerer, live, moved, ["en/moved/refunds"], [Asked(REFUND, "answered")])
    assert [result.status for result in done.results] == [Status.UNCHANGED_RIGHT]


def test_questions_of_verified_gaps_are_guarded(opened: OpenService) -> None:
    gap = ask(opened, CANOE)
    assert gap is not None
    (opened.articles_dir() / "en/canoe.md").write_text(CANOES, "utf-8")
    record_publication(opened.records, opened.settings.data, opened.live.current())
    opened.index_articles()
    record_publication(opened.records, opened.settings.data, opened.live.current())
    Verifier(opened.service.answerer, opened.records).verify(opened.live.current(), gap)
    assert opened.records.get_gap(gap).summary.status is GapStatus.VERIFIED
    done = replay_draft(opened, CANOES.replace("canoe", "kayak"), article_id="en/canoe")
    result = by_question(done)[CANOE]
    assert (result.status, result.asked.source, result.asked.gap_id) == (Status.LOST, "verified", gap)


def test_what_was_voted_down_or_masked_or_is_not_answered_any_more_is_not_guarded(
    opened: OpenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = opened.service.ask(Query(REFUND))
    opened.service.vote(down.id, down.feedback_token, rating="down", reasons=("incorrect",))
    ask(opened, "How long does a refund to jane@example.com take?")
    done = replay_draft(opened, GREEDY)
    assert not done.replay.results
    live = opened.live.current()
    asked = [Asked("Do you sell electric bicycles?", "answered")]
    assert not replay(opened.service.answerer, live, live, [], asked).results


def test_what_there_is_no_room_for_is_counted(opened: OpenService) -> None:
    for text in (REFUND, "how long does a refund take", "When do I get my money back?"):
        ask(opened, text)
    live = opened.live.current()
    chosen = choose_questions(
        opened.service.answerer,
        opened.records,
        live,
        live,
        ["en/billing/refunds"],
        size=SampleSize(answered=2),
    )
    assert len(chosen.questions) == 2
    assert chosen.left_out == {"gap": 0, "answered": 1, "verified": 0}


def test_questions_in_the_words_of_the_draft_come_first(opened: OpenService) -> None:
    live = opened.live.current()
    questions = [Asked("how do I reset the router password", "answered"), Asked("refund to a credit card", "answered")]
    first, _ = sample._most_in_danger(live, questions, {"refund", "credit", "card"}, set())
    assert first.text == "refund to a credit card"
    first, _ = sample._most_in_danger(live, questions, {"refund"}, {"how do I reset the router password"})
    assert first.text == "how do I reset the router password"


def test_a_replay_writes_nothing_anywhere(opened: OpenService) -> None:
    gap = ask(opened, CANOE)
    ask(opened, REFUND)
    before = contents(opened.settings.data), contents(opened.articles_dir()), opened.live.current()
    replay_draft(opened, GREEDY, article_id="en/billing/refunds", gap_id=gap, questions=["Where is it?"])
    opened.records.flush()
    assert (contents(opened.settings.data), contents(opened.articles_dir()), opened.live.current()) == before


def contents(folder: Path) -> dict[str, str]:
    """Hashes of all files; the database without its write-ahead file, which holds what was written before."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "models" not in path.parts and not path.name.endswith("-shm")
    }


def test_unknown_gaps_and_broken_drafts_are_refused(opened: OpenService) -> None:
    with pytest.raises(NotFoundError):
        replay_draft(opened, CANOES, gap_id="gap_nothing")
    with pytest.raises(DraftError, match="line 3"):
        replay_draft(opened, "---\ntitle: x\nvalid_from: someday\n---\ntext\n")


def test_the_document_counts_what_its_results_say(opened: OpenService) -> None:
    gap = ask(opened, CANOE)
    document = replay_document(replay_draft(opened, CANOES, gap_id=gap))
    counted = [result["status"] for result in document["results"]]
    assert document["counts"] == {status.value: counted.count(status.value) for status in Status}
    assert (document["verdict"], document["asked"], document["answered"]) == ("closes", 1, 1)
