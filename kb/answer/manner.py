"""How something is said, before what is asked: small talk, a complaint that nothing helped, a call for help without a subject.

Word lists, not models: each is short, whole turns must match, and a wrong match would silence a question. ``eval.reasons``
measures them on questions that must not match.
"""

from __future__ import annotations

import re
from enum import StrEnum

from kb.answer.housekeeping import is_housekeeping
from kb.answer.policy import asks_for_person
from kb.text.language import count_han
from kb.text.tokenize import normalize


class Manner(StrEnum):
    """What kind of turn this is."""

    QUESTION = "question"
    PERSON = "person"  # asks for a human being
    SMALL_TALK = "small_talk"  # greetings, thanks, agreement
    FAILED = "failed"  # what was said before did not help
    VAGUE = "vague"  # something is wrong, and nothing else is said
    HOUSEKEEPING = "housekeeping"  # a chat front end's own prompt: nobody asked it


_GAP = r"[\W_]*+"

_TALK_EN = """thanks|thank you|thank u|thx|ty|cheers|yes please|yes|yeah|no thanks|mate|buddy|guys
    |much appreciated|appreciated|many|so much|very much|a lot|again|for the help|for your help
    |hello|hi|hey|hiya|good morning|good afternoon|good evening|good day
    |good night|there|how are you|how are you doing|today|nice to meet you
    |ok|okay|k|alright|all right|right|sure|fine|cool|great|perfect|nice|awesome|excellent|wonderful|lovely|brilliant|super|good
    |got it|i see|understood|makes sense|that is|that's|thats|that was|it|all|clear|that helps|that helped|this helps|this helped
    |that worked|that works|it works|it worked|now|very|really|helpful|solved|you are|you're|awesome|welcome|the best
    |no problem|never mind|nevermind|bye|goodbye|see you|have a|day|one|evening|weekend|lol|haha|hmm|oh|ah|wow|yay|then|for now"""
_TALK_ZH = """谢谢|谢了|谢啦|多谢|感谢|非常|十分|辛苦了|辛苦|麻烦了|麻烦你了|麻烦您了|不用了|没事了|没事|没关系|不客气
    |你的帮忙|您的帮忙|你的帮助|您的帮助
    |你好|您好|你们好|大家好|哈喽|哈啰|嗨|早上好|早安|早|上午好|中午好|下午好|晚上好|晚安|在吗|在不在|在么
    |好的|好滴|好吧|好哒|好呀|好|行|可以了|可以|嗯|恩|哦|噢|喔|啊|对的|对|是的|知道了|知道|明白了|明白|了解了|了解|懂了|收到
    |清楚了|原来如此|原来是这样|这样啊|解决了|搞定了|搞定|成功了|有帮助|太好了|太棒了|真棒|很好|不错|厉害|完美
    |再见|拜拜|回见|哈|呵呵|嘻嘻|你|您|你们|大家|啦|了|呀|吧|我|那|先|这样|就|都|已经"""
# Small talk needs one word that is not only a companion of the others.
_COMPANIONS = """many|so much|very much|a lot|again|there|today|right|all|now|it|one|day|evening|weekend|very|really
    |that is|that's|thats|that was
    |you are|have a|oh|ah|then|super|for now|clear|你|您|你们|大家|啦|了|呀|吧|我|那|先|这样|就|都|已经
    |非常|十分|可以|行|对|知道|早|mate|buddy|guys|你的帮忙|您的帮忙|你的帮助|您的帮助"""


def _run_of(*lists: str) -> re.Pattern[str]:
    """A pattern for a turn of nothing but these phrases, the longest first; atomic, so that no text makes it slow."""
    phrases = sorted((p.strip() for text in lists for p in text.split("|")), key=len, reverse=True)
    either = "|".join(re.escape(p) + ("(?![a-z])" if p.isascii() else "") for p in phrases)
    return re.compile(f"{_GAP}(?:(?>{either}){_GAP})++")


_SMALL_TALK = _run_of(_TALK_EN, _TALK_ZH)
_ONLY_COMPANIONS = _run_of(_COMPANIONS)
# Short turns only: nobody needs more characters to say these things, and patterns stay cheap.
_MOST_CHARACTERS = 80

