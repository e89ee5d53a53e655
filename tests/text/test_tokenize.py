"""Terms: the same for every way of writing the same thing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.codes import codes
from kb.text.tokenize import find_matches, simplify, tokenize


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Resetting routers", "reset router"),
        ("兩步驗證", "两步验证"),
        ("ＡＸ－１８００", "ax-1800"),
        ("E-203", "e203"),
        ("user’s guide", "users guide"),
        ("WI-FI", "wifi"),
        ("Wi‑Fi", "wifi"),
    ],
)
def test_ways_of_writing_the_same_share_a_term(one: str, other: str) -> None:
    assert set(tokenize(one)) & set(tokenize(other))


def test_codes_keep_their_joined_form_inside_chinese_text() -> None:
    assert "ax1800" in tokenize("我的AX-1800路由器掉线")
    assert {"路由", "由器", "掉线"} <= set(tokenize("我的AX-1800路由器掉线"))


@pytest.mark.parametrize(
    ("one", "other", "term"),
    [
        ("iPhone 15怎么退", "iphone15", "iphone15"),
        ("error E 203", "E-203", "e203"),
        ("E–203", "e203", "e203"),
        ("AX-1800-EU", "AX 1800", "ax1800"),
        ("version 2.3.1", "v2.3.1", "v2.3.1"),
        ("iPhone１５ Pro", "iphone-15", "iphone15"),
    ],
)
def test_a_name_and_its_number_are_one_term_however_they_are_joined(one: str, other: str, term: str) -> None:
    assert term in tokenize(one)
    assert term in tokenize(other)


@pytest.mark.parametrize("text", ["E-203 E 203", "错误码404", "AX-1800-EU v2.3.1", "iPhone15Pro", "KB_DATA", "2.3.1"])
def test_the_codes_of_a_text_are_among_its_terms(text: str) -> None:
    assert codes(text) <= set(tokenize(text))


def test_chinese_is_cut_into_overlapping_pairs_and_a_single_character_stays() -> None:
    assert tokenize("退款到账") == ["退款", "款到", "到账"]
    assert tokenize("退") == ["退"]


def test_a_word_is_found_whatever_its_ending() -> None:
    assert tokenize("refunds") == tokenize("refunded") == tokenize("Refund")


@given(st.text(max_size=200))
def test_any_text_gives_terms_without_blanks_and_always_the_same(text: str) -> None:
    terms = tokenize(text)
    assert terms == tokenize(text)
    assert all(term and not any(c.isspace() for c in term) for term in terms)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=100))
def test_compatibility_forms_do_not_change_the_terms(text: str) -> None:
    assert tokenize(unicodedata.normalize("NFKC", text)) == tokenize(text)


def test_matches_are_marked_where_they_stand() -> None:
    text = "The REFUNDS for 退款 take days; 兩步驗證 too."
    terms = frozenset(tokenize("refund 退款 两步验证"))
    assert [text[m.start : m.end] for m in find_matches(text, terms)] == ["REFUNDS", "退款", "兩步驗證"]


@given(st.text(max_size=100), st.text(max_size=20))
def test_matches_lie_in_the_text_in_order_and_apart(text: str, query: str) -> None:
    position = -1
    for match in find_matches(text, frozenset(tokenize(query))):
        assert position < match.start < match.end <= len(text)
        position = match.end


def test_traditional_characters_become_simplified_one_for_one() -> None:
    assert simplify("退貨與換貨的規則") == "退货与换货的规则"
