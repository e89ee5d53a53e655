"""Answers are measured by what they quote: medians of lengths, and whether the accepted answer stands inside."""

from __future__ import annotations

from eval.answers import Extract, summarize


def test_lengths_are_of_first_passages_and_shares_of_all() -> None:
    extracts = [Extract(100, True, True), Extract(300, False, True), Extract(120, True, True), Extract(10, True, False)]
    assert summarize(extracts) == {"answers": 3, "characters": 120, "with_span": 2 / 3, "passages": 0.75}


def test_nothing_found_gives_no_numbers() -> None:
    assert summarize([]) == {}
    assert summarize([Extract(10, True, False)]) == {}