_CANNOT = r"(?:can['’]?t|cannot|can\s+not|couldn['’]?t|could\s+not|unable\s+to|not\s+able\s+to)"
_DOES_NOT = r"(?:does(?:n['’]?t|\s+not)|did(?:n['’]?t|\s+not)|do(?:n['’]?t|\s+not)|is(?:n['’]?t|\s+not)|won['’]?t|not)"
_IT = r"(?:it|this|that|which|these|they|nothing|everything|your\s+answer|the\s+answer|those)"
_MEANT = (
    r"what\s+i(?:['’]m|\s+am|\s+was|['’]ve|\s+have)?\s+(?:asked|asking|meant|mean|needed|need|wanted|want|said|looking|after)"
    r"(?:\s+(?:for|about))?"
)
_FAILED_EN = re.compile(
    rf"{_GAP}(?:(?:sorry|no|nope|but|and|ok|okay|well|hmm+|unfortunately|hey|i\s+said|again)\W+)*(?:"
    rf"(?:{_IT}\W+)?(?:is\s+|i['’]m\s+)?still\s+(?:{_DOES_NOT}\s+)?(?:work(?:ing|s)?|help(?:ing|s)?|possible|the\s+same|broken|stuck|nothing|no\s+luck|fails?|failing)"
    rf"|(?:i|we)\s+still\s+{_CANNOT}(?:\W+(?!how|what|why|when)\w+){{0,4}}"
    rf"|still\s+{_CANNOT}(?:\W+\w+){{0,4}}"
    rf"|(?:{_IT}\W+)?(?:still\s+)?{_DOES_NOT}\s+(?:help|helped|helping|helpful|solve\s+(?:it|my\s+problem|the\s+problem))(?:\s+(?:me|at\s+all|either))*"
    rf"|(?:{_IT}\W+)?(?:still\s+)?{_DOES_NOT}\s+(?:work|worked|working)(?:\s+(?:at\s+all|either|for\s+me|anymore))?"
    rf"|(?:(?:that|this|it)(?:['’]s|\s+is|\s+was)\s+)?not\s+(?:it|helpful|right|my\s+question|{_MEANT})"
    rf"|(?:that|this|it)(?:['’]s|\s+is|\s+was)n['’]?t\s+(?:it|helpful|right|my\s+question|{_MEANT})"
    rf"|(?:(?:that|this|it)(?:['’]s|\s+is|\s+was)\s+)?(?:the\s+|a\s+)?(?:useless|no\s+help|wrong\s+answer)"
    rf"|(?:that|this|it)(?:['’]s|\s+is|\s+was)\s+wrong|i\s+mean(?:t)?\s+something\s+else"
    rf"|(?:{_IT}|you)\s+{_DOES_NOT}\s+answer(?:ing)?\s+(?:my|the|a)\s+question"
    rf"|you(?:['’]re|\s+are)\s+not\s+(?:answering|listening|helping)(?:\s+(?:me|my\s+question|to\s+me))?"
    rf"|you\s+(?:misunderstood|misunderstand|{_DOES_NOT}\s+(?:understand|get|hear))(?:\s+(?:me|it|this|my\s+question|what\s+i\s+(?:asked|said|mean|meant)))?"
    rf"|same\s+(?:problem|error|thing|issue)(?:\s+again)?|no\s+luck|useless|not\s+helpful|no\s+change|nothing\s+(?:works|helps|worked|helped|changed)"
    rf"|(?:i(?:['’]ve)?\s+)?(?:already\s+|have\s+)*(?:tried|did|done)\s+(?:all\s+)?(?:that|this|it|everything|of\s+that)(?:\s+(?:all|already|before|too|twice))*"
    rf")(?:(?:\W+(?:and|but|it|still|already|doesn['’]?t|does\s+not|didn['’]?t|did\s+not|work|help|nothing|no\s+luck))*){_GAP}"
)
_FAILED_ZH = re.compile(
    rf"{_GAP}(?:(?:可是|但是|但|不过|我|这个|这|那|那个|都|也|照做了|按你说的|按照你说的|试了|试过了|做了|弄了)[\W_]*)*(?:"
    r"(?:还是|仍然|依然|依旧|怎么还是|还|也|都|根本|完全|并)*(?:不行|不可以|不能用|用不了|没用|没有用|不管用|没效果|没有效果|没反应|没解决|没有解决|解决不了|没帮助|没有帮助|不对|弄不好|搞不定|没变化|一样|老样子|失败)"
    r"|(?:还是|仍然|依然|怎么还是)(?:不|没|没有|无法|打不|登不|进不|连不|用不|开不|收不|找不|弄不|做不|看不)[\w]{0,6}"
    r"|(?:都|已经|早就)*(?:试过了|试过|试了|做过了|弄过了)(?:还是)?(?:没用|不行)?|答非所问|没有?回答我的?(?:问题)?"
    r"|(?:我的?(?:问|说|要|指)的)?(?:根本|完全|并|都)?不是(?:这个意思|那个意思|我的意思|我(?:要|想|想要)?(?:问|要|找|说|指)?的(?:意思|问题|答案)?)"
    r"|我(?:要|想)?(?:问|说|要|指|找)的(?:根本|完全|并)?不是(?:这个|那个|这些)"
    r"|(?:你|您)?(?:们)?(?:根本|完全|都|好像|可能)?(?:没有?|不)(?:理解|明白|听懂|看懂|搞懂|懂)(?:我)?(?:的|在说什么|说的|问的)?(?:意思|问题|话)?"
    r"|(?:你|您)(?:们)?(?:误会|误解|理解错|搞错|弄错|听错|答错|说错)(?:我|我的意思)?|(?:回答|答|说)(?:错|得不对|不对)"
    rf")(?:了|啊|呀|呢|吧|怎么办)*{_GAP}"
)

