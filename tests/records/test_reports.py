"""Every figure of a report is computed a second time, in plain Python, from the raw events."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import figures_by_hand as by_hand
import pytest
from answer_samples import Clock, document
from figures_by_hand import OUTCOMES, countable_of
from histories import filters, histories, moments, told
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.ids import new_id
from kb.records import Bounds, Kpis, Period, Records, Share, Signal

START = datetime(2026, 11, 8, tzinfo=UTC)
END = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = ["reset", "refund", "invoice", "point", "退款"]


@pytest.fixture
def busy(tmp_path: Path, clock: Clock) -> Records:
    """Four weeks of invented traffic, part of it outside the period."""
    rng = random.Random(3)
    records = Records.open(tmp_path, clock=clock)
    gaps = [new_id("gap") for _ in range(6)]
    for _ in range(400):
        at = END - timedelta(seconds=rng.randrange(28 * 86400))
        word = "refund" if at >= START and rng.random() < 0.4 else rng.choice(WORDS)
        lang = "zh" if word == "退款" else "en"
        outcome = rng.choice(OUTCOMES)
        conversation = f"cnv_{rng.randrange(200)}"
        gap = rng.choice(gaps) if outcome == "no_answer" else None
        sent = document(
            text=f"{word}{rng.choice(['', '?', '!'])}",
            lang=lang,
            outcome=outcome,
            article=f"{lang}/{word}" if rng.random() < 0.9 else None,
            conversation=conversation,
            at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            gap_id=gap,
            total_ms=round(rng.uniform(1, 50), 2),
        )
        kind = rng.choice([SignalKind.NO_ANSWER, SignalKind.REPHRASED, SignalKind.ASKED_FOR_PERSON])
        signals = [Signal(kind, gap, f"{word} {gap}", lang)] if gap else []  # type: ignore[arg-type]
        records.log_answer(
            sent,
            channel=rng.choice(["api", "widget"]),
            visitor=rng.choice([None, f"v{rng.randrange(50)}"]),
            category=rng.choice(["billing", "account", None]),
            terms=[word],
            signals=signals,
        )
        for _vote in range(rng.choice([0, 0, 1, 2])):
            rating = rng.choice(["up", "down", None])
            records.vote(sent["id"], rating, resolved=rng.choice([True, False, None]) if rating else None)  # type: ignore[arg-type]
    for gap, days in zip(gaps[:2], (15, 2), strict=True):
        clock.now = END - timedelta(days=days)
        for status in (GapStatus.RESOLVED, GapStatus.REOPENED):
            records.update_gap(gap, who="ann", status=status)
    records.update_gap(gaps[2], who="ann", status=GapStatus.DISMISSED)
    clock.now = END
    records.flush()
    return records


FILTERS: list[dict[str, Any]] = [
    {},
    {"lang": "zh"},
    {"channel": "widget"},
    {"category": "billing"},
    {"lang": "en", "channel": "api", "category": "account"},
    {"channel": "nobody"},
]


@pytest.mark.parametrize("filters", FILTERS)
def test_what_can_be_counted(busy: Records, tmp_path: Path, filters: dict[str, Any]) -> None:
    figures = busy.kpis(START, END, utc_offset=330, **filters)
    busy.close()
    assert countable_of(figures) == by_hand.countable(tmp_path, START, END, filters, 330)
    questions = by_hand.asked(tmp_path, START, END, filters)
    assert figures.answer_ms_p50 == by_hand.percentile(questions, 0.50)
    assert figures.answer_ms_p95 == by_hand.percentile(questions, 0.95)
    pairs = [share.count for bounds in (figures.self_service, figures.first_contact) for share in both(bounds)]
    if not filters:
        assert 0 < pairs[2] <= pairs[0] < pairs[1]  # the example is rich enough to tell the four apart


def both(bounds: Bounds) -> tuple[Share, Share]:
    return bounds.pessimistic, bounds.optimistic


@settings(deadline=None, max_examples=15)
@given(history=histories, times=st.tuples(moments, moments), chosen=filters)
def test_any_history_between_any_two_moments(
    tmp_path_factory: pytest.TempPathFactory,
    history: dict[str, Any],
    times: tuple[datetime, datetime],
    chosen: dict[str, Any],
) -> None:
    folder = tmp_path_factory.mktemp("told")
    start, end = sorted(times)
    with told(folder, history) as records:
        figures = records.kpis(start, end, **chosen)
        ages = by_hand.open_ages(folder, end, chosen.get("lang"))
    assert countable_of(figures) == by_hand.countable(folder, start, end, chosen, 0)
    assert (figures.gaps_open, figures.gap_age_max) == (len(ages), pytest.approx(ages[-1]) if ages else None)
    assert figures.gap_age_median == (pytest.approx(ages[(len(ages) - 1) // 2]) if ages else None)
    questions = by_hand.asked(folder, start, end, chosen)
    assert sorted(question.count for question in figures.top_questions) == sorted(
        Counter(question["row"]["question_key"] for question in questions).values()
    )


@settings(deadline=None, max_examples=10)
@given(history=histories, times=st.tuples(moments, moments), chosen=filters, step=st.sampled_from(["day", "week"]))
def test_a_series_is_the_report_of_each_of_its_steps(
    tmp_path_factory: pytest.TempPathFactory,
    history: dict[str, Any],
    times: tuple[datetime, datetime],
    chosen: dict[str, Any],
    step: Any,
) -> None:
    start, end = sorted(times)
    with told(tmp_path_factory.mktemp("told"), history) as records:
        points = records.kpi_series(Period(start, end, **chosen), step)
        whole = [records.kpis(point.start, point.end, **chosen) for point in points]
    assert [point.start for point in points[1:]] == [point.end for point in points[:-1]]
    assert (points[0].start, points[-1].end) == (start, end) if points else start == end
    assert all(point.start.weekday() == 0 for point in points[1:] if step == "week")
    for point, figures in zip(points, whole, strict=True):
        assert dict(point.outcomes) == {outcome: share.count for outcome, share in figures.outcomes.items()}
        for name in ("questions", "conversations", "visitors", "self_service", "helpful"):
            assert getattr(point, name) == getattr(figures, name)


def test_days_without_questions_are_in_the_series(records: Records) -> None:
    records.log_answer(document(at="2026-11-20T10:00:00Z"), channel="api")
    points = records.kpi_series(Period(END - timedelta(days=4), END))
    assert [point.questions for point in points] == [0, 0, 1, 0]
    assert [point.questions for point in records.kpi_series(Period(START, END), "week")] == [0, 0, 1]


@pytest.mark.parametrize("filters", FILTERS[:2])
def test_lists(busy: Records, tmp_path: Path, filters: dict[str, Any]) -> None:
    figures = busy.kpis(START, END, **filters)
    busy.close()
    questions = by_hand.asked(tmp_path, START, END, filters)
    texts = by_hand.wordings(questions)
    assert Counter({q.text.rstrip("?!"): q.count for q in figures.top_questions}) == texts
    assert [q.count for q in figures.top_questions] == sorted(texts.values(), reverse=True)
    last = {question["sent"]["question"]["text"].rstrip("?!"): question for question in questions}
    assert {q.text for q in figures.top_questions} == {q["sent"]["question"]["text"] for q in last.values()}
    cited = {article: use["cited"] for article, use in by_hand.article_use(tmp_path, questions).items()}
    assert {a.article_id: a.count for a in figures.top_articles} == {a: n for a, n in cited.items() if n}
    assert (len(figures.heat_map), {len(line) for line in figures.heat_map}) == (7, {24})


def test_rising_words(busy: Records, tmp_path: Path) -> None:
    figures = busy.kpis(START, END)
    busy.close()
    now = Counter(q["row"]["terms"] for q in by_hand.asked(tmp_path, START, END, {}))
    before = Counter(q["row"]["terms"] for q in by_hand.asked(tmp_path, START - (END - START), START, {}))
    assert [word.word for word in figures.rising_words] == ["refund"]
    (word,) = figures.rising_words
    assert (word.count, word.before) == (now['["refund"]'], before['["refund"]'])


def test_gap_figures(busy: Records, tmp_path: Path) -> None:
    figures, earlier = busy.kpis(START, END), busy.kpis(START - timedelta(days=14), START)
    busy.close()
    ages = by_hand.open_ages(tmp_path, END, None)
    assert figures.gaps_open == len(ages) == 5
    assert figures.gap_age_max == pytest.approx(ages[-1])
    assert figures.gap_age_median == pytest.approx(ages[(len(ages) - 1) // 2])
    assert (figures.gaps_reopened, earlier.gaps_reopened) == (1, 1)
    assert earlier.gaps_open == len(by_hand.open_ages(tmp_path, START, None)) > 0


def test_a_gap_is_no_older_than_today_in_a_period_that_goes_on(records: Records, clock: Clock) -> None:
    records.add_signal(Signal(SignalKind.NO_ANSWER, "gap_a", "Where is it?", "en"), channel="api")
    clock.advance(days=3)
    figures = records.kpis(clock() - timedelta(days=7), clock() + timedelta(days=30))
    assert (figures.gap_age_median, figures.gap_age_max) == (pytest.approx(3), pytest.approx(3))


def test_article_usage_is_that_of_the_last_days(busy: Records, tmp_path: Path) -> None:
    usage = busy.article_usage(days=14)
    assert usage == busy.kpis(START, END + timedelta(days=1)).usage
    busy.close()
    last = {
        citation["article_id"]: question["at"]
        for question in by_hand.asked(tmp_path, START, END + timedelta(days=1), {})
        for citation in [*question["sent"]["citations"], *question["sent"]["suggestions"]]
    }
    assert {article: used.last_at for article, used in usage.items()} == last


def test_a_report_on_nothing(records: Records) -> None:
    figures: Kpis = records.kpis(START, END)
    assert (figures.questions, figures.answer_ms_p50, figures.gap_age_max) == (0, None, None)
    assert figures.helpful.rate is figures.helpful.interval is None
    assert figures.self_service.optimistic.rate is None
    assert figures.top_questions == figures.rising_words == ()


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=5e-5)
