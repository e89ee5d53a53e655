"""The wish for a person in English, with what it is about: "connect me to an agent regarding billing", "call me back".

One grammar: words that only frame a wish, a verb of contact, a noun for a person, and then nothing or a clause that names
the subject. "How do I talk to a human?" is a question, as "how" frames no wish; "human resources" goes on with another noun.
"""

from __future__ import annotations

import re

_NOW = (
    r"(?:please|pls|plz|now|here|there|today|tomorrow|asap|immediately|urgently|directly|again|instead|online|live|back|quickly"
    r"|soon)"
)
_FRAME = (
    r"please|pls|plz|id(?=\W+(?:like|love|rather|prefer))|hi|hello|hey|ok|okay|no(?!\W+need)|yes|stop|well|sorry|excuse|i|we|can\W+not|could\W+not|can|could|may|might"
    r"|want|wanted|wanting|would|like|love|need|have|got|let|me|us|you|to|2|a|any|just|now|really|rather|prefer|am|looking|trying"
    r"|hoping|going|waiting|be|get|must|demand|insist|on|still|also|actually|kindly|only|simply|urgently|possible|is|it|there|way"
    r"|chance|for|in|why\W+can\W+not|someone|somebody|request|ask|wish|hope|here"
)
_QUALIFIED = (
    r"(?:real|live|actual|human|living|competent|different|senior|proper|customer|support|service|technical|tech|sales|billing"
    r"|care|client|call|cent(?:er|re)|help|desk|success|account|online|other|qualified|chat|single)\W+"
)
_WHOSE = r"(?:(?:a|an|the|your|some|another|any|one\W+of\W+your|one)\W+)?"
_ROLES = (
    r"agents?|operators?|representatives?|reps?|advisors?|advisers?|managers?|supervisors?|specialists?|consultants?|associates?"
    r"|employees?|colleagues?|staff(?:\W+member)?|member\W+of\W+(?:staff|(?:your|the)\W+(?:team|staff))|team"
)
_ANYBODY = r"someone|somebody|anyone|anybody|persons?|people"
_HUMAN = r"humans?(?:\W+(?:beings?|help|support|assistance))?"
_SERVICE = r"customer\W+(?:service|support|care)|helpdesk|service\W+desk|live\W+chat"
_OF_WHERE = (
    r"(?:\W+(?:from|in|at|on|of)\W+(?:(?:your|the|our|a)\W+)?(?:\w+\W+){0,2}?"
    r"(?:team|support|service|department|staff|side|office|company)(?![a-z]))?"
    rf"(?:\W+(?:else|real|human|{_NOW}|(?:on|by|over)\W+(?:the\W+)?phone))*"
)
_PERSON = rf"{_WHOSE}(?:{_QUALIFIED})*(?:{_HUMAN}|{_ROLES}|{_ANYBODY}|{_SERVICE}|support)(?![a-z0-9'-]){_OF_WHERE}"
# "agent" and "manager" are also things to have in a workspace; these are only people who talk.
_SURELY = rf"{_WHOSE}(?:(?:{_QUALIFIED})*{_HUMAN}|(?:{_QUALIFIED})+(?:{_ROLES}|{_ANYBODY}))(?![a-z0-9'-]){_OF_WHERE}"
_ANSWERS = (
    rf"{_WHOSE}(?:{_QUALIFIED})*(?:{_HUMAN}|agent|operator|representative|rep|advisor|adviser)(?![a-z0-9'-]){_OF_WHERE}"
)

_REACHED = (
    rf"{_WHOSE}(?:{_QUALIFIED})*(?:{_HUMAN}|{_SERVICE}|support|agent|representative|rep)(?![a-z0-9'-]){_OF_WHERE}"
)

