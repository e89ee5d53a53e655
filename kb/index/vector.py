"""Nearest passages by inner product of unit vectors (FAISS): exact at help-centre sizes, a graph above.

The graph is HNSW (Malkov & Yashunin 2016, arXiv:1603.09320).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kb.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class VectorParameters:
    """``exact_up_to``: largest number of passages that is searched exactly.

    ``links``, ``build_effort`` and ``search_effort`` are HNSW's M, efConstruction and efSearch.
    """

    exact_up_to: int = 20_000
    links: int = 32
    build_effort: int = 200
    search_effort: int = 128


class VectorIndex:
    """An immutable FAISS index whose row ``i`` is the vector of passage ``i``."""

    def __init__(self, index: Any, vectors: FloatArray, parameters: VectorParameters) -> None:
        self._index = index
        self._vectors = vectors
        self._parameters = parameters

    @classmethod
    def build(cls, vectors: FloatArray, parameters: VectorParameters = VectorParameters()) -> VectorIndex:
        """Index ``vectors``, shape ``(rows, dimensions)``, unit length."""
        import faiss

        rows, dimensions = vectors.shape
        if rows <= parameters.exact_up_to:
            index = faiss.IndexFlatIP(dimensions)
        else:
            index = faiss.IndexHNSWFlat(dimensions, parameters.links, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = parameters.build_effort
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index, vectors, parameters)

    @classmethod
    def load(cls, file: Path, vectors: FloatArray, parameters: VectorParameters = VectorParameters()) -> VectorIndex:
        """Read a saved graph; an exact index needs no file and is built from ``vectors``."""
        import faiss

        if not file.exists():
            return cls.build(vectors, parameters)
        return cls(faiss.read_index(str(file)), vectors, parameters)

    def save(self, file: Path) -> bool:
        """Write the graph to ``file``; an exact index writes nothing and returns False."""
        import faiss

        if self.exact:
            return False
        faiss.write_index(self._index, str(file))
        return True

    @property
    def exact(self) -> bool:
        return len(self._vectors) <= self._parameters.exact_up_to

    @property
    def vectors(self) -> FloatArray:
        """All vectors, shape ``(rows, dimensions)``."""
        return self._vectors

    def search(self, vector: FloatArray, k: int, allowed: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """Rows and cosines of the ``k`` nearest passages, best first; only rows where ``allowed`` is true.

        ``vector``: shape ``(dimensions,)``, unit length. Fewer than ``k`` rows come back when fewer are allowed.
        """
        import faiss

        # One question is too little work to share; idle OpenMP threads would spin against the encoder's.
        faiss.omp_set_num_threads(1)
        k = min(k, len(self._vectors))
        if k == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        selector = None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if self.exact:
            parameters = faiss.SearchParameters(sel=selector)
        else:
            parameters = faiss.SearchParametersHNSW(sel=selector, efSearch=max(k, self._parameters.search_effort))
        cosines, rows = self._index.search(vector.reshape(1, -1), k, params=parameters)
        found = rows[0] >= 0
        return rows[0][found].astype(np.int64), cosines[0][found].astype(np.float32)

    def cosines(self, vector: FloatArray, rows: IntArray) -> FloatArray:
        """Exact cosines of ``vector`` with the given rows, in their order."""
        result: FloatArray = self._vectors[rows] @ vector
        return result