_VAGUE_EN = re.compile(
    rf"{_GAP}(?:(?:hi|hello|hey|please|pls|sorry)\W+)*(?:(?:i\s+)?(?:need\s+|want\s+)?(?:some\s+)?(?:help|assistance|support)(?:\s+me)?|"
    rf"(?:can|could)\s+you\s+help(?:\s+me)?(?:\s+with\s+(?:something|this|it|that))?|"
    rf"(?:{_IT}\W+)?{_DOES_NOT}\s+work(?:ing)?(?:\s+(?:at\s+all|anymore|any\s+more))?|"
    rf"(?:(?:it['’]s|(?:it|this|that|my\s+(?:thing|device|stuff))\s+is)\s+)?broken|(?:it|this|that)\s+keeps?\s+(?:failing|breaking|crashing)|"
    rf"(?:i\s+have\s+|there(?:['’]s|\s+is)\s+|i(?:['’]ve)?\s+got\s+)?(?:a|an|some|another)?\s*(?:question|problem|issue|trouble|error)s?|"
    rf"something(?:['’]s|\s+is|\s+went)?\s+wrong|(?:it|everything)\s+fails|i\s+(?:can['’]?t|cannot)\s+do\s+(?:it|this|that)|what\s+now|test(?:ing)?)"
    rf"(?:\W+(?:please|pls|me|now|here))*{_GAP}"
)
_VAGUE_ZH = re.compile(
    rf"{_GAP}(?:(?:你好|您好|请|麻烦|我|请问|那个|这个|它|都|老是|总是|一直|突然)[\W_]*)*(?:"
    r"不行|不能用|用不了|不好用|没用|没反应|坏了|有问题|出问题|出错|报错|出错了|不对|失败|帮忙|帮帮我|帮我|求助|救命|帮助|"
    r"(?:想|要)?(?:问|咨询|请教)(?:一下|一个|个|点|些)*(?:问题|事|事情)?|有(?:一个|个|点)?(?:问题|疑问)|怎么办|怎么弄|怎么搞|怎么回事|测试|不会|不会用|不会弄|弄不了"
    rf")(?:一下|了|啊|呀|呢|吧|吗|谢谢|怎么办|怎么弄)*{_GAP}"
)
_PLACE = re.compile(r"[\s\[({#]*\d{1,2}[\s\])}.,:;!?。]*")
# A run of neighbouring keys, a long run of consonants, or one character again and again: typed to see what happens.
_MASHED = re.compile(r"asdf|sdfg|dfgh|fghj|ghjk|hjkl|qwer|wert|zxcv|xcvb|jkl;|(.)\1{3,}|[bcdfghjklmnpqrstvwxz]{6,}")


def manner_of(text: str, *, in_conversation: bool = False) -> Manner:
    """Classify a turn; what only makes sense after an answer (``FAILED``) is ``VAGUE`` at the beginning.

    >>> [manner_of(t, in_conversation=True).value for t in ("谢谢", "还是不行", "转人工", "How do I pay?")]
    ['small_talk', 'failed', 'person', 'question']
    """
    if is_housekeeping(text):
        return Manner.HOUSEKEEPING
    if asks_for_person(text):
        return Manner.PERSON
    said = normalize(text).strip()
    if len(said) > _MOST_CHARACTERS:
        return Manner.QUESTION
    if not re.search(r"[^\W_]", said):
        return Manner.VAGUE  # emoji and marks only
    if _SMALL_TALK.fullmatch(said) and not _ONLY_COMPANIONS.fullmatch(said):
        return Manner.SMALL_TALK
    failed = bool(_FAILED_EN.fullmatch(said) or _FAILED_ZH.fullmatch(said))
    if failed and in_conversation:
        return Manner.FAILED
    # After an answer "it doesn't work" is FAILED above; "怎么弄" asks about what was answered.
    if not in_conversation and (failed or _VAGUE_EN.fullmatch(said) or _VAGUE_ZH.fullmatch(said)):
        return Manner.VAGUE
    return Manner.VAGUE if is_mashed(said) else Manner.QUESTION


def is_place(text: str) -> bool:
    """Whether ``text`` is a number and nothing else: a place in a list. Three digits and more are codes, which articles explain.

    >>> [is_place(t) for t in ("99", "[2]", "404", "E-40", "¥99")]
    [True, True, False, False, False]
    """
    return bool(_PLACE.fullmatch(normalize(text)))


def is_mashed(text: str) -> bool:
    """Whether ``text`` is one word that nobody means: keys hit at random."""
    said = normalize(text).strip()
    return (
        len(said) <= 30
        and " " not in said
        and not count_han(said)
        and bool(_MASHED.search(said))
        and not any(c.isdigit() for c in said)
    )