_NO_BOT = (
    r"\W+(?:and\W+)?(?:not|no|instead\W+of|rather\W+than)\W+(?:(?:an?|the|this|your|some|another)\W+)?"
    r"(?:chat)?(?:bot|robot|machine|ai|computer)(?![a-z])"
)
_TOPIC = (
    r"\W*(?:$|[:(–—-]|\W(?:about|abt|regarding|concerning|re|with\W+regards?|in\W+regards?|because|since|as|due)(?![a-z])"
    rf"|{_NO_BOT})"
)
_TO_DO = (
    r"to\W+(?:help|talk|speak|answer|sort|fix|solve|resolve|look|handle|deal|assist|call|contact|explain|discuss|clarify|cancel|change"
    r"|check|ask|get|find|report|complain|take)"
)
_ABLE = r"(?:who|that)\W+(?:can|could|knows?|understands?|speaks?|is|has|will|helps?)"
_SUBJECT = (
    rf"\W*(?:{_TOPIC}|\W(?:on\W+(?:my|this|that|the)|over|for|with\W+(?:my|this|the)|{_TO_DO}|{_ABLE}|instead|rather|not|than"
    r"|in\W+(?:english|chinese|mandarin|cantonese|spanish|french|german|person|charge))(?![a-z]))"
)
_SPEAK = (
    r"(?:(?:speak|talk|chat|communicate|(?:have|get)\W+a\W+(?:quick\W+)?(?:word|chat|talk|call|conversation))"
    rf"(?:\W+{_NOW})*\W+(?:to|with|2|w)|get\W+(?:in\W+touch\W+with|(?:a\W+)?hold\W+of|through\W+to)"
    r"|(?:connected|transferred|forwarded|put\W+through|passed)(?:\W+(?:on|over))?\W+(?:to|with))"
)
_MOVE = r"(?:connect|transfer|put|pass|switch|redirect|forward|escalate|hand|hook|route|patch|link)"
_MOVED = (
    r"(?:me|us|(?:this|my|the)\W+(?:call|chat|conversation|case|issue))"
    rf"(?:\W+(?:up|over|through|on|in\W+touch|{_NOW}))*\W+(?:to|with)"
)
_CALL_ME = (
    r"(?:(?:call|phone|ring|contact)\W+(?:me|us)|(?:give|get)\W+(?:me|us)\W+a\W+(?:call|ring|call\W*back)|a\W+call\W*back)"
    rf"(?:\W+{_NOW})*"
)
_COMES_TO_ME = (
    r"(?:call|phone|ring|contact|email|message|text|write\W+to|reach\W+out\W+to|get\W+back\W+to|get\W+in\W+touch\W+with"
    rf"|(?:talk|speak|chat)\W+(?:to|with))\W+(?:me|us)(?:\W+{_NOW})*"
)

