"""The Chinese half of a bilingual model in torch: for embedding many passages, and for exporting it to ONNX.

Word embeddings stay outside the traced body: it takes them as input, gathered from a table that is mapped from disk, so that the
served model holds no table of sixty thousand words in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kb.errors import EncoderError
from kb.text.chinese_encoder import Compute
from kb.text.chinese_inputs import Feed
from kb.text.torch_encoder import fast_arithmetic, trace, warn_not_exported
from kb.types import FloatArray

if TYPE_CHECKING:
    import torch

BATCH = 32  # rows of one call of the body
# What BertModel has and this half does not need: its words are a table of their own, and sentences are means, not pooled.
_NOT_NEEDED = ("embeddings.word_embeddings.", "embeddings.position_ids", "embeddings.token_type_ids", "pooler.")


def computed_by(body: torch.nn.Module) -> Compute:
    """Vectors straight from ``body``, in bf16 where the processor has units for it."""
    import torch

    def compute(feed: Feed) -> FloatArray:
        with torch.inference_mode(), fast_arithmetic():
            found = body(*(torch.from_numpy(values) for values in feed.values()))
        vectors: FloatArray = found.float().numpy()
        return vectors

    return compute


def build_body(base: Path, parameters: Mapping[str, FloatArray]) -> torch.nn.Module:
    """A module from word embeddings ``(rows, tokens, d)`` and an attention mask ``(rows, tokens)`` to unit vectors ``(rows, d)``.

    ``base``: folder of the model whose shape the body has; ``parameters``: all its parameters but the word embeddings.
    The vector is the mean over the tokens, as in the base model. Raises ``EncoderError`` when the parameters do not fit.
    """
    import torch
    from transformers import BertConfig, BertModel

    bert = BertModel(BertConfig.from_pretrained(base, vocab_size=1, local_files_only=True), add_pooling_layer=False)
    try:
        state = {name: torch.from_numpy(values) for name, values in parameters.items()}
        missing, unexpected = bert.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise EncoderError(f"The Chinese body does not fit its base model: {error}", _HINT) from error
    wrong = [name for name in (*missing, *unexpected) if not name.startswith(_NOT_NEEDED)]
    if wrong:
        raise EncoderError(f"The Chinese body lacks or has too many parameters: {', '.join(sorted(wrong)[:5])}.", _HINT)

    class Body(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            hidden = self.bert(inputs_embeds=words, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
            return torch.nn.functional.normalize(mean, dim=1)

    return Body().eval()


_HINT = "Install the package again: its files do not belong together."


def export_body(body: torch.nn.Module, dimensions: int, file: Path) -> bool:
    """Write the body as ONNX with inputs ``words`` and ``mask``; False, with the reason in the log, when that fails."""
    import torch

    mask = torch.tensor([[1, 1, 0], [1, 1, 1]], dtype=torch.int64)
    try:
        trace(body, {"words": torch.randn(2, 3, dimensions), "mask": mask}, file)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the exporter, the body can be served by torch
        warn_not_exported(file, error)
        return False
    return True


def base_words(base: Path) -> FloatArray:
    """The base model's own word embeddings, float32, shape ``(ids of the base, d)``."""
    from safetensors.numpy import load_file

    stored = load_file(base / "model.safetensors")
    name = next((name for name in stored if name.endswith("embeddings.word_embeddings.weight")), None)
    if name is None:
        raise EncoderError(f"{base} holds no word embeddings.", _HINT)
    return np.asarray(stored[name], dtype=np.float32)
