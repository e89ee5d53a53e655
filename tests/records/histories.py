"""Random histories of a help desk for hypothesis: a few days of questions, votes, signals and work on gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from answer_samples import Clock, document, prove
from figures_by_hand import OUTCOMES
from hypothesis import strategies as st

from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records import Records, Signal

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 5
MINUTES = DAYS * 24 * 60
GAPS = [f"gap_{number:026}" for number in range(3)]

moments = st.one_of(
    st.integers(0, MINUTES - 1),
    st.integers(1, DAYS - 1).flatmap(lambda day: st.sampled_from([day * 1440 - 1, day * 1440])),  # around midnight
).map(lambda minutes: FIRST_DAY + timedelta(minutes=minutes))
midnights = st.integers(0, DAYS).map(lambda day: FIRST_DAY + timedelta(days=day))

questions = st.fixed_dictionaries(
    {
        "at": moments,
        "text": st.sampled_from(["Refund", "refund?", "Where is it", "退款"]),
        "outcome": st.sampled_from(OUTCOMES),
        "article": st.sampled_from([None, "en/pay", "zh/pay"]),
        "conversation": st.sampled_from(["cnv_1", "cnv_2", "cnv_3", "cnv_4", "cnv_5"]),
        "visitor": st.sampled_from([None, "v1", "v2", "v3"]),
        "channel": st.sampled_from(["api", "widget"]),
        "category": st.sampled_from([None, "billing", "account"]),
        "total_ms": st.floats(0.2, 3000.0).map(lambda ms: round(ms, 2)),
        "votes": st.lists(
            st.tuples(st.sampled_from(["up", "down", None]), st.sampled_from([True, False, None])), max_size=2
        ),
        "signal": st.one_of(
            st.none(),
            st.tuples(
                st.sampled_from([SignalKind.NO_ANSWER, SignalKind.ASKED_FOR_PERSON, SignalKind.REPHRASED]),
                st.sampled_from(GAPS),
            ),
        ),
    }
)
changes = st.tuples(
    moments, st.sampled_from(GAPS), st.sampled_from([GapStatus.RESOLVED, GapStatus.VERIFIED, GapStatus.REOPENED])
)
histories = st.fixed_dictionaries(
    {"questions": st.lists(questions, max_size=25), "changes": st.lists(changes, max_size=6)}
)
filters = st.sampled_from(
    [{}, {"lang": "zh"}, {"channel": "widget"}, {"category": "billing"}, {"lang": "en", "channel": "api"}]
)


def told(folder: Path, history: dict[str, Any]) -> Records:
    """The records of such a history, opened."""
    clock = Clock()
    records = Records.open(folder, clock=clock)
    for question in history["questions"]:
        _ask(records, question)
    records.flush()
    known = {cell.gap_id for cell in records.grouping.news(-1).cells}
    for at, gap, status in sorted(history["changes"], key=lambda change: change[0]):
        clock.now = at
        if gap in known and _may_become(records, gap, status):
            if status is GapStatus.VERIFIED:
                prove(records, gap)
            else:
                records.update_gap(gap, who="ann", status=status)
    clock.now = FIRST_DAY + timedelta(days=DAYS)
    return records


def _ask(records: Records, question: dict[str, Any]) -> None:
    lang = "zh" if question["text"] == "退款" else "en"
    sent = document(
        text=question["text"],
        lang=lang,
        outcome=question["outcome"],
        article=question["article"],
        conversation=question["conversation"],
        at=question["at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        total_ms=question["total_ms"],
    )
    signals = []
    if question["signal"] is not None:
        kind, gap = question["signal"]
        signals = [Signal(kind, gap, f"{question['text']} {gap}", lang)]  # type: ignore[arg-type]
    records.log_answer(
        sent,
        channel=question["channel"],
        visitor=question["visitor"],
        category=question["category"],
        terms=[question["text"]],
        signals=signals,
    )
    for rating, resolved in question["votes"]:
        records.vote(sent["id"], rating, resolved=resolved if rating else None)


def _may_become(records: Records, gap: str, status: GapStatus) -> bool:
    from kb.records.gaps import TRANSITIONS

    before = records.get_gap(gap).summary.status
    if status is GapStatus.VERIFIED:
        return before is GapStatus.RESOLVED
    return status in TRANSITIONS[before]
