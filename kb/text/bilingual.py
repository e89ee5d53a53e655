"""One encoder made of two models with the same vector space: English text goes to one, Chinese text to the other.

English text is embedded by the English model exactly as if it were alone, so adding Chinese cannot make English worse.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kb.text.chinese_encoder import BODY, ChineseEncoder, open_export
from kb.text.chinese_inputs import write_inputs
from kb.text.chinese_pieces import PIECES_VERSION, is_chinese
from kb.text.chinese_weights import VOCABULARY, half_files, read_weights
from kb.text.model_card import ModelCard, WithCard, read_card
from kb.text.probe import PROBE
from kb.types import Encoder, FloatArray

ENGLISH, CHINESE = "english", "chinese"  # folders below the prepared one
_HALF = "half"  # below the Chinese one: what was shipped
# Raise when exports of the same weights would differ.
_EXPORT_VERSION = "1"
# The export must give the body's own vectors: smallest cosine over the probe's texts.
_MIN_EXPORT_COSINE = 0.9999
_BF16_COSINE = 0.0005  # what the fast arithmetic of the compared original may take away

OpenPart = Callable[[], Encoder]


class RoutedEncoder(WithCard):
    """Unit vectors of both languages; each text is embedded by the model for its script. Thread-safe.

    A model is opened when its first text comes, so a process that only meets one language pays for one.
    """

    def __init__(self, card: ModelCard, english: OpenPart, chinese: OpenPart) -> None:
        super().__init__(card)
        self._open = {False: english, True: chinese}
        self._opened: dict[bool, Encoder] = {}
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        """Return unit vectors, shape ``(len(texts), dimensions)``. Raises ``EncoderError`` when a model cannot be opened."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        chinese = [is_chinese(text) for text in texts]
        for script in (False, True):
            rows = [row for row, found in enumerate(chinese) if found is script]
            if rows:
                vectors[rows] = self._part(script).encode([texts[row] for row in rows], query=query)
        return vectors

    def _part(self, script: bool) -> Encoder:
        with self._lock:
            if script not in self._opened:
                self._opened[script] = self._open[script]()
            return self._opened[script]


def fingerprint_of(base_fingerprint: str, source: Path) -> str:
    """Hash of the Chinese half in ``source``, the English base and the ways both are cut and exported."""
    digest = hashlib.sha256(f"bilingual {_EXPORT_VERSION} pieces {PIECES_VERSION} {base_fingerprint}".encode())
    for file in half_files(source):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def prepare_parts(card: ModelCard, english: Path, source: Path, base: Path, folder: Path) -> ModelCard:
    """Write both models below ``folder`` and return the card of the whole, without its skill.

    ``english``: the prepared folder of the base model; ``source``: the shipped Chinese half; ``base``: the base model's own
    folder. ``card``: what is known about the whole so far. Raises ``EncoderError`` when the half cannot be used.
    """
    _copy(english, folder / ENGLISH)
    chinese = folder / CHINESE
    chinese.mkdir()
    part = replace(card, name=f"{card.name} ({CHINESE})", runtime="torch", fingerprint=f"{card.fingerprint}-zh")
    part = _prepare_chinese(part, source, base, chinese)
    part.write(chinese)
    return replace(card, parts={ENGLISH: read_card(english).fingerprint, CHINESE: part.fingerprint})


def open_chinese(folder: Path, card: ModelCard, threads: int) -> Encoder:
    """Open a prepared Chinese half for questions."""
    return open_export(folder, card, threads=threads) if card.runtime == "onnx" else open_torch(folder, card)


def open_torch(folder: Path, card: ModelCard) -> ChineseEncoder:
    """Open a prepared Chinese half in torch, from its own copy of the weights: the shipped ones may be newer by now."""
    from kb.text.chinese_body import BATCH, build_body, computed_by

    body = build_body(folder, read_weights(folder / _HALF).body)
    return ChineseEncoder(folder, card, computed_by(body), batch=BATCH)


def _prepare_chinese(card: ModelCard, source: Path, base: Path, folder: Path) -> ModelCard:
    from kb.text.chinese_body import BATCH, base_words, build_body, computed_by, export_body

    (folder / _HALF).mkdir()
    for file in half_files(source):
        shutil.copyfile(file, folder / _HALF / file.name)
    weights = read_weights(folder / _HALF)
    card = replace(card, max_tokens=weights.max_tokens, source=str(source))
    shutil.copyfile(base / "config.json", folder / "config.json")
    write_inputs(
        folder,
        (folder / _HALF / VOCABULARY).read_bytes(),
        (base / "tokenizer.json").read_bytes(),
        weights.words,
        base_words(base),
    )
    body = build_body(folder, weights.body)
    encoder = ChineseEncoder(folder, card, computed_by(body), batch=BATCH)
    if not export_body(body, card.dimensions, folder / BODY):
        return card
    exported = open_export(folder, card)
    texts = [text for quad in PROBE for text in (quad.question_zh, quad.passage_zh)]
    cosines = (exported.encode(texts) * encoder.encode(texts)).sum(axis=1)
    faithful = np.isfinite(cosines).all() and cosines.min() >= _MIN_EXPORT_COSINE - _BF16_COSINE
    return replace(card, runtime="onnx") if faithful else card


def _copy(source: Path, target: Path) -> None:
    """Hard links where the file system has them: prepared files never change."""
    target.mkdir()
    for file in source.iterdir():
        try:
            os.link(file, target / file.name)
        except OSError:
            shutil.copyfile(file, target / file.name)
