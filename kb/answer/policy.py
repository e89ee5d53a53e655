"""When no text may answer: the visitor asks for a person, or has asked about nothing at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kb.answer.wish_chinese import ends_with_wish
from kb.answer.wish_chinese import wishes_for_person as chinese
from kb.answer.wish_english import wishes_for_person as english
from kb.policy.phrases import prepare
from kb.text.language import HAN
from kb.text.tokenize import normalize

# Asking for a person is short and about the person; "cost of a customer service agent licence" is a question.
_PERSON_EN = re.compile(
    r"^(?:(?:please|hi|hello|hey|ok|no|stop|i|we|can|could|may|want|wanna|would|like|need|have|get|let|me|us|you|to|a|an|give|"
    r"the|real|actual|live|speak|talk|chat|connect|transfer|pass|put|through|with|someone|somebody|now|just|at|in|your|from|contact|not|bot|robot|"
    r"machine|is|there|if)\W+)*"
    r"(?:person|human|human being|agent|operator|representative|rep|customer service|customer support|support team|"
    r"support staff|live chat|live support|someone|"
    r"somebody|human agent|live agent|real person|manager|supervisor|"
    r"(?:human|person) i can (?:talk|speak) to)(?:\W+(?:please|now|here|on the phone))*\W*$"
)
_PERSON_VERB_EN = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|human|agent|operator|representative|person|manager|supervisor)\b"
)
_PERSON_ZH = re.compile(
    r"^\W*(?:请|麻烦|帮我|给我|我要|我想|我想要|要|能不能|可以|能|有没有|有|直接|快|赶紧|立即|马上|叫|让|你们|你)*"
    r"(?:转|找|叫|接|要|联系|换|和|跟|与)*(?:一下|一个|个|到|接)*"
    r"(?:人工|真人|活人|客服|人工客服|人工服务|真人客服|在线客服|人工坐席|坐席|专员|经理|主管)"
    r"(?:人员|服务|客服|可以|能|来|和我|跟我|与我|聊|说话|对话|沟通|谈|处理)*(?:吗|吧|呢|啊|了|一下|谢谢)*\W*$"
    r"|^\W*我?(?:不想|不要|别|不愿意)再?(?:和|跟|与)?(?:这个)?(?:机器人|机器|ai)(?:说话|聊天|聊|对话|沟通|说|回复|客服)*(?:了|吧)*\W*$"
    r"|^\W*(?:请|我|要|想|能不能|可以|让我)*(?:和|跟|与|找)(?:一?个)?(?:真|活)?人(?:来)?(?:说话|说|聊天|聊聊|聊|谈谈|谈|对话|沟通)(?:一下|吗|吧|呢|了)*\W*$"
)


_OUTER = re.compile(r"^[\W_]+|[\W_]+$")
_SENTENCES = re.compile(r"([.!?;。\n]+)")
_CLAUSES = re.compile(r"[,、]+|(?<![a-z])(but|so|and|then|because)(?![a-z])")
_READ = 300  # characters: who asks for a person in a long text does so at its beginning or its end
_SAID_OUTRIGHT = re.compile(
    r"(?<![a-z])(?:talk|speak|chat|connect|transfer|put|get|give|want|need|human)(?![a-z])"
    r"|(?:转|找|要|接|叫|换)(?:一下|一个|个|到|接)?(?:人工|真人|活人|客服)|人工(?:客服|服务)|真人"
)
_QUESTION_EN = re.compile(r"^\W*(?:how|what|when|where|which|who|if|whether|does|do|is|are|should|will)(?![a-z])")
_OF_ONES_OWN_EN = re.compile(r"(?<![a-z])(?:i|me|we|us|please)(?![a-z])")
_REFUSED_EN = re.compile(r"(?<![a-z])(?:(?:would|need|should|will) not|no need)(?![a-z])")
_BARE = frozenset({"customer service", "customer support", "support team", "live support", "someone"})
# The same word again and again: 转人工转人工转人工.
_REPEATED = re.compile(r"([^\W_][^.!?;。]{0,20}?)(?:[\W_]*\1)+")
_CALLED = re.compile(
    r"(?:please\W+)?(?:(?:real|live|human|actual)\W+)*(?:human|person|agent|representative|operator)(?:\W+please)?"
    r"|(?:请|要|转)?(?:人工|真人|活人)(?:客服|服务)?"
)
_ADDRESSED = re.compile(
    r"(?:(?:real|live|human)\W+(?:human|person|agent)|human)(?:\W+please)?,.*(?<![a-z])(?:i|my|me|this|we|our)(?![a-z])"
    r"|(?:人工|真人|活人)(?:客服|服务)?,.*我"
)
_SPACED_HAN = re.compile(f"[{HAN}][ \t\u3000]+[{HAN}]")
_WRITTEN_CLAUSES = re.compile(r"[.!?;,。、！？；，]+")


@lru_cache(maxsize=1024)
def asks_for_person(question: str) -> bool:
    """True when the question, or one clause of it, asks for a human being, whether or not it says what about.

    >>> [asks_for_person(q) for q in ("Can I talk to a real person please?", "转人工", "What does an agent cost?")]
    [True, True, False]
    """
    read = (question,) if len(question) <= 2 * _READ else (question[:_READ], question[-_READ:])
    lines = [line for part in read for line in part.splitlines() if line.strip()]
    text = _OUTER.sub("", "\n".join(map(prepare, lines)))
    once = _REPEATED.fullmatch(text)
    text = once[1] if once else text
    if _is_bare_wish(text):
        return True
    parts = _SENTENCES.split(text)
    if any(map(_has_wish, parts[::2])) or any(map(_ends_with_wish, lines)):
        return True
    return _calls_out(parts, asked=question.rstrip().endswith(("?", "？")))


def _is_bare_wish(text: str) -> bool:
    """Whether a text is nothing but the wish for a person."""
    if _PERSON_ZH.match(text):
        return True
    named = _PERSON_VERB_EN.search(text) is not None or text in _BARE
    return named and _PERSON_EN.match(text) is not None and not _REFUSED_EN.search(text)


def _has_wish(sentence: str) -> bool:
    """In a longer text, one clause may say it; a mere word there ("a broker, an agent") is no wish."""
    asked = _QUESTION_EN.match(sentence)
    parts = [None, *_CLAUSES.split(sentence)]
    for joined, clause in zip(parts[::2], parts[1::2], strict=True):
        bare = _OUTER.sub("", clause or "")
        # "How do I open the app and talk to a human?" is one question.
        if asked and joined and not _OF_ONES_OWN_EN.search(bare):
            continue
        if english(bare) or chinese(bare) or (_SAID_OUTRIGHT.search(bare) and _is_bare_wish(bare)):
            return True
    return False


def _ends_with_wish(line: str) -> bool:
    """Whether spaces are the only marks between what is wrong and the wish: 退款没到 转人工."""
    if _SPACED_HAN.search(line) is None:
        return False
    return any(ends_with_wish(_OUTER.sub("", clause)) for clause in _WRITTEN_CLAUSES.split(normalize(line)))


def _calls_out(parts: Sequence[str], *, asked: bool) -> bool:
    """Whether the text opens or closes with a call: "Human! My parcel is lost.", 人工！我的包裹丢了."""
    opening, *rest = (_OUTER.sub("", part) for part in parts[::2])
    if not rest:
        return _ADDRESSED.match(opening) is not None
    return (
        (_CALLED.fullmatch(opening) is not None and "?" not in parts[1])
        or (_CALLED.fullmatch(rest[-1]) is not None and not asked)
        or _ADDRESSED.match(opening) is not None
    )
