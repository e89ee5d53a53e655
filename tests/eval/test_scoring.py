"""A returned passage is judged by the text it holds, and a list of judgements is summed up right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.datasets import Gold, GoldSpans, Question
from eval.scoring import Judgement, Place, Response, by_kind, is_hit, judge, summarize
from kb.types import Span

GOLD = GoldSpans("a", passages=(Span(100, 200),), answers=(Span(150, 160), Span(180, 185)))
NO_ANSWER_TEXT = GoldSpans("a", passages=(Span(100, 200),), answers=())
spans = st.tuples(st.integers(0, 300), st.integers(1, 200)).map(lambda t: Span(t[0], t[0] + t[1]))


def question(*, answerable: bool = True, level: str = "passage", kind: str = "span") -> Question:
    gold = (Gold("a", "p", ""),) if answerable else ()
    return Question("q", "s", "questions", "en", "?", answerable, gold, (), kind, level, "a")  # type: ignore[arg-type]


def place(start: int, end: int, article: str = "a") -> Place:
    return Place(article, Span(start, end))


@pytest.mark.parametrize(
    ("returned", "gold", "hit"),
    [
        (place(150, 160), GOLD, True),
        (place(0, 155), GOLD, False),
        (place(180, 400), GOLD, True),  # another accepted answer
        (place(150, 160, "b"), GOLD, False),
        (place(100, 149), GOLD, False),  # half of the passage, but without the answer
        (place(100, 150), NO_ANSWER_TEXT, True),
        (place(151, 300), NO_ANSWER_TEXT, False),
        (place(190, 200), NO_ANSWER_TEXT, True),  # a small passage inside
        (place(200, 300), NO_ANSWER_TEXT, False),
        (place(0, 900), NO_ANSWER_TEXT, True),
    ],
)
def test_hits(returned: Place, gold: GoldSpans, hit: bool) -> None:
    assert is_hit(returned, gold) is hit


@given(spans, spans)
def test_overlap_is_the_same_from_both_sides(one: Span, other: Span) -> None:
    forth = is_hit(Place("a", one), GoldSpans("a", (other,), ()))
    assert forth == is_hit(Place("a", other), GoldSpans("a", (one,), ()))
    assert is_hit(Place("a", one), GoldSpans("a", (one,), ()))


@given(spans, st.integers(0, 50), st.integers(0, 50))
def test_a_wider_passage_never_loses_the_answer(span: Span, before: int, after: int) -> None:
    wider = Span(max(0, span.start - before), span.end + after)
    assert is_hit(Place("a", wider), GOLD) or not is_hit(Place("a", span), GOLD)


def test_ranks_count_passages_and_distinct_articles() -> None:
    response = Response((place(0, 9, "b"), place(9, 20, "b"), place(0, 50), place(100, 200)), score=0.5)
    judged = judge(question(), [GOLD], response)
    assert (judged.article_rank, judged.distinct_article_rank, judged.passage_rank) == (3, 2, 4)
    assert not judged.right


def test_the_answer_is_looked_for_in_the_quotes_alone() -> None:
    response = Response((place(100, 200),), quotes=(place(100, 140),))
    judged = judge(question(), [GOLD], response)
    assert judged.right
    assert judged.answer_found is False
    assert judge(question(), [NO_ANSWER_TEXT], response).answer_found is None


def test_where_only_the_article_is_known_the_article_decides() -> None:
    judged = judge(question(level="article"), [GoldSpans("a", (), ())], Response((place(0, 9),)))
    assert judged.right
    assert judged.passage_rank is None


def test_nothing_is_right_for_an_unanswerable_question() -> None:
    judged = judge(question(answerable=False), [], Response((place(0, 9),), answered=True))
    assert (judged.right, judged.article_rank, judged.passage_rank) == (False, 0, None)


def judgements() -> list[Judgement]:
    right = Response((place(100, 200),), (place(150, 160),), score=0.9, calibrated=True)
    wrong = Response((place(0, 50, "b"), place(100, 200)), (place(0, 50, "b"),), score=0.4, calibrated=True)
    silent = Response((place(0, 50, "b"),), score=0.1, calibrated=True, answered=False)
    return [
        judge(question(), [GOLD], right),
        judge(question(), [GOLD], wrong),
        judge(question(answerable=False), [], silent),
        judge(question(answerable=False), [], wrong),
    ]


def test_a_summary() -> None:
    numbers = summarize(judgements())
    assert numbers == pytest.approx(
        {
            "n": 4,
            "n_answerable": 2,
            "n_passage": 2,
            "article@1": 0.5,
            "article@4": 1,
            "passage@1": 0.5,
            "passage@4": 1,
            "mrr@10": 0.75,
            "article_ndcg@10": 0.5 + 0.5 * 0.6309297535714575,
            "auroc": 1,
            "auroc_answerable": 0.875,
            "coverage@95": 0.25,
            "answerable_answered@95": 0.5,
            "answer_found": 0.5,
            "ece": (0.1 + 2 * 0.4 + 0.1) / 4,
            "ece_mass": (0.1 + 2 * 0.4 + 0.1) / 4,
            "brier": (0.01 + 2 * 0.16 + 0.01) / 4,
            "answered": 0.75,
            "answered_precision": 1 / 3,
            "false_answers": 0.5,
        }
    )


def test_a_mere_ranking_has_no_calibration() -> None:
    numbers = summarize([judge(question(), [GOLD], Response((place(100, 200),), score=17.0))])
    assert "ece" not in numbers
    assert "auroc" not in numbers  # one class only
    assert numbers["passage@1"] == 1


def test_kinds_are_told_apart() -> None:
    one = judge(question(kind="title", level="article"), [GoldSpans("a", (), ())], Response((place(0, 9),)))
    assert by_kind([one, *judgements()]) == {
        "span": {"n": 2, "article@1": 0.5, "passage@1": 0.5},
        "title": {"n": 1, "article@1": 1},
    }
