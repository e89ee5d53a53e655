"""Vectors of questions, by the model that each snapshot was made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from kb.answer.fuse import is_trusted, trust
from kb.answer.question import Question
from kb.index.snapshot import Snapshot
from kb.text.model_card import ModelCard, read_card
from kb.types import Encoder, FloatArray, Lang

_REMEMBERED = 2048  # vectors of recent questions, 1.5 kB each


class QuestionVectors:
    """Opens prepared models below ``models`` when a snapshot needs them. Thread-safe.

    A snapshot is always asked with its own model, so vectors of two models never meet.
    """

    def __init__(self, models: Path, open_encoder: Callable[[Path], Encoder]) -> None:
        self._models = models
        self._open_encoder = open_encoder
        self._model = lru_cache(maxsize=2)(self._open)
        self._embed = lru_cache(maxsize=_REMEMBERED)(self._encode)

    def card(self, snapshot: Snapshot) -> ModelCard:
        """What is known about the snapshot's model. Raises ``EncoderError`` when it cannot be opened."""
        return self._model(snapshot.identity.model_fingerprint)[0]

    def vector(self, snapshot: Snapshot, question: Question, written: Sequence[Lang]) -> FloatArray | None:
        """The question's unit vector; None when the model is not trusted to compare it with articles in any of ``written``."""
        skill = self.card(snapshot).skill
        if not any(trust(skill, question.lang, lang) for lang in written):
            return None
        return self._embed(snapshot.identity.model_fingerprint, question.text)

    def similarity(self, snapshot: Snapshot, lang: Lang) -> Callable[[str, str], float] | None:
        """Cosine of two texts in ``lang``, in [-1, 1]; None when the model is not trusted for that language."""
        if not is_trusted(self.card(snapshot).skill, lang, lang):
            return None
        encoder = self._model(snapshot.identity.model_fingerprint)[1]

        def cosine(one: str, other: str) -> float:
            first, second = encoder.encode([one, other])
            return float(first @ second)

        return cosine

    def _encode(self, fingerprint: str, text: str) -> FloatArray:
        vector: FloatArray = self._model(fingerprint)[1].encode([text], query=True)[0]
        vector.flags.writeable = False
        return vector

    def _open(self, fingerprint: str) -> tuple[ModelCard, Encoder]:
        folder = self._models / fingerprint
        encoder = self._open_encoder(folder)
        return read_card(folder), encoder
