"""Fitting finds what puts the right candidate first, the same every time, and judges it on families it has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from eval import rank
from eval.rank import family, judge, leave_one_family_out, overall, ranking_table, train
from eval.rank_examples import Examples, join, take
from eval.rank_fit import FitParameters, bias_of, first_of, fit
from kb.answer.rank import REGIMES
from kb.answer.rank_features import FEATURES

_SENTENCE, _FUSED = list(FEATURES).index("sentence"), list(FEATURES).index("fused")


def _examples(questions: int, label: str = "one", seed: int = 1, regime: int = 0) -> Examples:
    """Five candidates a question; the right one is drawn by the softmax of 6 times "sentence"; nothing else says anything."""
    rng = np.random.default_rng(seed)
    features = rng.random((questions * 5, len(FEATURES))).astype(np.float32)
    odds = np.exp(6 * features[:, _SENTENCE]).reshape(-1, 5)
    right = np.zeros((questions, 5), dtype=np.bool_)
    for number, row in enumerate(odds / odds.sum(axis=1, keepdims=True)):
        right[number, rng.choice(5, p=row / row.sum())] = True
    return Examples(
        features=features,
        article_right=right.ravel(),
        passage_right=right.ravel(),
        counts=np.full(questions, 5),
        labels=(label,) * questions,
        regimes=np.full(questions, regime),
        dev=np.arange(questions) % 2 == 0,
        by_passage=np.ones(questions, dtype=np.bool_),
    )


def test_fitting_finds_the_weight_behind_the_data() -> None:
    weights = fit(_examples(3000), parameters=FitParameters(strength=1e-4, prior=()))
    assert weights[_SENTENCE] == pytest.approx(6.0, abs=0.6)
    assert np.delete(weights, _SENTENCE).max() < 0.4
    assert (weights >= 0.0).all()


def test_without_examples_the_prior_is_all_there_is() -> None:
    weights = fit(join([]))
    assert weights[_FUSED] == 20.0
    assert np.count_nonzero(weights) == 1


def test_a_feature_that_is_left_out_has_no_weight() -> None:
    assert fit(_examples(200), ("fused", "titled"))[_SENTENCE] == 0.0


def test_the_same_examples_give_the_same_weights() -> None:
    np.testing.assert_array_equal(fit(_examples(300)), fit(_examples(300)))


def test_the_bias_makes_scores_as_high_as_the_share_of_right_ones() -> None:
    examples = _examples(500)
    weights = fit(examples, parameters=FitParameters(strength=1e-3))
    first = first_of(examples, weights)
    scores = 1 / (1 + np.exp(-((examples.features @ weights)[first] + bias_of(examples, weights))))
    assert scores.mean() == pytest.approx(examples.right[first].mean(), abs=0.005)


def test_a_question_that_found_nothing_is_a_wrong_one() -> None:
    nothing = Examples(
        *(np.zeros((0, len(FEATURES)), np.float32), np.zeros(0, np.bool_), np.zeros(0, np.bool_)),
        counts=np.asarray([0]),
        labels=("one",),
        regimes=np.asarray([-1]),
        dev=np.asarray([True]),
        by_passage=np.asarray([False]),
    )
    some = _examples(3)
    perfect = np.zeros(len(FEATURES), dtype=np.float32)
    numbers = judge(join([some, nothing]), dict.fromkeys(REGIMES, perfect))["one"]
    assert numbers["n"] == 4
    assert numbers["article@1"] <= 0.75
    assert take(join([some, nothing]), np.asarray([False, True, False, True])).counts.tolist() == [5, 0]


def test_families_left_out_are_judged_by_weights_of_the_others() -> None:
    sets = ("squad2-en", "xquad-zh", "intune-en")
    examples = join([_examples(200, name, seed, REGIMES.index("lexical")) for seed, name in enumerate(sets, 1)])
    shares = leave_one_family_out(examples)
    assert set(shares) == set(sets)
    assert 0.3 < overall(shares) < 1.0
    assert family("squad2-en/disfluent") == family("xquad-en") != family("intune-zhtw")


def test_a_run_makes_one_document_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = {name: _examples(120, name, seed) for seed, name in enumerate(("squad2-en", "intune-en"))}
    monkeypatch.setattr(rank, "collect", lambda name, limit, progress, by_words: join([]) if by_words else sets[name])
    document = train(list(sets), ablate=True)
    assert set(document["regimes"]) == set(REGIMES)
    assert document["regimes"]["hybrid"]["questions"] == 120
    assert document["regimes"]["lexical"]["weights"] == {"fused": 20.0}
    assert document["ablation"]["without sentence"]["fitted"] < document["ablation"]["all"]["fitted"]
    assert len(ranking_table(document).rows) == 2
