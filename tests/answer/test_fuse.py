from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kb.answer.fuse import FusionParameters, mix, vector_weight

_SCORES = arrays(np.float32, 6, elements=st.floats(0, 40, width=32))
_COSINES = arrays(np.float32, 6, elements=st.floats(-1, 1, width=32))


@given(_SCORES, _COSINES)
def test_without_weight_the_order_is_the_lexical_one(lexical: np.ndarray, cosines: np.ndarray) -> None:
    fused = mix(lexical, cosines, 0.0)
    for i in range(6):
        for j in range(6):
            assert not (fused[i] < fused[j] and lexical[i] > lexical[j])


@given(_SCORES, _COSINES, st.floats(0, 1))
def test_scores_stay_between_zero_and_one(lexical: np.ndarray, cosines: np.ndarray, weight: float) -> None:
    fused = mix(lexical, cosines, weight)
    assert fused.min() >= 0
    assert fused.max() <= 1 + 1e-6


@given(_SCORES, _COSINES, st.floats(0, 1))
def test_a_passage_that_leads_both_legs_leads(lexical: np.ndarray, cosines: np.ndarray, weight: float) -> None:
    lexical[2], cosines[2] = 50.0, 1.0
    assert mix(lexical, cosines, weight).argmax() == 2 or mix(lexical, cosines, weight)[2] >= 1 - 1e-6


@pytest.mark.parametrize(
    ("skill", "asked", "written", "votes"),
    [
        ({"en": 0.9, "zh": 0.2}, "en", "en", True),
        ({"en": 0.9, "zh": 0.2}, "zh", "zh", False),
        ({"en": 0.9, "zh-en": 0.1}, "zh", "en", False),
        ({"zh-en": 0.8}, "zh", "en", True),
        ({}, "en", "en", False),
    ],
)
def test_vectors_vote_only_where_the_model_proved_itself(
    skill: dict[str, float], asked: str, written: str, votes: bool
) -> None:
    weight = vector_weight(skill, asked, written, FusionParameters(vector_weight=0.4))  # type: ignore[arg-type]
    assert weight == (0.4 if votes else 0.0)
