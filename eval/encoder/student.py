"""The Chinese body while it learns: the base model's shape, run in bf16 on packed batches of like length.

Same arithmetic as ``BertModel`` with mean pooling (Devlin et al. 2019; Reimers & Gurevych 2019), written as plain functions
because a third of the time of the general implementation goes into what training here does not need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Shape:
    """Layers and attention heads of the base model."""

    layers: int
    heads: int


def pad(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids, shape ``(rows, longest)``, padded with 0, and which of them count."""
    import torch

    width = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    lengths = torch.tensor([len(row) for row in rows])
    return ids, torch.arange(width)[None, :] < lengths[:, None]


def embed(inputs: torch.Tensor, mask: torch.Tensor, weights: dict[str, torch.Tensor], shape: Shape) -> torch.Tensor:
    """Unit sentence vectors, shape ``(rows, size)``, fp32.

    ``inputs``: word vectors, shape ``(rows, tokens, size)``, in the dtype of ``weights`` (names of ``BertModel``).
    """
    import torch
    from torch.nn import functional

    rows, tokens, size = inputs.shape

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, (size,), weights[f"{name}.weight"], weights[f"{name}.bias"], _EPSILON)

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    x = inputs + weights["embeddings.position_embeddings.weight"][:tokens]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm").reshape(-1, size)
    per_head = size // shape.heads
    hidden = torch.zeros(mask.shape, dtype=inputs.dtype).masked_fill(~mask, torch.finfo(inputs.dtype).min)
    hidden = hidden[:, None, None, :].expand(rows, shape.heads, tokens, tokens).reshape(-1, tokens, tokens)
    for layer in range(shape.layers):
        name = f"encoder.layer.{layer}"

        def heads(part: str, x: torch.Tensor = x, name: str = name) -> torch.Tensor:
            projected = linear(x, f"{name}.attention.self.{part}").view(rows, tokens, shape.heads, per_head)
            return projected.transpose(1, 2).reshape(-1, tokens, per_head)

        scores = torch.baddbmm(hidden, heads("query"), heads("key").transpose(1, 2), alpha=1.0 / math.sqrt(per_head))
        mixed = torch.bmm(scores.softmax(-1), heads("value")).view(rows, shape.heads, tokens, per_head)
        mixed = mixed.transpose(1, 2).reshape(-1, size)
        x = norm(x + linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        wide = functional.gelu(linear(x, f"{name}.intermediate.dense"))
        x = norm(x + linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    states = x.view(rows, tokens, size).float()
    counted = mask[:, :, None].float()
    mean = (states * counted).sum(1) / counted.sum(1)
    return functional.normalize(mean, dim=1)
