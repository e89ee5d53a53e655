"""The board: filters, totals and the table of people that triggers keep."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from answer_samples import Clock

from kb.errors import ConflictError
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.ids import new_id
from kb.records import Records, Signal
from kb.records.board import BoardQuery
from kb.records.rows import GapChange


def send(records: Records, gap: str, text: str = "How do I pay?", **values: object) -> str:
    who = {key: values.pop(key) for key in ("visitor", "conversation_id", "at") if key in values}
    signal = Signal(SignalKind.NO_ANSWER, gap, text, **{"lang": "en", **values})  # type: ignore[arg-type]
    return records.add_signal(signal, channel="api", **who).id  # type: ignore[arg-type]


def people_table(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path / "records.db") as connection:
        return connection.execute("SELECT gap_id, person, first_at, last_at FROM gap_people ORDER BY 1, 2").fetchall()


def people_counted_again(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path / "records.db") as connection:
        signals = connection.execute("SELECT gap_id, visitor, conversation_id, id, at FROM signals").fetchall()
    times: dict[tuple[str, str], list[int]] = {}
    for gap, visitor, conversation, signal, at in signals:
        times.setdefault((gap, visitor or conversation or signal), []).append(at)
    return [(*key, min(moments), max(moments)) for key, moments in sorted(times.items())]


@pytest.mark.parametrize("seed", range(3))
def test_the_people_of_gaps_follow_signals_that_come_move_and_go(
    records: Records, clock: Clock, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    gaps = [new_id("gap") for _ in range(3)]
    for _ in range(60):
        who = rng.choice([{"visitor": f"v{rng.randrange(4)}"}, {"conversation_id": f"c{rng.randrange(4)}"}, {}])
        send(records, rng.choice(gaps), at=clock() - timedelta(hours=rng.randrange(900)), **who)
    assert people_table(tmp_path) == people_counted_again(tmp_path)
    with sqlite3.connect(tmp_path / "records.db") as connection:
        connection.execute("UPDATE signals SET gap_id = ? WHERE gap_id = ? AND rowid % 2 = 0", (gaps[0], gaps[1]))
        connection.execute("UPDATE signals SET visitor = 'v9' WHERE visitor = 'v1'")
    assert people_table(tmp_path) == people_counted_again(tmp_path)
    records.erase(visitor="v2")
    records.erase(conversation_id="c1")
    records.purge(clock() - timedelta(hours=300))
    assert people_table(tmp_path) == people_counted_again(tmp_path) != []


FILTERS: list[tuple[BoardQuery, set[str]]] = [
    (BoardQuery(), {"a", "b", "c", "d"}),
    (BoardQuery(status=(GapStatus.ASSIGNED, GapStatus.DISMISSED)), {"a", "b", "c"}),
    (BoardQuery(causes=(Cause.MISSING,)), {"a", "b", "c", "d"}),
    (BoardQuery(causes=(Cause.NOISE,)), set()),
    (BoardQuery(owner="billing"), {"a"}),
    (BoardQuery(owner=""), {"c", "d"}),
    (BoardQuery(names=("ada", "billing")), {"a", "b"}),
    (BoardQuery(names=("nobody",)), set()),
    (BoardQuery(lang="zh"), {"d"}),
    (BoardQuery(text="INVOICE"), {"b"}),
    (BoardQuery(text="发票"), {"d"}),
    (BoardQuery(text="another wording"), {"a"}),
    (BoardQuery(text="100%"), {"c"}),
    (BoardQuery(text="_"), set()),
    (BoardQuery(overdue_on=date(2026, 12, 2)), {"a"}),
    (BoardQuery(overdue_on=date(2026, 12, 1)), set()),
]


@pytest.fixture
def four_gaps(records: Records) -> Records:
    for name, text, values in (
        ("a", "How do I pay?", {"owner": "billing"}),
        ("b", "Where is the invoice?", {"owner": "shipping"}),
        ("c", "Get 100% off", {}),
        ("d", "发票在哪里？", {"lang": "zh"}),
    ):
        send(records, name, text, **values)
    send(records, "a", "another wording of it")
    records.change_gap("a", GapChange(assignee="ben", due_on="2026-12-01"), who="eve")
    records.change_gap("b", GapChange(assignee="ada"), who="eve")
    change = GapChange(status=GapStatus.DISMISSED, dismissed_reason="A joke.", due_on="2026-12-01")
    records.change_gap("c", change, who="eve")
    return records


def test_the_language_is_that_of_the_questions_and_not_of_the_name(four_gaps: Records) -> None:
    send(four_gaps, "a", "怎么付款？", lang="zh")
    assert four_gaps.get_gap("a").summary.lang == "en"
    for lang, found in (("zh", {"a", "d"}), ("en", {"a", "b", "c"})):
        page = four_gaps.board.page(BoardQuery(lang=lang))  # type: ignore[arg-type]
        assert {gap.id for gap in page.gaps} == found


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filters_choose_and_the_total_counts_all_pages(four_gaps: Records, query: BoardQuery, found: set[str]) -> None:
    page = four_gaps.board.page(query, limit=1)
    assert page.total == len(found)
    ids = [gap.id for gap in page.gaps]
    while page.next_cursor:
        page = four_gaps.board.page(query, limit=1, cursor=page.next_cursor)
        ids += [gap.id for gap in page.gaps]
        assert page.total == len(found)
    assert (set(ids), len(ids)) == (found, len(found))


def test_a_wording_of_a_merged_gap_finds_the_gap_that_stands_for_it(four_gaps: Records) -> None:
    four_gaps.merge_gaps("b", "d", who="eve")
    assert [gap.id for gap in four_gaps.board.page(BoardQuery(text="invoice")).gaps] == ["d"]


def test_views_and_names_are_counted_from_what_has_signals(four_gaps: Records) -> None:
    counts = four_gaps.board.counts()
    assert counts.of(GapStatus, Cause) == 4
    assert counts.of((GapStatus.ASSIGNED,), Cause) == 2
    assert counts.of(GapStatus, (Cause.NOISE,)) == 0
    assert four_gaps.board.names() == ("ada", "ben", "billing", "shipping")


def test_changes_are_kept_with_who_and_a_reason_ends_with_the_dismissal(four_gaps: Records) -> None:
    gap = four_gaps.get_gap("c")
    assert (gap.summary.dismissed_reason, gap.summary.due_on) == ("A joke.", date(2026, 12, 1))
    assert {(e.who, e.field, e.after) for e in gap.history} >= {
        ("eve", "status", "dismissed"),
        ("eve", "dismissed_reason", "A joke."),
        ("eve", "due_on", "2026-12-01"),
    }
    changed = four_gaps.change_gap("c", GapChange(status=GapStatus.REOPENED, due_on=""), who="ann").summary
    assert (changed.status, changed.dismissed_reason, changed.due_on) == (GapStatus.REOPENED, None, None)
    with pytest.raises(ConflictError):
        four_gaps.change_gap("c", GapChange(status=GapStatus.VERIFIED), who="ann")


@pytest.mark.parametrize(
    "give", [lambda records: records.board.names(), lambda records: records.board.page(BoardQuery()).gaps]
)
def test_an_empty_board_is_empty(records: Records, give: Callable[[Records], tuple[object, ...]]) -> None:
    assert give(records) == ()
