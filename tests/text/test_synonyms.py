"""An organisation's own words: how they are read from a file, and where a text uses them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.text.synonym_yaml import MAX_BYTES, read_synonyms
from kb.text.synonyms import NO_SYNONYMS, Synonyms, find_uses, replace_uses

FILE = """
# our words
- [refund, money back, 退款, 退钱]
- {from: [AX, 老路由器], to: AX-1800}
- [wifi, 无线网络]
- [车, 汽车]
"""


@pytest.fixture(scope="module")
def synonyms() -> Synonyms:
    found, problems = read_synonyms(FILE.encode())
    assert not problems
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "said", "meant"),
    [
        ("How do I get my MONEY-BACK?", "MONEY-BACK", "refund"),
        ("refunds please", "refunds", "退款"),
        ("怎么退錢呢", "退錢", "refund"),
        ("我的AX掉线", "AX", "AX-1800"),
        ("老路由器坏了", "老路由器", "AX-1800"),
        ("Ｗｉ－Ｆｉ连不上", "Ｗｉ－Ｆｉ", "无线网络"),
        ("WiFi连不上", "WiFi", "无线网络"),
        ("车 怎么洗", "车", "汽车"),
    ],
)
def test_an_expression_is_found_however_it_is_written(synonyms: Synonyms, text: str, said: str, meant: str) -> None:
    (use,) = find_uses(text, synonyms)
    assert (use.said, text[use.span.start : use.span.end]) == (said, said)
    assert meant in use.meant


@pytest.mark.parametrize(
    "text",
    ["money. Back to work", "backmoneyx", "TAXI", "AX-1800 offline", "AX 1800 掉线", "停车场", "一无所有", "", "？！"],
)
def test_other_words_are_left_alone(synonyms: Synonyms, text: str) -> None:
    assert not find_uses(text, synonyms)


def test_a_one_way_rule_does_not_lead_back(synonyms: Synonyms) -> None:
    assert not find_uses("AX-1800", synonyms)


def test_the_longest_expression_wins() -> None:
    synonyms, _ = read_synonyms(b"- [card, Karte]\n- [gift card, voucher]\n")
    assert synonyms is not None
    assert [use.said for use in find_uses("my gift card and my card", synonyms)] == ["gift card", "card"]


def test_replacing_keeps_the_rest_of_the_text(synonyms: Synonyms) -> None:
    text = "我的AX怎么退钱"
    uses = find_uses(text, synonyms)
    assert replace_uses(text, [(use, use.meant[0]) for use in uses]) == "我的 AX-1800 怎么 refund"


@pytest.mark.parametrize(
    ("source", "line", "code"),
    [
        ("refund: money", 1, "bad_type"),
        ("- [a, b]\n- [c", 3, "bad_yaml"),
        ("- [a, b]\n-\t[c, d]\n", 2, "bad_yaml"),
        ("- [a, b]\n- ['', c]\n", 2, "bad_value"),
        ("- [a, b]\n- [~, c]\n", 2, "bad_value"),
        ("- ['?!', c]\n", 1, "bad_value"),
        ("- [a]\n", 1, "bad_value"),
        ("- [Wi-Fi, wifi]\n", 1, "bad_value"),
        ("- []\n", 1, "bad_value"),
        ("- word\n", 1, "bad_type"),
        ("- [[a, b]]\n", 1, "bad_type"),
        ("- {from: a}\n", 1, "bad_value"),
        ("- {from: a, to: b, via: c}\n", 1, "bad_value"),
        ("- from: a\n  from: b\n  to: c\n", 2, "duplicate_key"),
        ("- &x [a, b]\n- *x\n", 1, "bad_yaml"),
        ("- !!python/object/apply:os.system [echo]\n", 1, "bad_yaml"),
        ("- [a, b]\n---\n- [c, d]\n", 2, "bad_yaml"),
        ("- [" + "x" * 101 + ", y]\n", 1, "bad_value"),
        ("- [" + ", ".join(f"w{n}" for n in range(65)) + "]\n", 1, "too_big"),
        ("- [a\x00, b]\n", 1, "bad_yaml"),
        ("[" * 5000, 1, "bad_type"),
    ],
)
def test_a_wrong_file_is_refused_as_a_whole_with_its_line(source: str, line: int, code: str) -> None:
    synonyms, problems = read_synonyms(source.encode())
    assert synonyms is None
    assert [(problem.line, problem.code, problem.fatal) for problem in problems] == [(line, code, True)]
    assert problems[0].message.endswith(".")


def test_bytes_that_are_no_text_or_too_many_are_refused() -> None:
    assert read_synonyms(b"- [a, b]\n- [\xff, c]\n")[1][0].line == 2
    assert read_synonyms(b"#" * (MAX_BYTES + 1))[1][0].code == "too_big"


@pytest.mark.parametrize(
    ("source", "code"),
    [("- {from: a, to: b}\n- {from: b, to: a}\n", "cycle"), ("- {from: [refunds, ab], to: refund}\n", "no_effect")],
)
def test_what_was_hardly_meant_is_remarked_and_used(source: str, code: str) -> None:
    synonyms, problems = read_synonyms(source.encode())
    assert synonyms
    assert [(problem.code, problem.fatal) for problem in problems] == [(code, False)]


@pytest.mark.parametrize("source", [b"", b"# nothing yet\n", b"[]"])
def test_an_empty_file_has_no_synonyms(source: bytes) -> None:
    assert read_synonyms(source) == (NO_SYNONYMS, ())


def test_a_byte_order_mark_and_numbers_are_read_as_text() -> None:
    synonyms, problems = read_synonyms("\ufeff- [404, not found]\n- [1.10, yes]\n".encode())
    assert not problems
    assert synonyms is not None
    assert [use.meant for use in find_uses("404 in 1.10", synonyms)] == [("not found",), ("yes",)]


def test_ten_thousand_groups_are_read() -> None:
    source = "\n".join(f"- [word{n}, 词{n}号]" for n in range(10_000))
    synonyms, problems = read_synonyms(source.encode())
    assert not problems
    assert synonyms is not None
    assert [use.meant for use in find_uses("what is word777?", synonyms)] == [("词777号",)]


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_synonyms_or_problems(raw: bytes) -> None:
    synonyms, problems = read_synonyms(raw)
    assert (synonyms is None) == any(problem.fatal for problem in problems)


@given(text=st.text(max_size=100))
@settings(deadline=None)  # the first text loads the Chinese tables
def test_uses_lie_in_the_text_in_order_and_apart(synonyms: Synonyms, text: str) -> None:
    position = 0
    for use in find_uses(text + " refund AX 退钱", synonyms):
        assert position <= use.span.start < use.span.end <= len(text) + 13
        position = use.span.end
