"""The measurement of rules of text, and what they must hold on the labelled turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.datasets import Question
from eval.reasons import KINDS, Labelled, fired, kind_of, load_labelled, rates
from kb.errors import InvalidInputError


def test_rates_count_what_is_recognised_and_what_is_mistaken() -> None:
    turns = [
        Labelled("1", "en", "talk to a human please", "person"),
        Labelled("2", "en", "where is my order 4711", "small_talk"),
        Labelled("3", "zh", "怎么开发票", "none"),
    ]
    found = rates(turns)
    assert (found["person"].lines, found["person"].recognised) == (1, 1)
    assert (found["small_talk"].recognised, found["account"].mistaken) == (0, 1)
    assert found["none"].recognised == 1


def test_what_fires_is_listed_by_kind() -> None:
    def asked(text: str) -> Question:
        return Question("q", "s", "questions", "en", text, True, (), (), "k", "article", "g")

    assert fired([asked("thanks"), asked("How do I pay?"), asked("转人工")]) == {
        "small_talk": ["thanks"],
        "person": ["转人工"],
    }


def test_no_labelled_question_is_silenced() -> None:
    turns = load_labelled()
    assert {turn.lang for turn in turns} == {"en", "zh", "zh-TW"}
    assert {turn.expected for turn in turns} == set(KINDS)
    assert [turn.question for turn in turns if turn.expected == "none" and kind_of(turn.question) != "none"] == []


def test_each_kind_is_mostly_recognised() -> None:
    for kind, rate in rates(load_labelled()).items():
        assert rate.recognised >= 0.85 * rate.lines, kind
        assert kind == "none" or rate.mistaken <= 2, kind


@pytest.mark.parametrize("line", ["nonsense", json.dumps({"id": "1", "lang": "en", "question": "q", "expected": "x"})])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "reasons.jsonl"
    file.write_text(line + "\n", "utf-8")
    with pytest.raises(InvalidInputError, match="line 1"):
        load_labelled(file)
