"""The piece that is chosen: the sentence that answers, with its conditions; a whole list or procedure; a row under its header."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.passages import split_passages
from kb.answer.asked_for import asked_for
from kb.answer.compose import Place, compose
from kb.answer.evidence import weigh_terms
from kb.answer.question import understand
from kb.answer.select import SelectionParameters, select_pieces
from kb.answer.units import items_of, table_of, units_of
from kb.types import Article, BlockKind, Passage

_USUAL = SelectionParameters()
_FILLER = "Nothing else about the matter is written anywhere in this long and winding paragraph of the help centre. "
_FILLER_ZH = "这一段很长的文字只是为了让段落超过可以整段引用的长度而写的，与任何问题都没有关系。"
_FILLER_TW = "這一段很長的文字只是為了讓段落超過可以整段引用的長度而寫的，與任何問題都沒有關係。"


def _article(body: str) -> Article:
    return Article("a", "a.md", "Help", "en", body, 0, "sha256:0")


def _passage(body: str) -> Passage:
    (passage,) = split_passages(_article(body))
    return passage


def _pieces(body: str, question: str, parameters: SelectionParameters = _USUAL) -> list[str]:
    asked = understand(question)
    weights = weigh_terms(asked.content, lambda term: 1.0)
    return [body[s.start : s.end] for s in select_pieces(_passage(body), weights, asked_for(asked), parameters)]


@pytest.mark.parametrize(
    ("filler", "rule", "condition", "question"),
    [
        (_FILLER, "Opened items can be returned.", "This is only within 7 days.", "can opened items be returned?"),
        (_FILLER, "Shipping is free.", "Except to islands.", "is shipping free?"),
        (_FILLER, "Shipping is free.", "Islands are an exception.", "is shipping free?"),
        (_FILLER_ZH, "拆封的商品可以退货。", "仅限签收后 7 天内。", "拆封的商品可以退货吗"),
        (_FILLER_ZH, "全国包邮。", "偏远地区除外。", "全国包邮吗"),
        (_FILLER_ZH, "发票可以重开。", "但专用发票不能重开。", "发票可以重开吗"),
        (_FILLER_TW, "拆封的商品可以退貨。", "僅限簽收後 7 天內。", "拆封的商品可以退貨嗎"),
        (_FILLER_TW, "全國免運費。", "離島不適用。", "全國免運費嗎"),
    ],
)
def test_the_condition_after_a_sentence_comes_along_and_nothing_else(
    filler: str, rule: str, condition: str, question: str
) -> None:
    gap = " " if filler == _FILLER else ""
    body = filler * 3 + rule + gap + condition + gap + filler * 3
    (piece,) = _pieces(body, question, SelectionParameters(possible=0.9, likely=0.9))
    assert piece == rule + gap + condition


@pytest.mark.parametrize(
    ("filler", "first", "second", "question"),
    [
        (_FILLER, "The warranty covers the battery.", "It lasts 24 months.", "how many months does it last"),
        (_FILLER_ZH, "保修包含电池。", "该服务持续 24 个月。", "服务持续几个月"),
        (_FILLER_TW, "保固包含電池。", "該服務持續 24 個月。", "服務持續幾個月"),
    ],
)
def test_a_sentence_that_points_back_comes_with_the_one_before(
    filler: str, first: str, second: str, question: str
) -> None:
    gap = " " if filler == _FILLER else ""
    (piece,) = _pieces(filler * 3 + first + gap + second + gap + filler * 3, question)
    assert first + gap + second in piece


def test_when_how_many_and_who_choose_the_sentence_that_says_it() -> None:
    body = (
        f"The statue stands in the park and people like the statue. {_FILLER}The statue was made in 1891. {_FILLER}"
        f"The statue was carved by Anna Berg. {_FILLER}The statue weighs 12 tons, say the guides of the park."
    )
    single = SelectionParameters(possible=0.99, likely=0.99)
    assert _pieces(body, "When was the statue made?", single) == ["The statue was made in 1891."]
    assert "12 tons" in _pieces(body, "How many tons does the statue weigh?", single)[0]


_TABLE = """How long it takes depends on where you live:

