"""Weekly people of gaps, counted a second time in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta

import pytest
from answer_samples import Clock

from kb.gaps.vocabulary import SignalKind
from kb.ids import new_id
from kb.records import Records, Signal


def send(records: Records, gap: str, clock: Clock, ago: timedelta, **who: str) -> None:
    signal = Signal(SignalKind.NO_ANSWER, gap, "Where is it?", "en")
    records.add_signal(signal, channel="api", at=clock.now - ago, **who)


@pytest.mark.parametrize("seed", range(3))
def test_every_week_counts_its_people_once(records: Records, clock: Clock, seed: int) -> None:
    rng = random.Random(seed)
    gaps = [new_id("gap") for _ in range(4)]
    seen: dict[str, list[set[str]]] = defaultdict(lambda: [set() for _ in range(5)])
    for number in range(200):
        gap, ago = rng.choice(gaps), timedelta(seconds=rng.randrange(6 * 7 * 86400))
        who = rng.choice([{"visitor": f"v{rng.randrange(9)}"}, {"conversation_id": f"c{rng.randrange(9)}"}, {}])
        send(records, gap, clock, ago, **who)
        if ago < timedelta(weeks=5):
            seen[gap][4 - ago // timedelta(weeks=1)].add(next(iter(who.values()), f"nobody {number}"))
    expected = {gap: tuple(len(people) for people in seen[gap]) for gap in gaps}
    assert records.trends.weekly_people(gaps, weeks=5) == expected
    assert records.trends.weekly_people(gaps[:1], weeks=5) == {gaps[0]: expected[gaps[0]]}


def test_merged_gaps_count_together_and_unknown_ones_are_flat(records: Records, clock: Clock) -> None:
    first, second, unknown = (new_id("gap") for _ in range(3))
    send(records, first, clock, timedelta(days=1), visitor="a")
    send(records, second, clock, timedelta(days=2), visitor="a")
    send(records, second, clock, timedelta(days=3), visitor="b")
    records.merge_gaps(second, first, who="ann")
    assert records.trends.weekly_people([first, second, unknown], weeks=2) == {
        first: (0, 2),
        second: (0, 0),
        unknown: (0, 0),
    }
    assert records.trends.weekly_people([second]) == {second: (0,) * 8}
    assert records.trends.weekly_people([]) == {}
