"""Whether somebody asks about a topic or has a case of their own: "how do I cancel?" is a question that an article may answer,
"cancel my subscription" is a wish. Rules over words of the clause in which the topic stands, in both languages."""

from __future__ import annotations

import re

from kb.policy.negation import clause_before
from kb.text.language import count_han

_STOP = re.compile(r"[,.!?;:\n。]")
_HOW_TO_EN = re.compile(
    r"(?<![a-z])(?:how (?:to|do|does|can i|can we|could i|should|would i|long|much|many days|soon|is|are|it works)"
    r"|what happens"
    r"|what (?:to do|do i|should i)|ways? (?:to|of|for)|steps|instructions|process|procedure|policy|rules|information|info"
    r"|details (?:on|of|about|for)"
    r"|(?:to|want to|need to) (?:know|learn|understand|ask|find out|check)|wonder(?:ing)?"
    r"|(?:tell|show|explain)(?: to)? (?:me|us)?|question about|whether|suppose|in case|what if)(?![a-z])"
)
_RHETORIC_EN = re.compile(r"(?<![a-z])how (?:can|could|dare|is it possible)(?: that)? (?:you|they|this|your)(?![a-z])")
_REQUEST_EN = re.compile(
    r"(?<![a-z])(?:(?:can|could|would|will) (?:you|someone|somebody|anyone)|please|help me|let me|i will|asap|immediately"
    r"|i (?:really |just |now )?(?:want|need|wish|would like|have|demand|insist|am going|must|decided)|right now"
    r"|we (?:want|need|would like|have))(?![a-z])"
)
_OPENING_EN = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay|hi|hello|hey|please|then|also|or|just|well)\W+)*(?:how|what|where|when|which|who|whom"
    r"|whose|is|are|do|does|did|can|could|may|might|should|must|am|will|would|if|after|before|once|while|has|have|tell"
    r"|explain)(?![a-z])"
)
_SELF_EN = re.compile(r"(?<![a-z])(?:i|my|me|we|our|us|mine|you|your)(?![a-z])")
_HOW_ZH = re.compile(
    r"怎么(?!回事|还|又|会|这么|那么|搞|被|能|老|总|都|就|可以)|如何|怎样|哪里|哪儿|在哪|去哪|告诉我|说明|多久|流程|渠道|电话"
    r"|热线|入口|政策|规定"
)
_ASKED_ZH = re.compile(
    _HOW_ZH.pattern
    + r"|咋(?!回事)|哪个|哪些|什么(?!垃圾|破|玩意|态度|东西|鬼|烂|狗屁)|多少|几天|几次|是否|能否|可否|能不能|可不可以"
    r"|有没有|是不是|会不会|要不要|[吗么]\W*$|规则|步骤|方法|条件|方式|费用|手续|须知|教程|假如|如果|要是|万一|[之以]后"
    r"|的时候|想知道|想问|咨询|了解一下|请问|会扣|会退"
)
_REQUEST_ZH = re.compile(
    r"帮我|给我|替我|为我|帮忙|麻烦|我[现就]?[在就]?(?:要|想要?|决定|必须|准备)(?!问|知道|了解|咨询)"
)
_STATED = re.compile(r"(?<![a-z])(?:this|that|it) is(?! about)(?![a-z])|[这那]就?是")
_MOST_WORDS = 4  # of a text that only names its subject
_MOST_HAN = 6
_MARK_OF_EVENT = re.compile(r"[!了要]")


def asks_about(said: str, start: int, end: int, *, named: bool = True) -> bool:
    """Whether ``said[start:end]``, a topic in a prepared text, is only asked about. ``named``: naming it alone asks about it too.

    >>> [asks_about(s, s.find("cancel"), len(s)) for s in ("how do i cancel my plan?", "can you cancel my plan?", "cancel plan")]
    [True, False, True]
    """
    clause, closed_by = _clause(said, start, end)
    if count_han(clause) > len(re.findall(r"[a-z]+", clause)):
        return _asks_zh(clause, closed_by, said, named)
    return _asks_en(clause, closed_by, said, named)


def _asks_en(clause: str, closed_by: str, said: str, named: bool) -> bool:
    if _RHETORIC_EN.search(clause):
        return False
    if _HOW_TO_EN.search(clause):
        return True
    if _REQUEST_EN.search(clause):
        return False
    if closed_by == "?" or _OPENING_EN.match(clause):
        return True
    words = re.findall(r"[a-z0-9']+", said)
    named = named and not _STATED.search(clause)
    return named and len(words) <= _MOST_WORDS and not _SELF_EN.search(said) and "!" not in said


def _asks_zh(clause: str, closed_by: str, said: str, named: bool) -> bool:
    if _REQUEST_ZH.search(clause):
        return _HOW_ZH.search(clause) is not None
    if closed_by == "?" or _ASKED_ZH.search(clause):
        return True
    named = named and not _STATED.search(clause)
    return named and count_han(said) <= _MOST_HAN and not _MARK_OF_EVENT.search(said) and "我" not in said


def _clause(said: str, start: int, end: int) -> tuple[str, str]:
    """The clause around a match, and the mark that closes it ("" at the end of the text)."""
    stop = _STOP.search(said, end)
    begin = start - len(clause_before(said, start))
    return said[begin : stop.start() if stop else len(said)], stop.group() if stop else ""
