"""Fitting finds the weights behind the data, states its prior, and judges on families it has not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import calibrate
from eval.calibrate import (
    ANSWERABLE_SHARE,
    Example,
    calibration_table,
    example_weights,
    family,
    fit,
    leave_one_family_out,
    predict,
)
from kb.answer.confidence import LogisticModel
from kb.answer.confidence_features import FEATURES


def examples(n: int, set_name: str = "one", model: str = "hybrid", seed: int = 1) -> list[Example]:
    """Right with probability 1 / (1 + exp(-(4 coverage - 2))), whatever else is seen."""
    rng = np.random.default_rng(seed)
    values = rng.random((n, len(FEATURES)))
    right = rng.random(n) < 1 / (1 + np.exp(-(4 * values[:, FEATURES.index("coverage")] - 2)))
    return [
        Example(set_name, model, dict(zip(FEATURES, row.tolist(), strict=True)), bool(r), True)
        for row, r in zip(values, right, strict=True)
    ]


def test_fitting_finds_the_weights_behind_the_data() -> None:
    model = fit(examples(8000))
    assert model["weights"]["coverage"] == pytest.approx(4, abs=0.4)
    assert all(abs(w) < 0.3 for name, w in model["weights"].items() if name != "coverage")


def test_one_class_alone_cannot_be_fitted() -> None:
    only_right = [e for e in examples(50) if e.right]
    assert fit(only_right) == fit([]) == {"bias": 0.0, "weights": dict.fromkeys(FEATURES, 0.0)}


def test_the_harness_and_the_service_compute_the_same_probability() -> None:
    some = examples(40)
    model = fit(some)
    served = LogisticModel(model["bias"], model["weights"])
    np.testing.assert_allclose(predict(model, some), [served.probability(e.features) for e in some])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=60))
def test_sets_weigh_alike_and_answerable_questions_have_their_share(rows: list[tuple[str, bool]]) -> None:
    given_ = [Example(name, "hybrid", {}, True, answerable) for name, answerable in rows]
    weights = example_weights(given_)
    assert weights.mean() == pytest.approx(1)
    sums = {key: sum(w for w, row in zip(weights, rows, strict=True) if row == key) for key in set(rows)}
    if len(sums) == 4:
        assert sums["a", True] / (sums["a", True] + sums["a", False]) == pytest.approx(ANSWERABLE_SHARE)
        assert sums["a", True] == pytest.approx(sums["b", True])


def test_a_set_is_judged_without_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    monkeypatch.setattr(calibrate, "fit", lambda some: seen.append({e.set_name for e in some}) or fit(some))
    some = examples(60, "intune-en") + examples(60, "intune-zhcn", seed=2) + examples(60, "tidb-docs-zh", seed=3)
    numbers = leave_one_family_out(some)
    assert seen == [{"tidb-docs-zh"}, {"tidb-docs-zh"}, {"intune-en", "intune-zhcn"}]
    assert set(numbers) == {"intune-en", "intune-zhcn", "tidb-docs-zh"}
    assert numbers["intune-en"]["n"] == 60
    assert numbers["intune-en"]["auroc"] > 0.6


def test_unseen_sets_of_the_same_kind_are_calibrated() -> None:
    numbers = leave_one_family_out(examples(4000, "a-1") + examples(4000, "b-1", "hybrid", 2))
    assert numbers["a-1"]["ece"] < 0.05


def test_families() -> None:
    assert family("drcd-zhtw") != family("cmrc2018-zh")
    assert family("xquad-en") == family("xquad-zh") == family("squad2-en")


def test_the_table_has_a_line_per_set() -> None:
    document = {"left_out": leave_one_family_out(examples(60, "a-1") + examples(60, "b-1"))}
    assert calibration_table(document).row_count == 2
