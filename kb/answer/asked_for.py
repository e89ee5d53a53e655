"""What kind of thing a question asks for, and what a sentence that gives it looks like: a number, a time, a person ...

A sentence can answer "how many" only where it counts something. Rules over words, in English and in Chinese of both scripts;
the kinds are the coarse classes of question classification (Li and Roth, COLING 2002) that show on a sentence's surface.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.answer.question import Question
from kb.text.language import count_han
from kb.text.tokenize import normalize

# kind: (how a question asks for it, in normalized text; how a sentence gives it, in source text)
_KINDS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "amount": (
        re.compile(
            r"\bhow (?:many|much|long|far|old|tall|large|big|often|high|fast|soon|wide|deep|heavy)\b"
            r"|\bwhat (?:percent|number|age|size|price)|\bpercentage\b|\b(?:fee|cost|price)s?\b"
            r"|多少|几(?!乎)|多久|多长|多大|多高|多远|多重|多快|第几|费用|价格|收费|要钱"
        ),
        re.compile(
            r"\d|[一二三四五六七八九十百千万萬亿億两兩半]+(?:个|個|年|月|日|天|人|次|种|種|名|座|条|條|家|岁|歲|元|米|公里|小时|小時|分|倍|届|屆"
            r"|位|所|部|层|層|件|折)"
            r"|\bone (?:day|week|month|year|hour|minute|time|piece|of)\b"
            r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half"
            r"|twice|once|third|free|no limit|unlimited)\b|免费|免費|不限|不收",
            re.IGNORECASE,
        ),
    ),
    "time": (
        re.compile(
            r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|time|decade|hours)\b|\bhow (?:long|soon)\b"
            r"|\bwhat(?:['’]s| is) the (?:\w+ ){0,2}(?:period|deadline|duration)\b"
            r"|什么时候|何时|哪一?年|几时|哪天|哪一天|时间|年份|哪个世纪|何年|日期|多久|几点|几号|过期|到期"
        ),
        re.compile(
            r"\b1\d{3}\b|\b20\d\d\b|\d+\s*[年月日号號天周]|世纪|世紀|\d+\s*(?:个月|個月|小时|小時|分钟|分鐘|工作日)"
            r"|\b(?:century|january|february|march|april|june|july|august|september|october|november|december"
            r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|after|before|during|until|since|immediately|at once)\b"
            r"|\d+\s*(?:days?|hours?|minutes?|weeks?|months?|years?|a\.?m|p\.?m)\b|\bMay\b"
            r"|之后|之後|之前|期间|期間|后来|後來|朝|时期|時期|立即|马上|馬上|当日|當日|当天|當天",
            re.IGNORECASE,
        ),
    ),
    "person": (
        re.compile(r"\bwho(?:m|se)?\b|谁|何人|哪位|什么人|叫什么|名字"),
        re.compile(
            r"(?<=[a-z,;)] )[A-Z][a-z]+|\b(?:by|[Hh]e|[Ss]he)\b|·|先生|教授|总统|總統|皇帝|国王|國王|导演|導演|父亲|父親|他|她|人"
        ),
    ),
    "place": (
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:city|country|state|place|region|area|town|location|page|menu)\b"
            r"|哪里|哪儿|何处|什么地方|哪个(?:国家|城市|地方|地区|省|页面|菜单)|哪国|何地|位于"
        ),
        re.compile(
            r"\b(?:in|at|near|from|to|on|under)\s+(?:the\s+)?[*_`\"“]*[A-Z]"
            r"|[省市县縣区區州国國岛島山河路街城镇鎮村]|位于|位於|地区|地區|→|“[^”]{1,20}”|页面|頁面"
        ),
    ),
    "contact": (
        re.compile(
            r"\b(?:tele)?phone number|\bcall you\b|\b(?:your|which|what) (?:tele)?phone\b|\be-?mail address|\bhotline\b"
            r"|电话(?:是|号|多少)|客服电话|热线|邮箱(?:是|地址)"
        ),
        re.compile(r"\+?\d[\d\s\-]{6,}\d|[\w.+-]+@[\w-]+"),
    ),
    "reason": (
        re.compile(r"\bwhy\b|\bwhat (?:caused?|reason)|为什么|为何|原因|怎么会|缘故"),
        re.compile(
            r"\b(?:because|due to|since|so that|in order to|as a result|reason|caused?|therefore|led to)\b"
            r"|因为|因為|由于|由於|因此|所以|原因|导致|導致|为了|為了|故",
            re.IGNORECASE,
        ),
    ),
}
_STEPS = re.compile(
    r"^\W*how (?:do|can|to|should|would|does)\b|\bsteps?\b|\bset ?up\b|怎么(?!样|回事|会)|如何|怎样|步骤|流程|方法|教程"
)
_SEVERAL = re.compile(
    r"\b(?:what|which) (?:are|(?:\w+ ){0,2}\w+s (?:are|can|do|does|will))\b|\blist\b|\bany\b|\bkinds?\b|\btypes\b|\boptions\b"
    r"|哪些|哪几|几种|有什么|都有|列表|清单|分别|种类"
)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What an answer must look like. ``kinds``: of "amount", "time", "person", "place", "contact", "reason".

    ``steps``: it asks how something is done. ``several``: it asks for all of a number of things. ``characters``: the Chinese
    characters of its terms, simplified; they find what pairs of characters miss (退款 and 退货款).
    """

    kinds: tuple[str, ...] = ()
    steps: bool = False
    several: bool = False
    characters: frozenset[str] = frozenset()

    def given_by(self, sentence: str) -> bool:
        """Whether ``sentence`` gives one of the kinds asked for; False when none is asked for."""
        return any(_KINDS[kind][1].search(sentence) for kind in self.kinds)


ANYTHING = AskedFor()


def asked_for(question: Question) -> AskedFor:
    """Read what ``question`` asks for.

    >>> from kb.answer.question import understand
    >>> asked_for(understand("How many points expire, and when?")).kinds
    ('amount', 'time')
    >>> asked_for(understand("怎样设置路由器")).steps
    True
    """
    text = normalize(question.text)
    kinds = tuple(kind for kind, (asks, _) in _KINDS.items() if asks.search(text))
    return AskedFor(
        kinds=kinds,
        steps=bool(_STEPS.search(text)) and "amount" not in kinds,
        several=bool(_SEVERAL.search(text)),
        characters=han_characters(question.terms),
    )


def han_characters(terms: tuple[str, ...]) -> frozenset[str]:
    """The Chinese characters in ``terms``."""
    return frozenset(char for term in terms if not term.isascii() for char in term if count_han(char))
