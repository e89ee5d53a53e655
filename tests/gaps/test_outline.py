"""Outlines: what an owner pastes must be an article that the indexer reads, whatever visitors typed."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.gaps.outline import MAX_QUESTIONS, NearPlace, Need, Wording, suggest
from kb.gaps.vocabulary import Cause

NEAR = NearPlace(
    "en/billing/refunds", "en/billing/refunds.md", "en", "billing", "billing-docs", ("Refunds", "How long"), "how-long"
)
ASKED = (Wording("How long until my money is back?", "en", 3), Wording("退款多久到账？", "zh", 1))


def need(cause: Cause = Cause.MISSING, near: tuple[NearPlace, ...] = (NEAR,), **changes: object) -> Need:
    values = {"gap_id": "gap_1", "label": "refund time", "owner": None, "wordings": ASKED, **changes}
    return Need(cause=cause, near=near, **values)  # type: ignore[arg-type]


def front_matter(markdown: str) -> dict[str, object]:
    fields: dict[str, object] = yaml.safe_load(markdown.split("---\n")[1])
    return fields


def test_a_missing_article_starts_with_front_matter_ready_to_paste() -> None:
    suggestion = suggest(need())
    fields = front_matter(suggestion.markdown)
    assert (suggestion.action, suggestion.path, suggestion.article_id) == ("write", "en/billing/refund-time.md", None)
    assert fields["resolves"] == ["gap_1"]
    assert fields["questions"] == [wording.text for wording in ASKED]
    assert fields["owner"] == "billing-docs"
    assert "en/billing/refunds" in suggestion.markdown


@pytest.mark.parametrize(
    ("cause", "action"), [(Cause.INCOMPLETE, "extend"), (Cause.OUTDATED, "update"), (Cause.FINDABILITY, "rephrase")]
)
def test_what_an_article_already_covers_is_repaired_there(cause: Cause, action: str) -> None:
    suggestion = suggest(need(cause))
    assert (suggestion.action, suggestion.path, suggestion.heading) == (action, NEAR.path, "How long")
    assert NEAR.article_id in suggestion.markdown


def test_words_that_were_not_found_claim_to_resolve_nothing() -> None:
    assert "resolves" not in suggest(need(Cause.FINDABILITY)).front_matter


def test_a_translation_is_written_in_the_language_people_ask_in() -> None:
    suggestion = suggest(need(Cause.LANGUAGE, wordings=(Wording("退款多久到账？", "zh", 4),)))
    assert (suggestion.lang, suggestion.path) == ("zh", "zh/billing/refunds.md")
    assert front_matter(suggestion.markdown)["translation_of"] == NEAR.article_id


def test_contradicting_articles_are_both_named() -> None:
    other = NearPlace("en/billing/terms", "en/billing/terms.md", "en", "billing", None, ("Terms",), "")
    assert "en/billing/terms" in suggest(need(Cause.CONFLICT, near=(NEAR, other))).markdown


def test_nothing_near_is_a_new_article_for_every_cause() -> None:
    assert {suggest(need(cause, near=())).action for cause in Cause} == {"write"}


@given(
    st.lists(st.tuples(st.text(max_size=40), st.sampled_from(["en", "zh"]), st.integers(1, 9)), max_size=20),
    st.sampled_from(list(Cause)),
    st.booleans(),
)
def test_whatever_visitors_typed_stays_data(asked: list[tuple[str, str, int]], cause: Cause, near: bool) -> None:
    wordings = tuple(Wording(text, lang, count) for text, lang, count in asked)  # type: ignore[arg-type]
    suggestion = suggest(need(cause, near=(NEAR,) if near else (), wordings=wordings, label="a label"))
    fields = yaml.safe_load(suggestion.front_matter)
    assert fields["questions"] == list(suggestion.questions)
    assert 0 < len(suggestion.questions) <= MAX_QUESTIONS
    assert all(line.count("-->") == (line.endswith("-->")) for line in suggestion.markdown.splitlines())
