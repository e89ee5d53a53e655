"""What a follow-up means: "and for Android?" is asked about what was asked before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.answer.question import understand
from kb.text.tokenize import normalize
from kb.types import Turn

# Openings and pronouns that point back.
_POINTS_BACK = re.compile(
    r"^\W*(?:and|what about|how about|or|but|then|also|what if|why|ok|so)\b"
    r"|\b(?:it|its|that|this|they|them|those|these|there|then|one|instead)\b"
    r"|^\W*(?:那|那么|还有|另外|然后|如果|要是|为什么|它|这|再|换成|改成|以及)"
    r"|(?:它|这个|那个|这样|那样|上面|刚才)"
    r"|呢\W*$"
)
# With fewer content terms than this, a question that follows another rarely stands alone.
_FEW_TERMS = 3


def in_context(question: str, turns: Sequence[Turn]) -> str:
    """The question as it is searched: with the last question before it when it leans on it, else unchanged.

    ``turns``: earlier exchanges, newest last.
    """
    if not turns:
        return question
    content = understand(question).content
    pointing = bool(_POINTS_BACK.search(normalize(question)))
    if (pointing and len(content) <= 2 * _FEW_TERMS) or len(content) < _FEW_TERMS:
        return f"{turns[-1].question} {question}"
    return question
