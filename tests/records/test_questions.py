"""Answers are written down at once, read back at once, and stored a moment later."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from answer_samples import document

from kb.ids import new_id
from kb.records import Records, Signal, SignalKind
from kb.records.intake import IntakeLimits
from kb.records.questions import question_key
from kb.types import Outcome

IDLE = IntakeLimits(pause=60.0)
ALL_TIME = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def test_an_answer_is_read_back_before_and_after_it_is_stored(tmp_path: Path) -> None:
    sent = document(text="退款要多久？", lang="zh")
    with Records.open(tmp_path, limits=IDLE) as records:
        records.log_answer(sent, channel="api")
        waiting = records.get_answer(sent["id"])
        assert records.health().waiting == 1
        records.flush()
        assert records.health().waiting == 0
        assert records.get_answer(sent["id"]) == waiting == {**sent, "feedback_token": ""}


def test_an_unknown_answer_is_none(records: Records) -> None:
    assert records.get_answer(new_id("ans")) is None


def test_answers_of_another_process_are_found_while_they_wait_there(tmp_path: Path) -> None:
    sent = document()
    with Records.open(tmp_path, limits=IDLE) as one, Records.open(tmp_path, limits=IDLE) as other:
        one.log_answer(sent, channel="api")
        assert other.get_answer(sent["id"]) is not None
        assert other.vote(sent["id"], "up").created
        one.flush()
        assert one.kpis(*ALL_TIME).questions == 1


def test_turns_come_in_order_stored_and_waiting_ones_together(tmp_path: Path) -> None:
    with Records.open(tmp_path, limits=IDLE) as records:
        for n in range(7):
            outcome = "answered" if n % 2 else "no_answer"
            sent = document(text=f"q{n}", conversation="cnv_x", at=f"2026-11-20T10:00:0{n}Z", outcome=outcome)
            records.log_answer(sent, channel="api")
            if n == 3:
                records.flush()
        records.log_answer(document(text="else", conversation="cnv_y"), channel="api")
        turns = records.turns("cnv_x", limit=5)
    assert [turn.question for turn in turns] == ["q2", "q3", "q4", "q5", "q6"]
    assert (turns[-1].outcome, turns[-1].article_id) == (Outcome.NO_ANSWER, None)
    assert (turns[-2].outcome, turns[-2].article_id) == (Outcome.ANSWERED, "en/account/reset")
    assert records.turns("cnv_x") == []  # closed: nothing is known any more, and nothing is raised


def test_what_names_a_person_is_not_kept(tmp_path: Path) -> None:
    with Records.open(tmp_path) as records:
        records.log_answer(
            document(), channel="widget", page_url="https://bob:pw@shop.example/orders?mail=bob@example.com#me"
        )
        records.flush()
        connection = sqlite3.connect(tmp_path / "records.db")
        stored = connection.execute("SELECT page_url, document FROM questions").fetchone()
        connection.close()
    assert stored[0] == "https://shop.example/orders"
    assert "secret-token" not in stored[1]


def test_all_that_is_promised_is_in_the_row(tmp_path: Path) -> None:
    sent = document(text="Reset?", at="2026-11-20T10:00:00Z")
    with Records.open(tmp_path) as records:
        records.log_answer(
            sent,
            channel="widget",
            visitor="v1",
            category="account",
            passage_ids=["en/account/reset#steps.0", "en/other#a.1"],
            terms=["reset", "reset", "it"],
        )
    connection = sqlite3.connect(tmp_path / "records.db")
    connection.row_factory = sqlite3.Row
    row = dict(connection.execute("SELECT * FROM questions").fetchone())
    shown = [
        tuple(r) for r in connection.execute("SELECT passage_id, article_id, use FROM shown_passages ORDER BY position")
    ]
    connection.close()
    expected = {
        "id": sent["id"],
        "at": 1795168800000,
        "conversation_id": sent["conversation_id"],
        "visitor": "v1",
        "channel": "widget",
        "lang": "en",
        "outcome": "answered",
        "reason": None,
        "score": 0.9,
        "level": "high",
        "question": "Reset?",
        "terms": '["reset","it"]',
        "category": "account",
        "article_id": "en/account/reset",
        "index_revision": "r-1",
        "total_ms": 9.0,
    }
    assert {name: row[name] for name in expected} == expected
    assert shown == [
        ("en/account/reset#steps.0", "en/account/reset", "cited"),
        ("en/other#a.1", "en/other", "considered"),
    ]


def test_a_replayed_line_counts_nothing_twice(tmp_path: Path) -> None:
    gap = new_id("gap")
    sent = document(outcome="no_answer", gap_id=gap)
    signal = Signal(SignalKind.NO_ANSWER, gap, "How do I reset it?", "en")
    with Records.open(tmp_path, limits=IDLE) as one, Records.open(tmp_path, limits=IDLE) as other:
        one.log_answer(sent, channel="api", signals=[signal])
        assert other.get_answer(sent["id"]) is not None  # reads along
        one.flush()  # stores the same line again
        found = one.get_gap(gap)
    assert found.summary.signals == 1
    assert [question.count for question in found.questions] == [1]


@pytest.mark.parametrize("missing", ["document", "conversation_id", "signals"])
def test_a_line_that_is_no_answer_is_put_aside(tmp_path: Path, missing: str) -> None:
    good, bad = document(), document()
    with Records.open(tmp_path, limits=IDLE) as records:
        records.log_answer(good, channel="api")
        records.log_answer(bad, channel="api")
        (journal,) = (tmp_path / "journal").glob("*.jsonl")
        lines = journal.read_text().splitlines(keepends=True)
        journal.write_text(lines[0] + lines[1].replace(f'"{missing}"', '"gone"', 1))
        records.flush()
        assert records.health().rejected == 1
        assert records.kpis(*ALL_TIME).questions == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("How do I pay?", "how do i PAY"), ("怎么退款？", "怎么退款"), ("ＡＢＣ", "abc"), ("???", " ??? ")],
)
def test_spellings_of_one_question_share_a_key(one: str, other: str) -> None:
    assert question_key(one) == question_key(other)


def test_other_questions_have_other_keys() -> None:
    assert question_key("pay in") != question_key("payin")
    assert question_key("怎么退款") != question_key("怎么付款")


def test_a_turn_knows_the_article_that_was_suggested(tmp_path: Path) -> None:
    suggested = document(conversation="cnv_x", outcome="suggested")
    with Records.open(tmp_path, limits=IDLE) as records:
        records.log_answer(suggested, channel="api")
        waiting = records.turns("cnv_x")
        records.flush()
        assert records.turns("cnv_x") == waiting
    assert [turn.article_id for turn in waiting] == ["en/account/reset"]
