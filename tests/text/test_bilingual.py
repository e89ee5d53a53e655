"""Two models behind one door: each text goes to its own, and English is what it was without Chinese."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import structlog
from structlog.testing import capture_logs

from indexer.embedding_cache import ModelVectors
from kb.answer.fuse import is_trusted
from kb.errors import EncoderError
from kb.settings import Settings
from kb.text.bilingual import RoutedEncoder
from kb.text.chinese_weights import read_weights, write_weights
from kb.text.embedding import (
    DEFAULT_MODEL,
    ENGLISH_MODEL,
    open_bulk_encoder,
    open_encoder,
    prepare_model,
    runtimes,
)
from kb.text.model_card import ModelCard, read_card
from kb.types import FloatArray, Lang
from tests.text.chinese_half import write_half

ENGLISH = (
    "How do I reset my password?",
    "Refunds reach the card within seven days.",
    "Choose 中文 in the language menu.",
)
CHINESE = ("怎么退款？", "我的订单怎么了 iPhone 15", "忘了密码怎么办")
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
CARD = ModelCard("both", "", "f", 2, 8, 0, "bilingual", parts={"english": "e", "chinese": "c"})


@pytest.fixture(scope="module")
def prepared(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prepared folder of a bilingual model with a tiny Chinese half."""
    return prepare_model(str(write_half(tmp_path_factory.mktemp("half"))), models)[0]


