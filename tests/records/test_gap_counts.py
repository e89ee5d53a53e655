"""The counts behind a cause are those of the signals, whatever is stored, moved, changed and removed."""

from __future__ import annotations

import sqlite3

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.records.migrations import STEPS

GAPS = ("gap_1", "gap_2")
SIGNAL = st.tuples(
    st.sampled_from(GAPS),
    st.sampled_from(("no_answer", "thumbs_down")),
    st.sampled_from((None, "off_topic", "not_covered")),
    st.sampled_from((None, "en/pay")),
    st.sets(st.sampled_from(("outdated", "incomplete"))),
)
CHANGE = st.tuples(st.sampled_from(("add", "change", "remove")), st.integers(0, 5), SIGNAL)


@settings(max_examples=60)
@given(st.lists(CHANGE, max_size=25))
def test_counts_follow_the_signals(
    changes: list[tuple[str, int, tuple[str, str, str | None, str | None, set[str]]]],
) -> None:
    connection = sqlite3.connect(":memory:")
    for _, sql in STEPS:
        connection.executescript(sql)
    for what, number, (gap, kind, reason, article, tags) in changes:
        values = (gap, kind, reason, article, orjson.dumps(sorted(tags)).decode(), f"sig_{number}")
        if what == "add":
            connection.execute(
                "INSERT OR IGNORE INTO signals (gap_id, kind, reason, article_id, tags, id, at, channel, lang, question,"
                " question_key) VALUES (?, ?, ?, ?, ?, ?, 1, 'api', 'en', 'q', 'q')",
                values,
            )
        elif what == "change":
            connection.execute(
                "UPDATE signals SET gap_id = ?, kind = ?, reason = ?, article_id = ?, tags = ? WHERE id = ?", values
            )
        else:
            connection.execute("DELETE FROM signals WHERE id = ?", (values[-1],))
        kept = connection.execute("SELECT gap_id, what, value, count FROM gap_counts ORDER BY 1, 2, 3").fetchall()
        counted = connection.execute(
            "SELECT gap_id, what, value, count(*) FROM counted_signals GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
        assert kept == counted
    connection.close()
