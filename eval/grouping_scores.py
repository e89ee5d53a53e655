"""How well groups match the needs behind the questions."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from kb.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class GroupingScores:
    """``purity``: share of questions whose need is the most frequent of their group.

    ``homogeneity``, ``completeness``, ``v_measure``: Rosenberg and Hirschberg 2007, "V-Measure". ``precision``,
    ``recall``, ``f1``: of pairs of questions put together. All in [0, 1], but ``groups``, which is a number.
    """

    groups: float
    purity: float
    homogeneity: float
    completeness: float
    v_measure: float
    precision: float
    recall: float
    f1: float


def score(needs: IntArray, groups: IntArray) -> GroupingScores:
    """Scores of one way to group questions; ``needs`` and ``groups``: the number of each question's own, shape ``(n,)``."""
    from sklearn.metrics import homogeneity_completeness_v_measure
    from sklearn.metrics.cluster import contingency_matrix

    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(needs, groups)
    table = contingency_matrix(needs, groups).astype(np.float64)
    right = _pairs(table)
    put, true = _pairs(table.sum(axis=0)), _pairs(table.sum(axis=1))
    return GroupingScores(
        groups=float(table.shape[1]),
        purity=float(table.max(axis=0).sum() / len(needs)),
        homogeneity=float(homogeneity),
        completeness=float(completeness),
        v_measure=float(v_measure),
        precision=right / put if put else 1.0,
        recall=right / true if true else 1.0,
        f1=2 * right / (put + true) if put + true else 1.0,
    )


def mean(scores: list[GroupingScores]) -> dict[str, float]:
    """The mean of each figure over several runs."""
    rows = [asdict(one) for one in scores]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _pairs(counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float((counts * (counts - 1)).sum() / 2)


def baseline_groups(vectors: FloatArray, groups: int, seed: int = 0) -> dict[str, IntArray]:
    """Groups of scikit-learn's methods on plain vectors, all questions at once, as near to ``groups`` as each can get.

    HDBSCAN finds its own number of groups: the smallest cluster and the selection that come nearest are taken, once
    with noise as groups of one, once with noise in the nearest cluster.
    """
    from sklearn.cluster import AgglomerativeClustering, KMeans

    found: dict[str, IntArray] = {
        "k-means": KMeans(groups, n_init=5, random_state=seed).fit_predict(vectors),
        "agglomerative, ward": AgglomerativeClustering(groups).fit_predict(vectors),
    }
    for linkage in ("average", "complete"):
        model = AgglomerativeClustering(groups, metric="cosine", linkage=linkage)
        found[f"agglomerative, {linkage}"] = model.fit_predict(vectors)
    return found | _hdbscan(vectors, groups)


def _hdbscan(vectors: FloatArray, groups: int) -> dict[str, IntArray]:
    from sklearn.cluster import HDBSCAN

    alone: list[IntArray] = []
    nearest: list[IntArray] = []
    for size in (2, 3, 5):
        for selection in ("eom", "leaf"):
            model = HDBSCAN(min_cluster_size=size, min_samples=1, cluster_selection_method=selection, copy=True)
            labels = model.fit_predict(vectors)
            alone.append(_noise_alone(labels))
            nearest.append(_noise_nearest(labels, vectors))
    return {
        "HDBSCAN, noise alone": min(alone, key=lambda labels: abs(len(np.unique(labels)) - groups)),
        "HDBSCAN, noise in nearest": min(nearest, key=lambda labels: abs(len(np.unique(labels)) - groups)),
    }


def _noise_alone(labels: IntArray) -> IntArray:
    result = labels.copy()
    noise = np.flatnonzero(labels < 0)
    result[noise] = labels.max() + 1 + np.arange(len(noise))
    return result


def _noise_nearest(labels: IntArray, vectors: FloatArray) -> IntArray:
    known = np.unique(labels[labels >= 0])
    if not len(known):
        return np.zeros_like(labels)
    centres = np.stack([vectors[labels == label].mean(axis=0) for label in known])
    nearest = known[(vectors @ centres.T).argmax(axis=1)]
    result: IntArray = np.where(labels < 0, nearest, labels)
    return result
