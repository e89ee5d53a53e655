"""Sentences that do not stand alone: exceptions to what was said before, and words that point back at it.

Leaving an exception behind turns a true quotation into a wrong answer, so these rules rather take one sentence too many. English,
and Chinese in both scripts.
"""

from __future__ import annotations

import re

_MARKUP = r"^[\s>*_`#\-\[\]!（(【]*"
_LIMITS_FROM_THE_START = re.compile(
    _MARKUP
    + r"(?:(?:however|but|except|exceptions?|unless|otherwise|only|note|important|caution|warning|provided that|as long as"
    r"|(?:this|it) does not|(?:these|they) do not|this is not|if not|in that case)\b"
    r"|但|不过|不過|然而|除非|除了|除外|否则|否則|仅|僅|只有|只限|注意|注：|备注|備註|如果不|以下情况|以下情況|例外|此时|此時|这时|這時"
    r"|其中|超过|超過|逾期|前提)",
    re.IGNORECASE,
)
_LIMITS_ANYWHERE = re.compile(
    r"\b(?:except|unless|excluding|excluded|exceptions?|(?:do|does) not apply|only (?:if|within|when|for|until|while)|provided that"
    r"|as long as)\b"
    r"|除外|除非|仅限|僅限|只限|不适用|不適用|例外|限于|限於|不包括|不含|逾期|须在|須在|需在|必须在|必須在|前提",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    _MARKUP + r"(?:(?:it|this|these|those|that|they|its|their|such|both|then|after that|the (?:latter|former|same)|also"
    r"|however|but|otherwise|instead|in that case|if (?:not|so|it|they))\b"
    r"(?! (?:is|was) (?:possible|important|necessary|recommended) (?:to|that))"
    r"|[该該](?!怎)|此(?!外)|它|其(?![实實他])|这|這|那(?![么麼])|但|不过|不過|然而|否则|否則|除此|也就是说|也就是說|同时|同時|同样|同樣"
    r"|两者|兩者)",
    re.IGNORECASE,
)
_SETS_CONDITION = re.compile(
    r"\b(?:if|unless|not|no|never|cannot|without|before|after|still|lost|failed)\b|n['’]t\b|没|沒|未|不|无法|無法|如果|超过|超過|逾期|仍|之前|之后|之後|丢失|失败|开错|出错",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(
    r"^\s*>?\s*(?:\\?\*(?!\*)|†|‡|¹|²|\[\^|[(（]?(?:注|备注|備註|说明|說明)|[*_]{0,2}(?:notes?\b|注))", re.IGNORECASE
)


def limits(sentence: str) -> bool:
    """Whether ``sentence`` restricts what was said right before it.

    >>> [limits(s) for s in ("However, gifts are excluded.", "仅限 7 天内。", "Returns are free, unless opened.", "退款原路退回。")]
    [True, True, True, False]
    """
    return bool(_LIMITS_FROM_THE_START.match(sentence) or _LIMITS_ANYWHERE.search(sentence))


def points_back(sentence: str) -> bool:
    """Whether ``sentence`` begins with a word that means something said before it.

    >>> [points_back(s) for s in ("It takes 3 days.", "该服务免费。", "Item prices include tax.")]
    [True, True, False]
    """
    return bool(_POINTS_BACK.match(sentence))


def sets_condition(words: str) -> bool:
    """Whether a heading or a question speaks of one case only: that something is missing, has failed, or comes before or after.

    >>> [sets_condition(s) for s in ("If the money does not arrive", "充不进电或掉电快", "Time by payment method", "到账时间")]
    [True, True, False, False]
    """
    return bool(_SETS_CONDITION.search(words))


def is_footnote(block: str) -> bool:
    r"""Whether a paragraph below a table or list is a note on it.

    >>> [is_footnote(s) for s in ("\\* Business days only.", "注：节假日顺延。", "Open the page.")]
    [True, True, False]
    """
    return bool(_FOOTNOTE.match(block))
