"""What merging does to where a gap stands: nothing that was open is closed by it."""

from __future__ import annotations

import pytest
from answer_samples import Clock, prove

from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.records import Records, Signal


def add(records: Records, gap_id: str, question: str) -> None:
    signal = Signal(SignalKind.NO_ANSWER, gap_id, question, "en")
    records.add_signal(signal, channel="api", visitor=question)


@pytest.fixture
def pair(records: Records, clock: Clock) -> Records:
    """An open gap, and a verified one."""
    add(records, "gap_done", "Do you ship to Norway?")
    prove(records, "gap_done")
    clock.advance(hours=1)
    add(records, "gap_open", "Is there delivery to Oslo?")
    clock.advance(hours=1)
    return records


def test_a_verified_gap_that_takes_in_an_open_one_is_open_until_it_is_checked(pair: Records) -> None:
    before = pair.proofs.gap("gap_done")
    assert pair.findability.untried(0, 9) == ["gap_open"]
    pair.findability.keep("gap_done", "r-1", None)
    merged = pair.merging.merge(["gap_open"], "gap_done", who="Ada")
    assert merged.summary.status is GapStatus.REOPENED
    assert merged.history[-1].note.startswith("A gap that was open has become part of this one")
    assert pair.findability.untried(0, 9) == ["gap_done"]  # the keeper asks its questions next
    assert pair.proofs.gap("gap_done").text_since == before.text_since


def test_what_did_not_help_people_does_not_close_the_gap_that_theirs_is_merged_into(pair: Records) -> None:
    prove(pair, "gap_open")
    pair.update_gap("gap_open", who="Ada", status=GapStatus.REOPENED)
    since = pair.proofs.gap("gap_open").text_since
    pair.merging.merge(["gap_open"], "gap_done", who="Ada")
    assert pair.proofs.gap("gap_done").text_since == since


@pytest.mark.parametrize("status", [GapStatus.DISMISSED, None])
def test_closed_gaps_that_are_merged_stay_closed(pair: Records, status: GapStatus | None) -> None:
    if status is None:
        prove(pair, "gap_open")
    else:
        pair.update_gap("gap_open", who="Ada", status=status)
    merged = pair.merging.merge(["gap_open"], "gap_done", who="Ada")
    assert merged.summary.status is GapStatus.VERIFIED
