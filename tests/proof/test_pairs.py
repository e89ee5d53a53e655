"""Which articles are put side by side: repeated text, numbers that disagree, denials; and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from kb.index.snapshot import Snapshot
from kb.proof.pairs import Pair, PairRules, difference, find_pairs, near_rows
from tests.proof.conftest import Collect

STEPS = (
    "Open the settings of your account and choose Privacy. Press the button that says Export everything, enter your"
    " password once more, and wait for the message with the link. The archive holds orders, invoices, reviews, messages"
    " and addresses."
)
ARTICLES = {
    "en/refund-card": "Refund to a credit card\n\nA refund to a credit card takes 5 working days after the parcel arrived.",
    "en/refund-faq": "Refund questions\n\nA refund to a credit card takes 9 working days after the parcel arrived.",
    "en/refund-paypal": "Refund to PayPal\n\nMoney comes back to PayPal on the same afternoon.",
    "en/export": f"Export your data\n\n{STEPS}",
    "en/archive": f"Get an archive of your orders\n\n{STEPS}",
    "en/gift": "Gift cards\n\nThe shop exchanges unused gift cards for money in every country.",
    "en/gift-rules": "Gift card rules\n\nThe shop never exchanges unused gift cards for money in every country.",
    "en/router": "Router\n\nThe lamp of the router blinks when it starts. The lamp of the router never blinks when it starts.",
    "en/router-old": "Old router\n\nThe lamp of the router never blinks when it starts."
    " The lamp of the router blinks when it starts.",
    "zh/express": "加急配送\n\n加急配送的包裹在下单后 2 天内送到您的家门口。",
    "zh/express-faq": "加急配送常见问题\n\n加急配送的包裹在下单后 5 天内送到您的家门口。",
}


@pytest.fixture(scope="module")
def snapshot(collect: Collect) -> Snapshot:
    return collect(ARTICLES)


@pytest.fixture(scope="module")
def pairs(snapshot: Snapshot) -> dict[tuple[str, str], Pair]:
    found = find_pairs(snapshot)
    assert len({(p.kind, p.left, p.right) for p in found}) == len(found)
    return {(p.left, p.right): p for p in found}


def test_the_pairs_of_the_collection_are_exactly_these(pairs: dict[tuple[str, str], Pair]) -> None:
    assert {key: pair.kind for key, pair in pairs.items()} == {
        ("en/refund-card", "en/refund-faq"): "conflict",
        ("en/gift", "en/gift-rules"): "conflict",
        ("zh/express", "zh/express-faq"): "conflict",
        ("en/archive", "en/export"): "duplicate",
    }


def test_a_conflict_quotes_both_statements_and_names_what_differs(pairs: dict[tuple[str, str], Pair]) -> None:
    [place] = pairs["en/refund-card", "en/refund-faq"].places
    assert place.left.text == "A refund to a credit card takes 5 working days after the parcel arrived."
    assert (place.left_says, place.right_says) == (("5 workday",), ("9 workday",))
    assert (place.left.passage_id.split("#")[0], place.right.passage_id.split("#")[0]) == (
        "en/refund-card",
        "en/refund-faq",
    )
    [chinese] = pairs["zh/express", "zh/express-faq"].places
    assert (chinese.left_says, chinese.right_says) == (("2 day",), ("5 day",))
    [denial] = pairs["en/gift", "en/gift-rules"].places
    assert (denial.left_says, denial.right_says) == ((), ())


def test_a_duplicate_says_how_much_of_the_shorter_article_it_is(pairs: dict[tuple[str, str], Pair]) -> None:
    pair = pairs["en/archive", "en/export"]
    assert pair.share == 1.0
    assert pair.places[0].overlap > 0.9
    assert pair.places[0].left.text == STEPS


def test_standing_phrases_are_no_duplicates(snapshot: Snapshot) -> None:
    assert [p for p in find_pairs(snapshot, PairRules(enough=100)) if p.kind == "duplicate"] == []


def test_numbers_first_then_denials_then_duplicates(snapshot: Snapshot) -> None:
    kinds = [(p.kind, bool(p.places[0].left_says)) for p in find_pairs(snapshot)]
    assert kinds == [("conflict", True), ("conflict", True), ("conflict", False), ("duplicate", False)]


def test_passages_are_compared_across_articles_of_one_language_once(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = PairRules(near=-1.0, neighbours=99)
    rows = [(a, b) for a, b, _ in near_rows(snapshot, rules)]
    assert len(rows) == len(set(rows))
    articles = snapshot.article_of_row
    languages = [snapshot.articles[p.article_id].lang for p in snapshot.passages]
    wanted = {
        (a, b)
        for a in range(len(articles))
        for b in range(a + 1, len(articles))
        if articles[a] != articles[b] and languages[a] == languages[b]
    }
    assert {(a, b) for a, b in rows} >= wanted
    monkeypatch.setattr("kb.proof.pairs._BLOCK", 3)
    assert {pair[:2] for pair in near_rows(snapshot, rules)} == set(rows)


def test_cosines_are_those_of_the_vectors(snapshot: Snapshot) -> None:
    for a, b, cosine in near_rows(snapshot):
        assert cosine == pytest.approx(float(np.dot(snapshot.vectors[a], snapshot.vectors[b])), abs=1e-5)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("It takes 5 days.", "It takes 5 to 7 days.", None),
        ("It takes 5 days.", "It takes 5 weeks.", None),
        ("It costs €9.", "It costs €12.", (("9 euro",), ("12 euro",))),
        ("最多 3 次。", "最多 5 次。", (("3 time",), ("5 time",))),
        ("You can return it.", "You cannot return it.", ((), ())),
        ("If it is broken you can return it.", "If it is not broken you can return it.", None),
        ("Only members get it.", "Members do not get it.", None),
        ("| Returns | free |", "| Returns | not free |", None),
        ("See E-203.", "See E-204.", None),
    ],
)
def test_what_counts_as_a_difference(ours: str, theirs: str, expected: object) -> None:
    assert difference(ours, theirs) == expected
    swapped = None if expected is None else tuple(reversed(expected))  # type: ignore[call-overload]
    assert difference(theirs, ours) == swapped


def test_a_denial_needs_statements_that_are_nearly_the_same() -> None:
    assert difference("You can return it.", "You cannot return it.", denial=False) is None
