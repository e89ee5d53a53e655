"""Fitting finds the weights behind the data, states its prior, and judges on families it has not seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import calibrate, calibrate_fit
from eval.calibrate import at_budget, budget_table, calibration_table, fitted, judged
from eval.calibrate_examples import Example
from eval.calibrate_fit import (
    ANSWERABLE_SHARE,
    example_weights,
    family,
    figures_of,
    fit,
    left_out_scores,
    predict,
    with_answers,
)
from eval.calibrate_topic import is_elsewhere, topic_confusion
from kb.answer.calibration import CurvePoint
from kb.answer.confidence import LogisticModel
from kb.answer.confidence_features import DIRECTIONS, FEATURES


def examples(n: int, set_name: str = "one", model: str = "hybrid", seed: int = 1, weight: float = 4.0) -> list[Example]:
    """Right with probability 1 / (1 + exp(-(weight * coverage - weight / 2))), whatever else is seen."""
    rng = np.random.default_rng(seed)
    values = rng.random((n, len(FEATURES)))
    right = rng.random(n) < 1 / (1 + np.exp(-weight * (values[:, FEATURES.index("coverage")] - 0.5)))
    return [
        Example(
            set_name,
            model,
            dict(zip(FEATURES, row.tolist(), strict=True)),
            bool(r),
            True,
            half="dev" if i % 2 else "test",
        )
        for i, (row, r) in enumerate(zip(values, right, strict=True))
    ]


def test_fitting_finds_the_weights_behind_the_data() -> None:
    model = fit(examples(8000))
    assert model["weights"]["coverage"] == pytest.approx(4, abs=0.4)
    assert all(abs(w) < 0.3 for name, w in model["weights"].items() if name != "coverage")


def test_a_weight_never_contradicts_what_its_feature_means() -> None:
    model = fit(examples(2000, weight=-4.0))
    assert model["weights"]["coverage"] == 0.0
    assert all(model["weights"][name] * direction >= 0 for name, direction in DIRECTIONS.items())


@given(st.dictionaries(st.sampled_from(FEATURES), st.floats(-1, 2)), st.sampled_from(FEATURES), st.floats(0, 1))
def test_more_of_a_good_sign_never_lowers_the_shipped_confidence(
    values: dict[str, float], name: str, more: float
) -> None:
    from kb.answer.confidence import estimate

    raised = values | {name: values.get(name, 0.0) + more}
    for regime in ("hybrid", "lexical", "other"):
        before, after = estimate({"terms": 1.0} | values, regime), estimate({"terms": 1.0} | raised, regime)
        assert 0 < before < 1
        if name != "terms" or "terms" in values:
            assert (after - before) * DIRECTIONS[name] >= 0


def test_one_class_alone_cannot_be_fitted() -> None:
    only_right = [e for e in examples(50) if e.right]
    assert fit(only_right) == fit([]) == {"bias": 0.0, "weights": dict.fromkeys(FEATURES, 0.0)}


def test_the_harness_and_the_service_compute_the_same_probability() -> None:
    some = examples(40)
    model = fit(some)
    served = LogisticModel(model["bias"], model["weights"])
    np.testing.assert_allclose(predict(model, some), [served.probability(e.features) for e in some])
    assert predict(model, [replace(some[0], known=True)])[0] >= 0.95


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=1, max_size=60))
def test_sets_weigh_alike_and_answerable_questions_have_their_share(rows: list[tuple[str, bool]]) -> None:
    given_ = [Example(name, "hybrid", {}, True, answerable) for name, answerable in rows]
    weights = example_weights(given_)
    assert weights.mean() == pytest.approx(1)
    sums = {key: sum(w for w, row in zip(weights, rows, strict=True) if row == key) for key in set(rows)}
    if len(sums) == 4:
        assert sums["a", True] / (sums["a", True] + sums["a", False]) == pytest.approx(ANSWERABLE_SHARE)
        assert sums["a", True] == pytest.approx(sums["b", True])


def test_no_kind_of_negative_drowns_the_others() -> None:
    rows = [Example("a", "hybrid", {}, False, False, origin="hidden")] * 90
    rows += [Example("a", "hybrid", {}, False, False, origin="elsewhere")] * 10
    weights = example_weights(rows)
    assert weights[:90].sum() == pytest.approx(weights[90:].sum())


def test_what_was_asked_in_vain_counts_twice_and_a_family_by_its_root() -> None:
    rows = [Example("a", "hybrid", {}, False, False)] * 30 + [
        Example("a", "hybrid", {}, False, False, origin="hidden")
    ] * 70
    weights = example_weights(rows)
    assert weights[:30].sum() == pytest.approx(2 * weights[30:].sum())
    family_of_four = [Example(f"intune-{n}", "hybrid", {}, True, True) for n in range(4)]
    weights = example_weights([*family_of_four, Example("tidb", "hybrid", {}, True, True)])
    assert weights[:4].sum() == pytest.approx(2 * weights[4])


def test_a_set_that_knows_one_outcome_only_does_not_lower_the_scores_of_others() -> None:
    some = examples(200, "intune-en")
    vain = [replace(e, right=False, answerable=False, origin="elsewhere") for e in examples(100, "drcd-zhtw")]
    assert with_answers([*some, *vain]) == some
    assert fit([*some, *vain]) == fit(some)


def test_a_set_is_judged_without_its_family(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    monkeypatch.setattr(calibrate_fit, "fit", lambda some: seen.append({e.set_name for e in some}) or fit(some))
    some = examples(60, "intune-en") + examples(60, "intune-zhcn", seed=2) + examples(60, "tidb-docs-zh", seed=3)
    scores = left_out_scores(some)
    assert seen == [{"tidb-docs-zh"}, {"intune-en", "intune-zhcn"}]
    assert len(scores) == 180


def test_unseen_sets_of_the_same_kind_are_calibrated() -> None:
    some = examples(4000, "a-1") + examples(4000, "b-1", "hybrid", 2)
    scores = left_out_scores(some)
    assert figures_of(some[:4000], scores[:4000])["ece"] < 0.05


def test_families() -> None:
    assert family("drcd-zhtw") != family("cmrc2018-zh")
    assert family("xquad-en") == family("xquad-zh") == family("squad2-en")


def test_what_is_answered_within_the_budget_is_counted() -> None:
    some = [replace(e, half="test") for e in examples(6)]
    some = [replace(e, right=i < 4) for i, e in enumerate(some)]
    scores = np.asarray([0.9, 0.9, 0.8, 0.1, 0.9, 0.1])
    found = at_budget(some, scores, [CurvePoint(0.5, 0.5, 0.04)])["one"]
    assert found == {"answered": pytest.approx(4 / 6, abs=1e-3), "wrong": 0.25, "wrong_hidden": None}


def test_the_document_is_whole_and_its_tables_have_a_line_per_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def collected(name: str, *_: object, reuse: bool = False) -> list[Example]:
        return examples(300, name) + [
            replace(e, answerable=False, right=False, origin="elsewhere") for e in examples(60, name)
        ]

    monkeypatch.setattr(calibrate, "collect", collected)
    monkeypatch.setattr(calibrate, "WEIGHTS_FILE", tmp_path / "confidence.json")
    document = calibrate.calibrate(["a-1", "b-1"], write=True)
    assert json.loads((tmp_path / "confidence.json").read_bytes())["models"] == document["models"]
    assert calibration_table(document).row_count == budget_table(document).row_count == 2
    assert [point[0] for point in document["curve"]] == sorted(point[0] for point in document["curve"])
    assert fitted([])["models"]["hybrid"]["bias"] == 0.0
    assert judged([], np.zeros(0))["curve"] == []


def test_other_topics_are_told_from_missing_articles_by_the_words_that_are_unknown() -> None:
    rng = np.random.default_rng(3)
    some = []
    for name in ("arduino", "covid", "tidb"):
        for i in range(120):
            away = i % 2 == 0
            unknown = rng.beta(6, 3) if away else rng.beta(2, 6)
            values = {"unknown": float(unknown), "coverage": 1 - float(unknown)}
            half = "dev" if i % 3 else "test"
            some.append(Example(name, "hybrid", values, False, False, "elsewhere" if away else "hidden", half=half))
    shares = topic_confusion(some)
    for found in shares.values():
        assert found["other topic"] > 0.7
        assert found["missing article"] < 0.3
    assert is_elsewhere(Example("a", "hybrid", {}, False, False, kind="off-topic"))