_WISH = re.compile(
    rf"(?:(?:{_FRAME})\W+){{0,14}}+(?:"  # possessive: alternatives below begin with no word of the frame
    rf"(?:{_SPEAK}|{_MOVE}\W+{_MOVED})\W+{_PERSON}{_SUBJECT}"
    rf"|{_MOVE}(?:\W+(?:over|through))?\W+(?:to|with)\W+(?:{_SURELY}{_SUBJECT}|{_PERSON}{_TOPIC})"
    rf"|(?:contact|reach|call|find)\W+{_REACHED}\W+(?:about|regarding|concerning)(?![a-z])"
    rf"|(?<=[a-z]\W)(?:contact|reach|call|find)\W+{_REACHED}{_TOPIC}"
    rf"|escalate(?:\W+\w+){{0,3}}?\W+to\W+{_PERSON}{_SUBJECT}"
    rf"|(?:give|find|bring|send|fetch)\W+(?:me|us)\W+{_PERSON}{_SUBJECT}"
    rf"|{_CALL_ME}{_TOPIC}"
    r")"
)
# These take over where the words of a frame end a wish themselves: "want a human", "get me an agent", "someone I can talk to".
_WANTED = re.compile(
    rf"(?:(?:{_FRAME})\W+){{0,14}}?(?:"
    rf"{_SPEAK}\W+{_PERSON}{_SUBJECT}"
    rf"|(?:want|need|like|prefer|demand|have|get|for|on|request)\W+(?:{_SURELY}{_SUBJECT}|{_ANSWERS}{_TOPIC}|{_PERSON}{_NO_BOT})"
    rf"|(?:get|give|find)\W+(?:me|us)\W+{_PERSON}{_SUBJECT}"
    rf"|(?:want|need|like|get)\W+(?:an?\W+)?(?:help|support|assistance|answer|reply|response)\W+from\W+{_SURELY}{_SUBJECT}"
    rf"|(?:is|are)\W+there\W+{_PERSON}(?:\W+(?:that|who|whom))?\W+(?:(?:i|we)\W+(?:can|could|may)|to)\W+(?:talk|speak|chat)"
    rf"(?:\W+(?:to|with))?{_SUBJECT}"
    rf"|(?:can|could|have|let|get|need|want|like|would)\W+(?:{_PERSON}\W+(?:please\W+|to\W+)?{_COMES_TO_ME}"
    rf"|{_ANSWERS}\W+(?:please\W+|to\W+)?(?:help|assist)\W+(?:me|us)){_SUBJECT}"
    rf"|(?:want|need|like|request|arrange|get|have)\W+{_CALL_ME}{_TOPIC}"
    rf"|(?:is\W+)?(?:there\W+)?(?:{_ANYBODY})(?:\W+(?:real|alive|available|around|online|home|here|there))+\W*$"
    r")"
)
# The noun alone, after words of courtesy only: "I am a customer support agent" calls for nobody.
_CALLED = re.compile(
    r"(?:(?:please|pls|plz|hi|hello|hey|ok|okay|no|yes|stop|well|sorry|just|now)\W+){0,6}+(?:"
    rf"(?:{_SURELY}|{_WHOSE}(?:{_HUMAN}|representative|agent|operator|{_SERVICE}))(?!\W*$)(?:{_TOPIC}|\W+(?:please|pls)\W*$)"
    rf"|(?:{_SURELY}|{_HUMAN})\W+for\W+(?:my|this|the|order|refund|billing|delivery|payment|returns?)(?![a-z]))"
)
# Where a wish may begin after other words without a mark: "my order is late i want an agent".
_BEGINS = re.compile(
    r"(?<=\W)(?:(?:i|we)\W+(?:(?:really|just|now|still)\W+)*(?:want|need|would|must|demand|prefer|wish)|(?:can|could|may)\W+(?:i|we)"
    rf"|please|let\W+(?:me|us)|{_MOVE}\W+(?:me|us)|(?:get|give)\W+(?:me|us))(?![a-z])"
)
_ASKS = re.compile(
    r"^\W*(?:do|does|did|will|is|are|has|have|should|would|must)(?![a-z])|(?<![a-z])(?:how|what|when|where|which|who|whose|if|whether"
    r"|says?|said|saying|types?|writes?|asked|asks|customers?|visitors?|users?|they|he|she|unless|until|before|after|while|think"
    r"|sure|should|click|press)(?![a-z])"
)


_NAMED = re.compile(
    rf"(?<![a-z])(?:{_HUMAN}|{_ROLES}|{_ANYBODY}|{_SERVICE}|support)(?![a-z])|(?:call|phone|ring|contact)\W*(?:me|us|back)(?![a-z])"
    r"|a\W+ring(?![a-z])"
)


def wishes_for_person(clause: str) -> bool:
    """Whether a prepared clause is a wish for a person, with or without its subject.

    >>> [wishes_for_person(s) for s in ("i want to talk to a human about refunds", "how do i talk to a human about refunds")]
    [True, False]
    """
    if _NAMED.search(clause) is None:
        return False
    if _wish_at(clause, 0) or _CALLED.match(clause):
        return True
    return any(not _ASKS.search(clause[: m.start()]) and _wish_at(clause, m.start()) for m in _BEGINS.finditer(clause))


def _wish_at(clause: str, place: int) -> bool:
    return _WISH.match(clause, place) is not None or _WANTED.match(clause, place) is not None
