"""When no text may answer: the visitor asks for a person, or has asked about nothing at all."""

from __future__ import annotations

import re

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
_CLAUSES = re.compile(r"[.!?;,\n。、]+|(?<![a-z])(?:but|so|and|then|because)(?![a-z])")
_SHORTEST = 4  # characters: less has no two clauses
_READ = 300  # characters: who asks for a person in a long text does so at its end
_SAID_OUTRIGHT = re.compile(
    r"(?<![a-z])(?:talk|speak|chat|connect|transfer|put|get|give|want|need|human)(?![a-z])"
    r"|(?:转|找|要|接|叫|换)(?:一下|一个|个|到|接)?(?:人工|真人|活人|客服)|人工(?:客服|服务)|真人"
)


def asks_for_person(question: str) -> bool:
    """True when the question does nothing but ask for a human being.

    >>> [asks_for_person(q) for q in ("Can I talk to a real person please?", "转人工", "What does an agent cost?")]
    [True, True, False]
    """
    text = _OUTER.sub("", normalize(question).replace("’", "'"))
    if _is_wish(text):
        return True
    # In a longer text, one clause may say it; a mere word there ("a broker, an agent") is no wish.
    clauses = _CLAUSES.split(text[-_READ:]) if len(text) > _SHORTEST else ()
    return any(_SAID_OUTRIGHT.search(clause) and _is_wish(_OUTER.sub("", clause)) for clause in clauses)


def _is_wish(text: str) -> bool:
    """Whether a clause is nothing but the wish for a person."""
    if _PERSON_ZH.match(text):
        return True
    return bool(_PERSON_VERB_EN.search(text) or text in _BARE) and bool(_PERSON_EN.match(text))


_BARE = frozenset({"customer service", "customer support", "support team", "live support", "someone"})
