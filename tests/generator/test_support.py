"""A sentence passes only if a quote says all of it; a hundred ways to bend a quote do not."""

from __future__ import annotations

import pytest

from kb.generator.claims import Claim
from kb.generator.facts import read_facts
from kb.generator.sources import Source
from kb.generator.support import check
from kb.types import Lang

Sources = dict[Lang, tuple[Source, ...]]


def verdict(sources: Sources, lang: Lang, text: str, *named: int) -> str:
    """The quotes that support the sentence, or why none does."""
    found = check(Claim(text, named), sources[lang], lang, lambda _: 1.0)
    return " + ".join(e.unit.plain for e in found.evidence) or found.why


@pytest.mark.parametrize(
    ("lang", "text", "named", "quote"),
    [
        ("en", "Hygiene articles are excluded once the seal is broken.", 3, "Hygiene articles are excluded"),
        ("en", "Credit card refunds take 5 to 7 working days.", 2, "Credit card | 5 to 7 working days"),
        ("en", "A refund to a credit card takes five to seven working days.", 2, "Credit card | 5 to 7 working days"),
        ("en", "We check the parcel within 2 working days.", 1, "We check it within two working days."),
        ("en", "Opened software cannot be returned, but faulty media are exchanged within 30 days.", 3, " + However"),
        ("en", "Choose Return items.", 4, "Choose Return items."),
        ("zh", "信用卡退款需要 5 至 7 个工作日。", 2, "信用卡 | 5 至 7 个工作日"),
        ("zh", "信用卡退款需要五至七个工作日。", 2, "信用卡 | 5 至 7 个工作日"),
        ("zh", "已拆封的軟件不支持退貨。", 3, "已拆封的软件不支持退货。"),
        ("zh", "包裹退回仓库后，我们会在2个工作日内完成检查。", 1, " + 我们会在两个工作日内完成检查。"),
    ],
)
def test_what_a_quote_says_passes(refunds: Sources, lang: Lang, text: str, named: int, quote: str) -> None:
    assert quote in verdict(refunds, lang, text, named)


@pytest.mark.parametrize(
    ("lang", "text", "named", "why"),
    [
        ("en", "Bank transfer takes 5 to 7 working days.", (2,), "number"),
        ("en", "Credit card refunds take 5 to 7 days.", (2,), "number"),
        ("en", "Credit card refunds take 5 to 7 working weeks.", (2,), "coverage"),
        ("en", "Opened software can be returned.", (3,), "negation"),
        ("en", "Faulty media are not exchanged within 30 days.", (3,), "coverage"),
        ("en", "Faulty media are exchanged after 30 days.", (3,), "limit"),
        ("en", "Faulty media are exchanged.", (3,), "limit"),
        ("en", "Hygiene articles are excluded.", (3,), "limit"),
        ("en", "Hygiene articles are always excluded once the seal is broken.", (3,), "coverage"),
        ("en", "Opened software and hardware cannot be returned.", (3,), "negation"),
        ("en", "We check it within two working days at Springfield.", (1,), "name"),
        ("en", "We check it within two working days, see http://evil.example/pay now.", (1,), "coverage"),
        ("en", "We check it within two working days (call 555-123-4567).", (1,), "number"),
        ("en", "We check it within two working days with E-203.", (1,), "number"),
        ("en", "We check it within two\u200b working days.", (1,), "characters"),
        ("en", "We check it within two working days 🎉.", (1,), "characters"),
        ("en", "<b>We check it</b> within two working days.", (1,), "characters"),
        ("en", "Do we check it within two working days?", (1,), "question"),
        ("en", "Once the seal is excluded, hygiene articles are broken.", (3,), "order"),
        ("en", "We check it within two working days.", (), "no_citation"),
        ("en", "We check it within two working days.", (9,), "invented_citation"),
        ("en", "We check it within two working days.", (1, 9), "invented_citation"),
        ("en", "We check it within two working days.", (3,), "number"),
        ("en", "Yes.", (1,), "no_content"),
        ("en", "我们会在两个工作日内完成检查。", (1,), "language"),
        ("zh", "We check it within two working days.", (1,), "language"),
        ("zh", "银行转账需要5至7个工作日。", (2,), "number"),
        ("zh", "信用卡退款需要 5 至 7 天。", (2,), "number"),
        ("zh", "已拆封的软件支持退货。", (3,), "negation"),
        ("zh", "介质有故障的可在 30 天后更换。", (3,), "coverage"),
        ("zh", "已拆封的手机不支持退货。", (3,), "coverage"),
        ("zh", "我们会在两个工作日内完成检查，请加微信 abc123。", (1,), "coverage"),
    ],
)
def test_what_no_quote_says_is_refused(
    refunds: Sources, lang: Lang, text: str, named: tuple[int, ...], why: str
) -> None:
    assert verdict(refunds, lang, text, *named) == why


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_unit_supports_its_own_copy(refunds: Sources, lang: Lang) -> None:
    for source in refunds[lang]:
        for unit in source.units:
            assert check(Claim(unit.plain, (source.n,)), refunds[lang], lang, lambda _: 1.0).evidence


def test_units_are_slices_of_the_file(refunds: Sources) -> None:
    for source in (*refunds["en"], *refunds["zh"]):
        assert source.units
        for unit in source.units:
            piece = source.article.text[unit.span.start : unit.span.end]
            assert piece.strip() == piece != ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("between 5 and 7 working days", {("5", "workday"), ("7", "workday")}),
        ("5–7 business days", {("5", "workday"), ("7", "workday")}),
        ("€1,000 or 30 %", {("1000", "euro"), ("30", "percent")}),
        ("两个月内退 100 元", {("2", "month"), ("100", "yuan")}),
        ("二十四小时", {("24", "hour")}),
        ("one of the buttons", set()),
        ("5GB and 20W", {("5", "gb"), ("20", "watt")}),
    ],
)
def test_numbers_are_read_with_their_units(text: str, numbers: set[tuple[str, str]]) -> None:
    assert set(read_facts(text).numbers) == numbers
