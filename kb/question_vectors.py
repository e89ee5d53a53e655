"""Vectors of questions, by the model that each snapshot was made with."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from kb.answer.fuse import is_trusted, trust
from kb.answer.question import Question
from kb.index.snapshot import Snapshot
from kb.text.model_card import ModelCard, read_card
from kb.text.remembered import RememberingEncoder
from kb.types import Encoder, FloatArray, Lang

_REMEMBERED = 2048  # vectors of recent questions and drafts, 1.5 kB each
_BATCH = 8  # questions of like length at once cost a third less than one by one; more of them cost more again


class QuestionVectors:
    """Opens prepared models below ``models`` when a snapshot needs them. Thread-safe.

    A snapshot is always asked with its own model, so vectors of two models never meet.
    """

    def __init__(self, models: Path, open_encoder: Callable[[Path], Encoder]) -> None:
        self._models = models
        self._open_encoder = open_encoder
        self._model = lru_cache(maxsize=2)(self._open)
        self._known: OrderedDict[tuple[str, bool, str], FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    def card(self, snapshot: Snapshot) -> ModelCard:
        """What is known about the snapshot's model. Raises ``EncoderError`` when it cannot be opened."""
        return self._model(snapshot.identity.model_fingerprint)[0]

    def vector(self, snapshot: Snapshot, question: Question, written: Sequence[Lang]) -> FloatArray | None:
        """The question's unit vector; None when the model is not trusted to compare it with articles in any of ``written``."""
        skill = self.card(snapshot).skill
        if not any(trust(skill, question.lang, lang) for lang in written):
            return None
        return self._embed(snapshot.identity.model_fingerprint, question.text)

    def remember(self, snapshot: Snapshot, questions: Iterable[Question], written: Sequence[Lang]) -> None:
        """Embed those of ``questions`` together that ``vector`` would embed one by one. Raises ``EncoderError``."""
        skill = self.card(snapshot).skill
        trusted = [q.text for q in questions if any(trust(skill, q.lang, lang) for lang in written)]
        self.embed_all(snapshot.identity.model_fingerprint, trusted, query=True)

    def encoder(self, snapshot: Snapshot) -> Encoder:
        """The opened model of ``snapshot``, which remembers the last texts. Raises ``EncoderError`` when it cannot be opened."""
        self.card(snapshot)
        fingerprint = snapshot.identity.model_fingerprint
        return RememberingEncoder(
            self._model(fingerprint)[1], lambda texts, query: self.embed_all(fingerprint, texts, query=query)
        )

    def forget(self) -> None:
        """Embed every text anew from now on."""
        with self._lock:
            self._known.clear()

    def similarity(self, snapshot: Snapshot, lang: Lang) -> Callable[[str, str], float] | None:
        """Cosine of two texts in ``lang``, in [-1, 1]; None when the model is not trusted for that language."""
        if not is_trusted(self.card(snapshot).skill, lang, lang):
            return None
        encoder = self._model(snapshot.identity.model_fingerprint)[1]

        def cosine(one: str, other: str) -> float:
            first, second = encoder.encode([one, other])
            return float(first @ second)

        return cosine

    def _embed(self, fingerprint: str, text: str) -> FloatArray:
        return self.embed_all(fingerprint, [text], query=True)[0]

    def embed_all(self, fingerprint: str, texts: Sequence[str], *, query: bool) -> list[FloatArray]:
        """Unit vectors of ``texts`` by the model with this fingerprint, in their order; known ones are looked up."""
        with self._lock:
            found = {
                text: self._known[fingerprint, query, text]
                for text in texts
                if (fingerprint, query, text) in self._known
            }
        missing = sorted({text for text in texts if text not in found}, key=len)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            for text, vector in zip(batch, self._model(fingerprint)[1].encode(batch, query=query), strict=True):
                found[text] = vector.copy()
                found[text].flags.writeable = False
        with self._lock:
            for text in texts:
                self._known[fingerprint, query, text] = found[text]
                self._known.move_to_end((fingerprint, query, text))
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return [found[text] for text in texts]

    def _open(self, fingerprint: str) -> tuple[ModelCard, Encoder]:
        folder = self._models / fingerprint
        encoder = self._open_encoder(folder)
        return read_card(folder), encoder
