"""How soon a person should look: by words that cannot wait, and by how often the visitor was sent away without an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb.text.tokenize import normalize
from kb.types import Outcome

FAILURES = 3  # unanswered questions of one conversation after which nobody should wait any longer

# Money, access or safety is being lost while the request waits. Word lists, so that anybody can read what they do.
_PRESSING_EN = re.compile(
    r"\b(?:urgent(?:ly)?|asap|emergency|immediately|hacked|phish(?:ed|ing)|fraud(?:ulent)?|scam(?:med)?|stolen"
    r"|unauthori[sz]ed|charged twice|double charged|locked out|data breach|leaked)\b"
)
_PRESSING_ZH = re.compile(
    r"紧急|加急|着急|急用|急!|很急|马上|立刻|被盗|盗刷|盗号|诈骗|被骗|骗子|泄露|泄漏|未经授权|重复扣款|多扣|乱扣|被锁|登不上|登录不了"
)


@dataclass(frozen=True, slots=True)
class Pressure:
    """``reasons``: "pressing_words", "repeated_failure"; none of them for ``normal``."""

    level: Literal["normal", "high"]
    reasons: tuple[str, ...]


def pressure_of(texts: Sequence[str], outcomes: Sequence[Outcome]) -> Pressure:
    """Judge what a visitor wrote (``texts``) and what became of the questions of the conversation.

    >>> pressure_of(["My account was hacked!"], [])
    Pressure(level='high', reasons=('pressing_words',))
    """
    reasons = []
    if any(_PRESSING_EN.search(said) or _PRESSING_ZH.search(said) for said in map(normalize, texts)):
        reasons.append("pressing_words")
    if sum(outcome is Outcome.NO_ANSWER for outcome in outcomes) >= FAILURES:
        reasons.append("repeated_failure")
    return Pressure("high" if reasons else "normal", tuple(reasons))
