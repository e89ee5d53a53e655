"""How long texts are, for programs that ask what a call has used. Nothing is charged by it."""

from __future__ import annotations

from collections.abc import Sequence

import anyio.to_thread

from kb.text.tokenize import TOKENIZER_VERSION, tokenize

TOKENIZER = f"kb-{TOKENIZER_VERSION}"


_LONG = 5_000  # code points that are counted in less than 10 ms, Chinese ones too (eval/LOG.md)


async def count_tokens(texts: Sequence[str]) -> int:
    """How many search terms the texts have by our own tokenizer: words, and pairs of Chinese characters."""
    if sum(map(len, texts)) <= _LONG:
        return _count(texts)
    return await anyio.to_thread.run_sync(_count, texts)  # others must not wait for a long conversation


def _count(texts: Sequence[str]) -> int:
    return sum(len(tokenize(text)) for text in texts)
