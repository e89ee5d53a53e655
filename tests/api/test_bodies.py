"""What a body may be: strict JSON, known fields, text without control characters."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.bodies import parse_json
from api.gap_models import GapPatch
from api.models import AskRequest, FeedbackRequest, VerifyRequest
from api.params import Moment
from api.problems import ProblemError
from api.signal_models import SignalRequest


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\x00"}',
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_refused_as_such(raw: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_json(raw)
    assert caught.value.problem.code == "malformed_json"


def test_good_json_is_read_with_and_without_a_mark() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": [1, 2.5, "\\u00e9", null]}') == {"a": [1, 2.5, "é", None]}


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_otherwise(raw: bytes) -> None:
    with suppress(ProblemError):  # anything else is the failure
        parse_json(raw)


@pytest.mark.parametrize(
    "question", ["a\x00b", "\ud800", "a\x07", "\x7f", "\x85x", "a\x1bb", "", "  \n\t ", "\u3000", "x" * 1001]
)
def test_unusable_questions_are_refused_by_name(question: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AskRequest.model_validate({"question": question})
    assert [error["loc"] for error in caught.value.errors()] == [("question",)]


@pytest.mark.parametrize(
    "question", ["x" * 1000, "  " + "问" * 1000 + "\n", "👩‍👩‍👧 ok?", "line\nline", "مرحبا", "\u200b?"]
)
def test_usable_questions_are_trimmed_and_kept(question: str) -> None:
    assert AskRequest.model_validate({"question": question}).question == question.strip()


@given(st.text(min_size=1, max_size=50))
def test_whatever_passes_can_be_stored_and_sent(text: str) -> None:
    try:
        question = AskRequest.model_validate({"question": text}).question
    except ValidationError:
        return
    question.encode("utf-8")
    assert question
    assert question == question.strip()
    assert "\x00" not in question


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unknown", 1),
        ("lang", "fr"),
        ("max_citations", 0),
        ("max_citations", 11),
        ("max_citations", "4"),
        ("max_citations", 4.5),
        ("max_citations", True),
        ("cross_language", "yes"),
        ("conversation_id", "a b"),
        ("conversation_id", "x" * 65),
        ("conversation_id", "x\n"),
        ("filters", None),
        ("filters", {"audience": []}),
        ("filters", {"audience": ["staff"]}),
        ("filters", {"category": [""]}),
        ("filters", {"tags": ["x"] * 21}),
        ("filters", {"owner": "x"}),
        ("context", {"channel": "Widget"}),
        ("context", {"channel": "x" * 41}),
        ("context", {"page_url": "https://a/\x00"}),
    ],
)
def test_wrong_fields_of_a_question_are_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        AskRequest.model_validate({"question": "x", field: value})
    assert caught.value.errors()[0]["loc"][0] == field


def test_an_integer_may_be_written_with_a_point() -> None:
    assert AskRequest.model_validate({"question": "x", "max_citations": 4.0}).max_citations == 4


@pytest.mark.parametrize("model", [AskRequest, FeedbackRequest, VerifyRequest, SignalRequest, GapPatch])
def test_the_examples_of_the_document_are_valid(model: Any) -> None:
    examples = model.model_config["json_schema_extra"]["examples"]
    assert examples
    for example in examples:
        model.model_validate(example)


def test_a_quote_keeps_its_white_space() -> None:
    body = {"article_id": "a", "content_hash": "sha256:" + "0" * 64, "quote": "  - step\n"}
    assert VerifyRequest.model_validate(body).quote == "  - step\n"


@pytest.mark.parametrize("body", [{}, {"status": "closed"}, {"label": " "}, {"owner": "a\x00"}, {"due_on": "soon"}])
def test_changes_of_a_gap_that_make_no_sense_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GapPatch.model_validate(body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22", "2026-11-22T00:00:00+00:00"),
        ("2026-11-22T08:30:00Z", "2026-11-22T08:30:00+00:00"),
        ("2026-11-22T08:30:00+08:00", "2026-11-22T00:30:00+00:00"),
    ],
)
def test_periods_take_days_and_times(text: str, expected: str) -> None:
    assert TypeAdapter(Moment).validate_python(text).isoformat() == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30", "17"]
)
def test_periods_refuse_what_is_no_day(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)
