"""Codes: one form for every way of writing one, and another form for every other code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.codes import codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("E-203", "e203"),
        ("e203", "e203"),
        ("E 203", "e203"),
        ("E–203", "e203"),
        ("Ｅ－２０３", "e203"),
        ("错误E-203怎么办", "e203"),
        ("错误码 e203", "e203"),
        ("Error E203.", "e203"),
        ("`E-203`", "e203"),
        ("AX-1800", "ax1800"),
        ("我的ax1800路由器", "ax1800"),
        ("AX 1800 掉线", "ax1800"),
        ("AX-1800-EU", "ax1800"),
        ("iPhone 15", "iphone15"),
        ("iPhone15", "iphone15"),
        ("iphone-15", "iphone15"),
        ("iPhone１５", "iphone15"),
        ("iPhone　15怎么退款", "iphone15"),
        ("iPhone15Pro", "iphone15"),
        ("v2.3.1", "v2.3.1"),
        ("version 2.3.1", "v2.3.1"),
        ("版本2.3.1", "v2.3.1"),
        ("2.3.1 is out", "v2.3.1"),
        ("KB_DATA", "kbdata"),
        ("0x80070005", "0x80070005"),
        ("error 404", "404"),
        ("错误码：404", "404"),
        ("| 404 | Not found |", "404"),
    ],
)
def test_a_code_is_found_however_it_is_written(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("E-203", "E-204"),
        ("E-203", "E-20"),
        ("E-203", "E-2031"),
        ("iPhone 15", "iPhone 5"),
        ("iPhone 15", "iPhone 14 for 15 days"),
        ("AX-1800", "AX-3000"),
        ("v2.3.1", "v2.3"),
        ("v2.3.1", "v2.3.10"),
        ("KB_DATA", "KB_DATABASE"),
    ],
)
def test_another_code_is_another_code(one: str, other: str) -> None:
    assert codes(one)
    assert not codes(one) & codes(other)


@pytest.mark.parametrize(
    "text",
    [
        "within 7 days",
        "It takes 5 working days.",
        "in 2020",
        "a 30-day period, 2nd try, 15GB or 15 GB at 5 GHz",
        "Step 2 costs 20 euros",
        "1,000 points, 3.5 %",
        "超过30天，每次 15 元",
        "2026-11-22",
        "well-known and/or user's",
        "",
    ],
)
def test_amounts_dates_and_words_are_no_codes(text: str) -> None:
    assert not codes(text)


@given(st.text(max_size=200))
def test_any_text_has_codes_without_blanks_or_joiners(text: str) -> None:
    assert all(code and not any(c.isspace() or c in "-_" for c in code) for code in codes(text))
