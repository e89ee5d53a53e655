"""Which turns may lean on earlier ones, and which of two readings holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kb.answer.conversation import Context, asked_back, context_of, holds, repeats, subjects, within_context
from kb.answer.evidence import TermWeights
from kb.answer.find import Findings
from kb.answer.question import understand
from kb.index.snapshot import Snapshot
from kb.types import Hit, Lang, Outcome, Turn


def turn(question: str, article: str | None = "a", outcome: Outcome = Outcome.ANSWERED) -> Turn:
    return Turn(question, understand(question).lang, outcome, article, datetime(2026, 1, 1, tzinfo=UTC))


def context(question: str, *turns: Turn) -> Context | None:
    return context_of(question, understand(question).lang, turns)


@pytest.mark.parametrize(
    ("earlier", "question"),
    [
        ("How do I reset the router?", "and for Android?"),
        ("How do I reset the router?", "how do I turn it off?"),
        ("How long is the warranty?", "what about batteries"),
        ("怎么退款？", "那要多久？"),
        ("怎么退款？", "信用卡呢"),
        ("怎麼退款？", "它支援信用卡嗎"),
    ],
)
def test_a_turn_that_points_back_may_lean_on_what_came_before(earlier: str, question: str) -> None:
    found = context(question, turn("Old?", "b"), turn(earlier))
    assert found is not None
    assert found.points_back
    assert found.article_id == "a"
    assert found.text(question).endswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I change the delivery address of an order?",
        "发票抬头写错了怎么修改重新开具",
        "What does the warranty say about water damage in earbuds?",
    ],
)
def test_a_full_question_stands_alone(question: str) -> None:
    assert context(question, turn("How do I reset the router?"), turn("怎么重置路由器")) is None


def test_a_short_question_may_go_either_way() -> None:
    found = context("password rules", turn("How do I reset the router?"))
    assert found is not None
    assert not found.points_back


def test_the_first_question_has_no_context() -> None:
    assert context("and then?") is None


def test_thanks_and_complaints_are_no_subject() -> None:
    turns = [turn("How do I pay?"), turn("thanks!", None), turn("转人工", None), turn("还是不行", None)]
    assert [t.question for t in subjects(turns)] == ["How do I pay?"]
    found = context("and abroad?", *turns)
    assert found is not None
    assert found.topic == "How do I pay?"


def test_the_topic_is_the_question_that_opened_it() -> None:
    found = context(
        "and Alipay?", turn("How do I pay?", "p"), turn("How long does a refund take?", "r"), turn("and Visa?", "r")
    )
    assert found is not None
    assert found.topic == "How long does a refund take?"


def test_another_language_with_a_subject_of_its_own_begins_anew() -> None:
    assert context("退款要多久", turn("How do I pay?")) is None
    assert context("那信用卡呢", turn("How do I pay?")) is not None


def test_words_of_the_same_question_repeat_it_in_any_script_and_width() -> None:
    assert repeats("退貨期限是幾天?", [turn("退货期限是几天？")])
    assert not repeats("退货期限", [turn("退货期限是几天？")])


def test_a_reply_that_asked_back_is_remembered() -> None:
    assert asked_back([turn("refund", None, Outcome.CLARIFY)])
    assert not asked_back([turn("refund", None, Outcome.CLARIFY), turn("full refund")])
    assert not asked_back([])


def findings(hit: Hit | None, score: float, content: tuple[str, ...] = (), lang: Lang = "en") -> Findings:
    weights = TermWeights(dict.fromkeys(content, 1.0), float(len(content)))
    return Findings(lang, (hit,) if hit else (), weights, {}, score, 0.0)


@pytest.fixture
def refund_and_router(snapshot: Snapshot) -> tuple[Hit, Hit]:
    def hit(article_id: str) -> Hit:
        row = snapshot.rows_of_article[article_id][0]
        return Hit(row, snapshot.passages[row], snapshot.articles[article_id], 0.5, 1.0, 0.0, 1, 0)

    return hit("en/billing/refunds"), hit("en/devices/router")


def test_the_surer_reading_of_a_short_turn_holds(snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=False)
    assert holds(about, findings(router, 0.2), findings(refund, 0.8), snapshot)
    assert not holds(about, findings(router, 0.8), findings(refund, 0.2), snapshot)
    assert not holds(about, findings(router, 0.5), findings(refund, 0.5), snapshot)
    assert holds(replace(about, points_back=True), findings(router, 0.8), findings(refund, 0.4), snapshot)


def test_words_that_only_the_other_article_has_lead_away(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=False)
    assert not holds(about, findings(router, 0.5, ("router",)), findings(refund, 0.8), snapshot)
    assert holds(about, findings(router, 0.5, ("refund",)), findings(refund, 0.8), snapshot)


def test_a_known_phrasing_and_a_context_without_findings_stand_alone(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=True)
    known = replace(findings(router, 0.9), features={"known_wording": 1.0})
    assert not holds(about, known, findings(refund, 0.9), snapshot)
    assert not holds(about, findings(router, 0.1), findings(None, 0.0), snapshot)
    assert holds(about, findings(None, 0.0), findings(refund, 0.1), snapshot)


def test_staying_with_the_article_makes_surer_and_moving_away_does_not(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=True)
    alone = findings(router, 0.1, ("router",))

    def sure(hit: Hit, score: float) -> float:
        return within_context(findings(hit, score), about, alone, snapshot).score

    assert 0.3 < sure(refund, 0.3) <= 0.9
    assert sure(refund, 0.97) == pytest.approx(0.97)
    assert sure(router, 0.3) == pytest.approx(0.3)


def test_a_topic_alone_does_not_answer_what_its_article_lacks(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=False)
    heard = within_context(findings(refund, 0.8), about, findings(router, 0.1, ("refund",)), snapshot)
    unheard = within_context(findings(refund, 0.8), about, findings(router, 0.1, ("moon",)), snapshot)
    assert unheard.score < 0.8 < heard.score
    assert unheard.hits == heard.hits


def test_words_that_the_article_lacks_lead_away_and_those_that_only_ask_for_an_amount_do_not(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=False)
    within = findings(refund, 0.99)
    assert not holds(about, findings(router, 0.02, ("chess", "olympiad")), within, snapshot)
    assert holds(about, findings(router, 0.02, ("router", "refund")), within, snapshot)
    assert holds(about, findings(router, 0.02, ("多久", "几天", "钱"), "zh"), within, snapshot)
    assert holds(replace(about, points_back=True), findings(router, 0.02, ("chess", "olympiad")), within, snapshot)
    asked = within_context(findings(refund, 0.8), about, findings(router, 0.1, ("多久",), "zh"), snapshot)
    assert asked.score > 0.8


@pytest.mark.parametrize(
    "question",
    [
        "who are you",
        "and what is the weather today?",
        "What time is it?",
        "tell me a joke",
        "2+2",
        "你是谁",
        "您是机器人吗？",
        "现在几点了",
        "讲个笑话吧",
    ],
)
def test_what_is_asked_in_passing_is_about_nothing_that_was_said(question: str) -> None:
    turn = Turn("退款要多久？", "zh", Outcome.ANSWERED, "zh/refunds", datetime(2026, 11, 22, tzinfo=UTC))
    english = Turn("How long does a refund take?", "en", Outcome.ANSWERED, "en/refunds", turn.at)
    assert context_of(question, "en", [turn, english]) is None
    assert context_of(question, "zh", [english, turn]) is None


@pytest.mark.parametrize("question", ["what time", "what day", "几点", "星期几呢"])
def test_a_bare_question_for_a_time_is_about_what_was_said(question: str) -> None:
    turn = Turn(
        "When can I reach customer service?", "en", Outcome.ANSWERED, "en/contact", datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert context_of(question, "en", [turn]) is not None


def test_a_whole_question_behind_a_word_that_leans_may_be_about_something_else(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=True)
    strange = findings(router, 0.02, ("bitcoin",))
    assert holds(about, strange, findings(refund, 0.9), snapshot), "and bitcoin?"
    assert not holds(replace(about, whole=True), strange, findings(refund, 0.9), snapshot), "and do you take bitcoin?"
    assert holds(replace(about, whole=True), findings(router, 0.02, ("refund",)), findings(refund, 0.9), snapshot)


def test_what_no_article_has_is_not_answered_by_pointing_back(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("How do I get a refund?", refund.article.id, points_back=True)
    known = within_context(findings(refund, 0.8), about, findings(router, 0.1, ("router",)), snapshot)
    unknown = within_context(findings(refund, 0.8), about, findings(router, 0.1, ("klingon",)), snapshot)
    assert unknown.score < 0.5 < known.score


def test_a_turn_that_is_surely_answered_alone_needs_no_context(
    snapshot: Snapshot, refund_and_router: tuple[Hit, Hit]
) -> None:
    refund, router = refund_and_router
    about = Context("refund", router.article.id, points_back=False)
    assert not holds(about, findings(refund, 0.9, ("refund",)), findings(router, 0.99), snapshot)
    assert holds(replace(about, points_back=True), findings(refund, 0.9, ("refund",)), findings(router, 0.99), snapshot)


def test_a_question_asked_back_is_complete_with_its_choice() -> None:
    vague = turn("return", None, Outcome.CLARIFY)
    chosen = context("and opened earbuds?", vague, turn("Return conditions", "r"))
    repeated = context("and opened earbuds?", vague, turn("Return?", "r"))
    assert chosen is not None
    assert repeated is not None
    assert (chosen.topic, chosen.article_id) == ("return Return conditions", "r")
    assert repeated.topic == "Return?"