@pytest.fixture
def plain_log() -> Iterator[None]:
    """The log without the level that an application of another test may have set."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@dataclass
class Recording:
    """An encoder of two dimensions that remembers what it was asked."""

    value: float
    asked: list[str] = field(default_factory=list)
    fingerprint: str = "f"
    dimensions: int = 2

    def encode(self, texts: Sequence[str], *, query: bool = False) -> FloatArray:
        self.asked.extend(texts)
        return np.full((len(texts), 2), self.value, dtype=np.float32)


def test_each_text_goes_to_the_model_of_its_script_and_comes_back_in_its_place() -> None:
    english, chinese = Recording(1.0), Recording(2.0)
    encoder = RoutedEncoder(CARD, lambda: english, lambda: chinese)
    vectors = encoder.encode(["退款", "refund", "订单 15", "order"])
    assert vectors[:, 0].tolist() == [2.0, 1.0, 2.0, 1.0]
    assert (english.asked, chinese.asked) == (["refund", "order"], ["退款", "订单 15"])


def test_a_model_is_opened_when_its_first_text_comes() -> None:
    def refuse() -> Recording:
        raise EncoderError("not needed", "")

    encoder = RoutedEncoder(CARD, lambda: Recording(1.0), refuse)
    assert encoder.encode(["refund"]).shape == (1, 2)
    assert encoder.encode([]).shape == (0, 2)
    with pytest.raises(EncoderError, match="not needed"):
        encoder.encode(["refund", "退款"])


def test_english_vectors_are_those_of_the_plain_model_to_the_bit(models: Path, prepared: Path) -> None:
    plain, both = open_encoder(prepare_model(ENGLISH_MODEL, models)[0]), open_encoder(prepared)
    assert np.array_equal(plain.encode(ENGLISH), both.encode(ENGLISH))
    assert np.array_equal(plain.encode(ENGLISH[:1], query=True), both.encode(ENGLISH[:1], query=True))


def test_questions_and_bulk_give_the_same_vectors_in_the_order_of_the_texts(prepared: Path) -> None:
    texts = [text for pair in zip(ENGLISH, CHINESE, strict=True) for text in pair]
    light, bulk = open_encoder(prepared), open_bulk_encoder(prepared)
    vectors = light.encode(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (vectors * bulk.encode(texts)).sum(axis=1).min() > 0.999
    one_by_one = np.concatenate([light.encode([text]) for text in texts])
    assert (vectors * one_by_one).sum(axis=1).min() > 0.99999


def test_answering_never_loads_torch(prepared: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from kb.text.embedding import open_encoder;"
        "open_encoder(Path(sys.argv[1])).encode(['退款', 'refund']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(prepared)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_another_half_is_another_model(prepared: Path, models: Path, tmp_path: Path) -> None:
    from kb.text.bilingual import fingerprint_of

    first, other = write_half(tmp_path / "a"), write_half(tmp_path / "b", seed=1)
    assert fingerprint_of("base", first) == fingerprint_of("base", write_half(tmp_path / "c"))
    assert len({fingerprint_of("base", first), fingerprint_of("base", other), fingerprint_of("other", first)}) == 3


@pytest.mark.parametrize("fault", ["weights", "parameter", "lines", "card"])
def test_files_that_do_not_belong_together_are_refused(models: Path, tmp_path: Path, fault: str) -> None:
    half = write_half(tmp_path / "half", drop="encoder.layer.3" if fault == "parameter" else "none")
    if fault == "weights":
        (half / "weights.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")
    elif fault == "lines":
        (half / "vocabulary.txt").write_text("我\n的\n", "utf-8")
    elif fault == "card":
        (half / "card.json").write_text("[]")
    with pytest.raises(EncoderError, match="Chinese"):
        prepare_model(str(half), models)
    assert not list(models.glob(".*"))


def test_weights_come_back_within_half_a_step(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(0, [[1e-9], [1e-3], [1.0], [50.0], [0.0]], (5, 40)).astype(np.float32)
    write_weights(tmp_path, {"base": "b", "max_tokens": 9}, values, {"m": values, "v": values[2]})
    read = read_weights(tmp_path)
    step = np.maximum(np.abs(values).max(axis=1, keepdims=True) / 127, 1e-7)
    assert (read.base, read.max_tokens, read.words.dtype) == ("b", 9, np.float16)
    assert np.all(np.abs(read.body["m"] - values) <= 0.51 * step)
    assert np.allclose(read.body["v"], values[2], rtol=1e-3, atol=1e-4)


def test_a_new_half_leaves_the_remembered_vectors_of_the_other_valid(tmp_path: Path) -> None:
    texts = ["退款", "refund", "order"]
    first, second = Recording(1.0), Recording(2.0)
    vectors, embedded = ModelVectors(tmp_path, CARD).embed(texts, lambda n: first, lambda done, of: None)
    assert (embedded, vectors.tolist()) == (3, [[1, 1]] * 3)
    changed = ModelCard("both", "", "g", 2, 8, 0, "bilingual", parts={"english": "e", "chinese": "c2"})
    vectors, embedded = ModelVectors(tmp_path, changed).embed(texts, lambda n: second, lambda done, of: None)
    assert (embedded, second.asked, vectors[:, 0].tolist()) == (1, ["退款"], [2, 1, 1])


def test_the_packaged_model_is_the_default_and_is_trusted_in_both_languages(models: Path) -> None:
    assert Settings.model_fields["encoder"].default == DEFAULT_MODEL
    card = prepare_model(DEFAULT_MODEL, models)[1]
    assert all(is_trusted(card.skill, asked, written) for asked in LANGUAGES for written in LANGUAGES)


@pytest.mark.parametrize("half", ["english", "chinese"])
def test_both_halves_are_served_from_their_exports(models: Path, half: str) -> None:
    """An export that fails is served by torch: right, but three times as slow, so nobody would notice."""
    folder, _ = prepare_model(DEFAULT_MODEL, models)
    assert read_card(folder / half).runtime == "onnx"


def test_a_failed_export_is_told_and_the_model_is_served_by_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain_log: None
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)  # as if it were not installed
    with capture_logs() as lines:
        folder, _ = prepare_model(str(write_half(tmp_path / "half", seed=3)), tmp_path / "models")
    assert [(line["event"], line["log_level"]) for line in lines] == [("model.not_exported", "warning")] * 2
    assert all("onnx" in line["error"] for line in lines)
    assert runtimes(folder) == ("torch", "torch")
    assert open_encoder(folder).encode(["退款", "refund"]).shape == (2, 384)


def test_a_prepared_model_needs_nothing_of_the_folder_it_came_from(models: Path, tmp_path: Path) -> None:
    half = write_half(tmp_path / "half", seed=2)
    folder, card = prepare_model(str(half), models)
    half.rename(tmp_path / "moved")
    assert open_bulk_encoder(folder).encode([*CHINESE, *ENGLISH]).shape == (6, 384)
    moved = prepare_model(str(tmp_path / "moved"), models)
    assert moved[0] == folder
    assert (moved[1].name, card.name) == (str(tmp_path / "moved"), str(half))
