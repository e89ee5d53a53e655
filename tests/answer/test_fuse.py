from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kb.answer.fuse import FusionParameters, is_trusted, lift, mastery, mix, vector_weight
from kb.types import FloatArray

_SCORES = arrays(np.float32, 6, elements=st.floats(0, 40, width=32))
_COSINES = arrays(np.float32, 6, elements=st.floats(-1, 1, width=32))


@given(_SCORES, _COSINES)
def test_without_weight_the_order_is_the_lexical_one(lexical: FloatArray, cosines: FloatArray) -> None:
    fused = mix(lexical, 50.0, cosines, 0.0)
    for i in range(6):
        for j in range(6):
            assert not (fused[i] < fused[j] and lexical[i] > lexical[j])


@given(_SCORES, _COSINES, st.floats(0, 1), st.just(0.0) | st.floats(0.01, 50))
def test_scores_never_exceed_one(lexical: FloatArray, cosines: FloatArray, weight: float, ideal: float) -> None:
    fused = mix(lexical, ideal, cosines, weight)
    assert np.isfinite(fused).all()
    assert fused.max() <= 1 + 1e-6


@given(_SCORES, _COSINES, st.floats(0, 1))
def test_a_passage_that_leads_both_legs_leads(lexical: FloatArray, cosines: FloatArray, weight: float) -> None:
    lexical[2], cosines[2] = 45.0, 1.0
    fused = mix(lexical, 50.0, cosines, weight)
    assert fused[2] == fused.max()


def test_other_candidates_do_not_change_a_score() -> None:
    few = mix(np.float32([3, 1]), 8.0, np.float32([0.3, 0.1]), 0.4)
    many = mix(np.float32([3, 1, 7]), 8.0, np.float32([0.3, 0.1, 0.9]), 0.4)
    np.testing.assert_array_equal(few, many[:2])


@given(_COSINES, _COSINES)
def test_a_near_wording_lifts_and_never_lowers(cosines: FloatArray, wordings: FloatArray) -> None:
    lifted = lift(cosines, wordings)
    assert (lifted >= cosines - 1e-6).all()
    assert (lifted <= np.maximum(cosines, wordings) + 1e-6).all()


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_vectors_weigh_less_the_more_passages_there_are(some: int, more: int) -> None:
    some, more = sorted((some, more))
    assert FusionParameters().vector_weight <= vector_weight(more) <= vector_weight(some) <= 1.0


@pytest.mark.parametrize(
    ("skill", "asked", "written", "trusted"),
    [
        ({"en": 0.9, "zh": 0.2}, "en", "en", True),
        ({"en": 0.9, "zh": 0.2}, "zh", "zh", False),
        ({"en": 0.9, "zh-en": 0.1}, "zh", "en", False),
        ({"zh-en": 0.8}, "zh", "en", True),
        ({}, "en", "en", False),
    ],
)
def test_vectors_vote_only_where_the_model_proved_itself(
    skill: dict[str, float], asked: str, written: str, trusted: bool
) -> None:
    assert is_trusted(skill, asked, written) is trusted  # type: ignore[arg-type]


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_more_a_model_can_the_more_its_vectors_weigh(some: float, more: float) -> None:
    some, more = sorted((some, more))
    assert 0.0 < mastery({"zh": some}, "zh") <= mastery({"zh": more}, "zh") <= 1.0
    assert (
        mastery({}, "zh") == mastery({"zh": FusionParameters().trusted_skill}, "zh") < mastery({"zh": 1.0}, "zh") == 1.0
    )