| Region | Days | Fee |
| --- | --- | --- |
| Mainland | 2 to 3 days | free |
| Taiwan | 5 to 7 days | 30 |
| Hong Kong | 4 to 5 days | 25 |
| Macau | 4 to 6 days | 25 |
| Overseas | 10 to 20 days | 90 |
| Remote mountain villages and islands without a road | 15 to 30 days | 120 |
"""


def test_a_row_answers_with_its_header_and_the_note_below_the_table() -> None:
    body = f"{_TABLE}\n\\* Orders over 500 are free, except to Overseas.\n"
    head, row, note = _pieces(body, "how many days to Taiwan?")
    assert head.endswith("| --- | --- | --- |")
    assert head.startswith("How long it takes")
    assert row == "| Taiwan | 5 to 7 days | 30 |"
    assert note.startswith("\\*")


@pytest.mark.parametrize("question", ["which regions are there", "days", "what is the fee for Mainland and Macau"])
def test_a_table_comes_whole_when_no_single_row_is_meant(question: str) -> None:
    assert _pieces(_TABLE, question) == [_TABLE.rstrip()]


def test_a_row_and_its_header_are_shown_as_one_table_with_two_citations() -> None:
    article, passage = _article(_TABLE), _passage(_TABLE)
    asked = understand("how many days to Taiwan?")
    spans = select_pieces(passage, weigh_terms(asked.content, lambda term: 1.0), asked_for(asked))
    answer, citations = compose([Place(article, passage, s) for s in spans], {}, "", date(2026, 11, 22))
    assert answer.html.count("<table>") == 1
    assert "<td>Taiwan</td>" in answer.html.replace("\n", "")
    assert "Macau" not in answer.html
    assert len(citations) == 2
    for citation in citations:
        assert _TABLE[citation.source_span.start : citation.source_span.end] == citation.quote
    assert [answer.text[s.start : s.end] for c in citations for s in c.answer_spans][1] == "Taiwan | 5 to 7 days | 30"


def test_steps_interrupted_by_code_are_one_procedure() -> None:
    steps = "Do this:\n\n1. Stop the server and wait for it.\n2. Run the command:\n\n```\nkb index\n```\n\n3. Start it again.\n"
    body = f"{_FILLER * 3}\n\n{steps}\n{_FILLER * 3}"
    (piece,) = _pieces(body, "how do I run the command", SelectionParameters(possible=0.9, likely=0.9))
    assert piece == steps.rstrip()


@pytest.mark.parametrize(
    ("question", "lead_in"),
    [
        ("how do I unpack the printer and put in the paper", "Follow these steps:"),
        ("怎么打开打印机", "请按以下步骤操作："),
    ],
)
def test_no_question_gets_half_a_procedure(question: str, lead_in: str) -> None:
    steps = "\n".join(
        f"{n}. Unpack part {n} of the printer 打印机 and put it on the table beside the paper." for n in range(1, 9)
    )
    (piece,) = _pieces(
        f"{_FILLER * 2}\n\n{lead_in}\n\n{steps}\n", question, SelectionParameters(possible=0.9, likely=0.9)
    )
    assert piece == f"{lead_in}\n\n{steps}"


_WORDS = st.sampled_from("refund days card router 退款 信用卡 多久 怎么 how many when which except 仅限 It 该".split())
_BLOCKS = st.sampled_from(
    [
        _FILLER * 2,
        _FILLER_ZH * 2,
        "Refunds go to the card. It takes 5 days. However, gifts are excluded.",
        "退款退回信用卡。该过程需要 5 天。仅限 7 天内。",
        "Steps:\n\n1. Open the router.\n2. Wait for days.\n3. Refund.",
        "- refund one of the items in the list\n- card two of the items in the list\n  - nested\n- 退款 three",
        _TABLE,
        "> Note: only within 7 days.",
        "```\nrefund --card\n```",
    ]
)


@given(blocks=st.lists(_BLOCKS, min_size=1, max_size=6), words=st.lists(_WORDS, min_size=1, max_size=5))
def test_every_piece_is_verbatim_in_order_and_never_part_of_a_procedure(blocks: list[str], words: list[str]) -> None:
    body = "\n\n".join(blocks) + "\n"
    asked = understand(" ".join(words))
    weights = weigh_terms(asked.content, lambda term: 1.0)
    for passage in split_passages(_article(body)):
        spans = select_pieces(passage, weights, asked_for(asked))
        assert spans
        assert all(passage.span.start <= s.start < s.end <= passage.span.end for s in spans)
        assert all(one.end <= other.start for one, other in pairwise(spans))
        for block in passage.blocks:
            if block.kind in (BlockKind.PROCEDURE, BlockKind.CODE):
                touched = [s for s in spans if s.start < block.span.end and block.span.start < s.end]
                assert all(s.start <= block.span.start and block.span.end <= s.end for s in touched)
        for unit in units_of(passage):
            assert body[unit.span.start : unit.span.end] == unit.text
            table = table_of(unit) if unit.kind is BlockKind.TABLE else None
            parts = (table.head, *table.rows) if table else items_of(unit)
            assert all(unit.span.start <= p.start < p.end <= unit.span.end for p in parts)


@pytest.mark.parametrize(
    ("question", "given", "other"),
    [
        ("What is your phone number?", "Call +86 400 820 8820.", "Have the order number ready."),
        ("客服电话是多少", "请拨打 400-820-8820。", "请准备好订单号。"),
        ("為什麼退款失敗", "因為卡片已過期。", "退款會原路退回。"),
        ("Where do I find my points?", "Open **Account** in Settings.", "points are great."),
        ("多久到帳", "一般 3 個工作日內到帳。", "退款會原路退回。"),
    ],
)
def test_a_sentence_gives_what_is_asked_for_or_does_not(question: str, given: str, other: str) -> None:
    asked = asked_for(understand(question))
    assert asked.given_by(given)
    assert not asked.given_by(other)
