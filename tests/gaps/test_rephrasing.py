"""Two questions of one person: the same need in other words, or another one."""

from __future__ import annotations

import numpy as np
import pytest

from kb.gaps.rephrasing import RephrasingParameters, Wording, is_rephrasing

BARS = RephrasingParameters()


def at(cosine: float, encoder: str = "m") -> tuple[Wording, Wording]:
    """Two wordings without a common term whose vectors have this cosine."""
    one = np.array([1.0, 0.0], dtype=np.float32)
    other = np.array([cosine, np.sqrt(1.0 - cosine**2)], dtype=np.float32)
    return Wording(("refund",), one, "m"), Wording(("money",), other, encoder)


@pytest.mark.parametrize(("answered", "bar"), [(False, BARS.vector), (True, BARS.vector_after_answer)])
def test_vectors_decide_and_an_answer_raises_the_bar(answered: bool, bar: float) -> None:
    assert is_rephrasing(*at(bar + 0.01), answered=answered)
    assert not is_rephrasing(*at(bar - 0.01), answered=answered)


def test_vectors_of_two_models_are_not_compared() -> None:
    assert not is_rephrasing(*at(0.99, encoder="other"), answered=False)


@pytest.mark.parametrize(
    ("earlier", "later", "answered", "same"),
    [
        (("refund", "time"), ("refund", "time", "card"), True, True),
        (("refund", "time"), ("refund", "card"), False, False),
        (("refund", "time", "card"), ("refund", "time", "bank"), False, True),
        (("refund", "time", "card"), ("refund", "time", "bank"), True, False),
        ((), (), False, False),
    ],
)
def test_without_vectors_common_terms_decide(
    earlier: tuple[str, ...], later: tuple[str, ...], answered: bool, same: bool
) -> None:
    assert is_rephrasing(Wording(earlier), Wording(later), answered=answered) is same
