"""Whether what follows is denied: "I do not want to cancel", 不想投诉. Only within the same clause, and by rules of word lists."""

from __future__ import annotations

import re

CLAUSE_END = re.compile(
    r"[,.!?;:\n。、…]|(?<![a-z])(?:but|because|although|however|so)(?![a-z])|但是?|可是|不过|所以|因为|而是"
)
_FILLERS_EN = (
    "want|wish|need|intend|plan|planning|going|like|love|trying|try|mean|meaning|here|asking|saying|looking|thinking|about|of|to|be"
    "|been|being|have|having|had|make|making|file|filing|lodge|raise|really|ever|yet|currently|actually|even|just|a|an|any|my|the"
    "|this|that|your|wanting|wanted|would|get|getting"
)
# "can not cancel" is a problem with cancelling, and "not only" denies nothing.
_NEGATED_EN = re.compile(
    rf"(?<![a-z])(?:(?<!can )(?<!could )not(?! only)|never|no|without|nor|neither|rather than|instead of|nothing)"
    rf"(?:[\W_]+(?:{_FILLERS_EN}))*[\W_]*$"
)
# Not in 能不能, 是不是 (a question) nor in 不得不, 不能不 (twice denied).
_NEGATED_ZH = re.compile(
    r"(?:(?<!不得)(?<!不能)不(?!得不)|没有?|别|勿|莫|非|未|无)"
    r"(?:再|想|要|是|会|用|必|需要?|打算|准备|去|来|给|帮|找|对|向|跟|我|你们?|您|过|愿意|希望|曾|被|真的|有|到)*$"
)
_DENIAL = re.compile(
    r"(?<![a-z])(?:not|never|no|neither|nor)(?! only)(?![a-z])|没有?(?!想到)|不(?![知得仅但停断能])|未(?!经)|并非"
)
_A_NOT_A = re.compile(r"(.)不\1|有没有")


def is_negated(said: str, start: int) -> bool:
    """Whether what begins at ``start`` of a prepared text is denied by what stands before it in its clause.

    >>> is_negated("i do not want to complain", 17), is_negated("no, i want to complain", 14), is_negated("我不想投诉", 3)
    (True, False, True)
    """
    before = clause_before(said, start)
    if not before:
        return False
    if _NEGATED_EN.search(before):
        return True
    denied = _NEGATED_ZH.search(before)
    return denied is not None and not _A_NOT_A.search(before, max(0, denied.start() - 1))


def denies(between: str | None) -> bool:
    """Whether what stands between the words of a phrase denies it: "my account was not hacked", 账号没有被盗."""
    return bool(between) and _DENIAL.search(between or "") is not None


def clause_before(said: str, start: int) -> str:
    """The part of the clause that stands before ``start``."""
    begin = 0
    for end in CLAUSE_END.finditer(said, 0, start):
        begin = end.end()
    return said[begin:start]
