"""Questions made from articles, what votes tell, and when there is too little of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree

import pytest

from kb.calibration.calibrate import LEAST_VOTES, VotedAnswer, as_document, calibrate, own_correction
from kb.calibration.diagram import reliability_svg
from kb.calibration.fit import Outcomes
from kb.calibration.own import off_topic_questions, own_questions, try_questions
from kb.errors import InvalidInputError
from kb.types import Article

if TYPE_CHECKING:
    from kb.answer.find import Findings
    from kb.index.snapshot import Snapshot

TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Site:
    """As much of a snapshot as calibration looks at."""

    articles: dict[str, Article]
    revision: str = "r-1"

    @property
    def identity(self) -> Any:
        return type("Identity", (), {"model_fingerprint": "m"})()


@dataclass(frozen=True)
class Shown:
    article: Article


@dataclass(frozen=True)
class Found:
    hits: tuple[Shown, ...]
    score: float


def article(name: str, **values: Any) -> Article:
    base = Article(
        id=name,
        path=f"{name}.md",
        title=f"How to repair the {name}",
        lang="en",
        text="",
        body_start=0,
        content_hash="",
        questions=(f"my {name} is broken",),
    )
    return replace(base, **values)


def site(count: int) -> Snapshot:
    names = [f"machine{n:03}" for n in range(count)]
    return cast("Snapshot", Site({name: article(name) for name in names}))


def search_in(snapshot: Snapshot, sure: float = 0.9) -> Any:
    """A search that finds the article whose name is in the question, and something unsure otherwise."""

    def search(text: str, hidden: frozenset[str] = frozenset()) -> Findings:
        left = [a for name, a in snapshot.articles.items() if name not in hidden]
        right = [a for a in left if a.id in text]
        return cast("Findings", Found((Shown((right or left)[0]),), sure if right else 0.3))

    return search


def run(snapshot: Snapshot, votes: Sequence[VotedAnswer] = (), sure: float = 0.9) -> Any:
    quiet = lambda step, done, of: None  # noqa: E731
    return calibrate(snapshot, votes, search_in(snapshot, sure), today=TODAY, progress=quiet)


def test_every_article_asks_and_some_questions_lose_theirs() -> None:
    questions = own_questions(site(60), TODAY, limit=100)
    kinds = [q.kind for q in questions]
    assert sum(q.article_id is not None for q in questions) == 100
    assert (kinds.count("absent"), kinds.count("off_topic")) == (29, 14)
    assert all(q.hidden for q in questions if q.kind == "absent")
    assert questions == own_questions(site(60), TODAY, limit=100)


def test_what_nobody_may_read_or_two_articles_ask_is_not_asked() -> None:
    both = {"a": article("a", title="Same title", questions=()), "b": article("b", title="same Title", questions=())}
    hidden = {
        "c": article("c", audience=("internal",)),
        "d": article("d", valid_until=date(2020, 1, 1)),
        "e": article("e", policy="handoff"),
    }
    assert own_questions(cast("Snapshot", Site(both | hidden)), TODAY, 100) == []


def test_a_hidden_article_takes_its_translations_along() -> None:
    pair = {
        "en/a": article("en/a", title="Where to find the serial number"),
        "zh/a": article("zh/a", title="序列号在哪里", lang="zh", translation_of="en/a", questions=()),
    }
    absent = [q for q in own_questions(cast("Snapshot", Site(pair)), TODAY, 100) if q.kind == "absent"]
    assert absent
    assert all(q.hidden == {"en/a", "zh/a"} for q in absent)


def test_off_topic_questions_are_in_both_languages_and_different() -> None:
    texts = [text for _, text in off_topic_questions()]
    assert len(set(texts)) == len(texts) >= 150
    assert {lang for lang, _ in off_topic_questions()} == {"en", "zh"}


def test_a_question_that_finds_nothing_is_left_out() -> None:
    questions = own_questions(site(5), TODAY, 100)
    nothing = cast("Findings", Found((), 0.0))
    assert try_questions(questions, lambda text, hidden: nothing, lambda done: None) == []


def test_too_little_is_said_and_changes_nothing() -> None:
    with pytest.raises(InvalidInputError, match="too little to calibrate on") as refused:
        run(site(5))
    assert "shipped calibration" in refused.value.hint
    with pytest.raises(InvalidInputError, match="0 different questions"):
        run(site(0))


def test_articles_alone_calibrate() -> None:
    found = run(site(60))
    assert found.measured_on == "articles"
    assert found.after["auroc"] == 1.0
    assert set(found.examples) == {"title", "phrasing", "absent", "off_topic"}
    document = as_document(found, 0.05)
    assert document["thresholds"]["suggest"] <= document["thresholds"]["answer"] <= document["thresholds"]["high"]


def test_votes_count_from_a_number_on_and_outweigh_the_articles() -> None:
    snapshot = site(60)
    bad = [VotedAnswer(f"my machine{n:03} is broken", f"machine{n:03}", "down", ("incorrect",)) for n in range(60)]
    few, enough = run(snapshot, bad[: LEAST_VOTES - 1]), run(snapshot, bad)
    assert (few.measured_on, enough.measured_on) == ("articles", "votes")
    assert enough.correction.apply(0.9) < few.correction.apply(0.9) - 0.1
    assert enough.after["brier"] < enough.before["brier"]


def test_votes_about_other_things_do_not_count() -> None:
    snapshot = site(60)
    style = [
        VotedAnswer(f"my machine{n:03} is broken", f"machine{n:03}", "down", ("hard_to_understand",)) for n in range(60)
    ]
    moved = [VotedAnswer(f"my machine{n:03} is broken", "another", "up") for n in range(60)]
    assert run(snapshot, style).measured_on == run(snapshot, moved).measured_on == "articles"


def test_own_questions_move_the_scores_only_a_little() -> None:
    assert own_correction(Outcomes((), ())).apply(0.5) == 0.5
    never = own_correction(Outcomes((0.9,) * 100, (False,) * 100))
    assert 0.5 < never.apply(0.9) < 0.9


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("bins", [(), ((0.25, 0.2, 10), (0.9, 1.0, 90))])
def test_the_diagram_is_well_formed_and_says_in_words_what_it_shows(alone: bool, bins: Any) -> None:
    svg = reliability_svg(bins, alone=alone)
    root = ElementTree.fromstring(svg)
    circles = root.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == len(bins)
    assert ("<style>" in svg) is alone
    if bins:
        assert "Confidence 25 %: 20 % of 10 questions right" in svg
        small, large = (float(c.attrib["r"]) for c in circles)
        assert large == pytest.approx(3 * small, abs=0.2)
