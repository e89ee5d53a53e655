"""The invented month: traffic that is what it says, and measures that know a true gap from a false one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eval.datasets import data_root
from eval.month.measure import FIRST, Read, board_figures, main_gaps
from eval.month.play import Diary
from eval.month.traffic import DAYS, traffic
from eval.month.world import Need, World, load_world
from kb.errors import NotFoundError
from kb.gaps.vocabulary import Cause, GapStatus
from kb.records import Gap, GapSummary

END = datetime(2026, 11, 22, tzinfo=UTC)
MET = [Need(f"met {i}", (f"where is {i}", f"find {i}"), frozenset({f"a/{i}"})) for i in range(20)]
UNMET = [Need(f"unmet {i}", (f"how to {i}",), frozenset()) for i in range(40)]


def test_traffic_is_a_month_in_order_and_the_same_again() -> None:
    askings = traffic(MET, UNMET, ["hello there"], 2000, END, seed=5)
    assert askings == traffic(MET, UNMET, ["hello there"], 2000, END, seed=5)
    assert askings != traffic(MET, UNMET, ["hello there"], 2000, END, seed=6)
    assert [asking.at for asking in askings] == sorted(asking.at for asking in askings)
    assert END - timedelta(days=DAYS) <= askings[0].at < askings[-1].at < END
    wordings = {text: need.id for need in [*MET, *UNMET] for text in need.wordings} | {"hello there": None}
    assert all(wordings[asking.text] == asking.need for asking in askings)


def test_needs_are_popular_by_rank_and_nobody_is_known_the_next_day() -> None:
    askings = traffic(MET, UNMET, ["hello there"], 4000, END, seed=5)
    shares = Counter((asking.need or "chatter").split()[0] for asking in askings)
    assert 0.7 < shares["met"] / 4000 < 0.95
    assert 0.1 < shares["unmet"] / 4000 < 0.2
    unmet = Counter(asking.need for asking in askings if (asking.need or "").startswith("unmet")).most_common()
    assert unmet[0][1] > 5 * unmet[9][1]
    days: dict[str, set[object]] = {}
    for asking in askings:
        days.setdefault(asking.visitor, set()).add(asking.at.date())
    assert all(len(seen) == 1 for seen in days.values())
    assert len(days) < 4000  # some have a second question


def read(number: int, people: int, need: str | None, status: GapStatus = GapStatus.OPEN) -> Read:
    summary = GapSummary(
        id=f"gap_{number:02}",
        label="x",
        lang="en",
        status=status,
        cause=Cause.MISSING,
        cause_evidence="",
        owner=None,
        people=people,
        person_requests=0,
        signals=people,
        kinds={},
        created_at=END,
        last_signal_at=END,
    )
    return Read(Gap(summary, (), (), ()), need, 1.0 if need else 0.4)


def diary(**people: int) -> Diary:
    kept = Diary()
    for need, count in people.items():
        kept.people[need.replace("_", " ")] = {str(number) for number in range(count)}
    return kept


def test_a_mixture_is_not_true_and_a_second_gap_of_a_need_is_no_other_need() -> None:
    kept = diary(unmet_0=50, unmet_1=30, unmet_2=20, unmet_3=3)
    board = [
        read(0, 40, "unmet 0"),
        read(1, 9, "unmet 0"),
        read(2, 8, None),
        read(3, 7, "unmet 1"),
        read(4, 5, "met 1"),
    ]
    figures = board_figures(board, UNMET, kept, frozenset(need.id for need in UNMET))
    assert (figures["precision_first"], figures["distinct_first"]) == (3 / 5, 2 / 5)
    assert figures["precision_first_unmet"] == 4 / 5
    assert (figures["needs_of_many"], figures["recall_of_many"]) == (3, pytest.approx(2 / 3))
    assert main_gaps(board)["unmet 0"].people == 40


def test_what_comes_after_the_first_page_is_found_but_not_first() -> None:
    kept = diary(unmet_0=50)
    board = [*(read(number, 90, None) for number in range(FIRST)), read(FIRST, 40, "unmet 0")]
    figures = board_figures(board, UNMET, kept, frozenset(need.id for need in UNMET))
    assert (figures["recall_of_many"], figures["recall_of_largest_in_first"], figures["precision_first"]) == (1, 0, 0)


def test_a_world_is_written_without_what_is_hidden(tmp_path: Path) -> None:
    sources = {name: tmp_path / f"{name}.md" for name in ("a", "b")}
    for file in sources.values():
        file.write_text("# Title\n")
    world = World((), {f"shop/{name}": file for name, file in sources.items()}, ())
    world.write(tmp_path / "out")
    world.write(tmp_path / "out", ["shop/a"])
    assert [file.name for file in (tmp_path / "out" / "shop").iterdir()] == ["b.md"]


def test_without_the_sets_it_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as raised:
        load_world(tmp_path)
    assert "KB_EVAL_DATA" in raised.value.hint


@pytest.mark.corpora
def test_the_world_is_made_of_the_sets() -> None:
    root = data_root()
    if root is None:
        pytest.skip("the larger sets are not here")
    world = load_world(root)
    ids = [need.id for need in world.needs]
    assert len(ids) == len(set(ids)) > 300
    assert all(need.wordings for need in world.needs)
    assert all(file.is_file() for file in world.files.values())
    assert any(not need.articles for need in world.needs)
