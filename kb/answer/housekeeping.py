"""Prompts that a chat front end sends by itself: name this conversation, tag it, what might be asked next, what to search for.

Nobody asked them: they are answered as unclear, not written down, and no sign of a missing article. Rules, not a model. A prompt is
told by things that no visitor writes together: the work (make a title, tags, ...), what it is to be made of (the conversation so
far) or the role it is given ("you are a title generator"), and the form it must have (so many words, JSON, nothing else). What the
rules find and that they hit no question is in eval/LOG.md, "Prompts of chat front ends".
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.text.tokenize import normalize

# Front ends put the conversation behind or before their instruction: both ends are read, however long it is.
_READ = 2400
_SHORTEST = 8  # characters

_MAKE_EN = (
    r"(?:generat|creat|provid|writ|suggest|giv|mak|produc|compos|com(?:e|ing) up with|formulat|output|return|craft|propos"
    r"|list|predict"
    r"|extract|assign|determin|rephras|rewrit|condens|nam|detect|decid|choos|pick|reflect|find|recommend|respon"
    r"|summari[sz])(?:e|es|ing|d)?\b"
)
# What hardly anybody asks a help centre to make, and what somebody may.
_WORK_EN = re.compile(
    rf"{_MAKE_EN}[^.!?\n]{{0,120}}?\b(?:titles?|headlines?|header for the following|follow[- ]?ups?|standalone (?:question"
    rf"|query)"
    r"|(?:likely|next|next relevant|related|suggested|similar|following|short) (?:user )?(?:questions?|prompts|queries"
    r"|messages|replies)"
    r"|questions? (?:that|suggestions)|search quer(?:y|ies)|quer(?:y|ies) for (?:a |the )?(?:web |google )?search"
    r"|(?:am )?image generation)\b"
    r"|\b(?:into|as|be|is) (?:a|an|the) (?:short |concise |brief )?title\b|\btitle (?:in|of|with) (?:\w+ ){0,3}words\b"
    r"|\b(?:title|name) generator\b|autocompletion system|conversation summari[sz]er"
)
_CHORE_EN = re.compile(
    rf"{_MAKE_EN}[^.!?\n]{{0,120}}?\b(?:subject lines?|emoji|tags?|labels?|topics|keywords|search (?:terms|keywords|phrases))\b"
    rf"|{_MAKE_EN}[^.!?\n]{{0,40}}?\b(?:name for (?:this|the|our|a) (?:chat|conversation)|chat name|(?:chat"
    rf"|conversation) a name|this (?:chat|conversation))\b"
    r"|summari[sz]e (?:the |this |our |user['’]?s )*(?:conversation|discussion|chat|dialogue|messages)\b"
)
_SCOPE_EN = re.compile(
    r"</?(?:chat_history|conversation|messages|history|dialog(?:ue)?|text)>|\bchat[_ ](?:history|log)\b"
    r"|\bconversation history\b"
    r"|\b(?:the|this|our|following|previous|above|user['’]?s|entire|whole|current|an ongoing|new|a) (?:chat|conversation"
    r"|dialog(?:ue)?|discussion|exchange"
    r"|thread|query|messages?|prompt)\b|\buser['’]?s (?:first )?(?:message|request|query|input|goal)\b|\b(?:human"
    r"|assistant|ai|user):"
    r"|\b(?:human|user) (?:would|might|may|will|could|can) (?:(?:most )?likely |realistically |naturally )?(?:ask|send)\b"
    r"|\b(?:given|first|previous) (?:user )?(?:message|question|response|reply)\b|\bconversations? between\b"
    r"|\bfollow[- ]?up (?:question|input)\b"
)
_FORM_EN = re.compile(
    r"\b\d+\s*(?:-|–|to)\s*\d+[- ](?:words?|broad|relevant|concise|follow|short|general|tags|keywords|likely|search)"
    r"|\b(?:\d+|three|four|five|six|eight|ten)[- ](?:words?|characters?)\b|\b(?:at most|under|max(?:imum)?|no more than"
    r"|(?:shorter|fewer|less) than) \w+ (?:words?|characters?)\b"
    r"|\b(?:words|characters) (?:or (?:less|fewer)|max(?:imum)?)\b|\bjson\b|\bno (?:punctuation|quotation|quotes"
    r"|explanation|preamble)"
    r"|\bwithout (?:any )?(?:lead-in|punctuation|quotation|quotes|explanation)|\b(?:respond|reply|answer|output"
    r"|return)s? (?:with )?only\b"
    r"|\bnothing else\b|###\s*(?:guidelines|output|examples|instructions)|\bcomma[- ]separated\b|\bplain text\b"
)
_TOLD_EN = re.compile(
    r"^\W*#{1,6}\s*(?:\w+ ){0,2}(?:task|role|instructions?)\b|^\W*(?:role|task|instructions?)\s*:"
    r"|^\W*you(?: are|['’]re) (?:an? |the )?[^.!?\n]{0,60}?(?:assistant|generator|agent|bot|tool|optimizer|system"
    r"|summari[sz]er|ai|expert|tasked)\b"
)

_MAKE_ZH = (
    "(?:生成|产生|起|取|写|拟|给出|提供|总结|概括|归纳|提炼|返回|输出|创建|提取|命名|制作|想"
    "|预测|推测|建议|列出|改写|构造|概述|提出|推荐|撰写|设计|转换|转化|回复)"
)
_WORK_ZH = re.compile(
    rf"{_MAKE_ZH}[^。！？\n]{{0,60}}?(?:标题|题目|后续问题|追问|跟进问题|下一步问题|检索词|搜索词|搜索查询|查询语句|查询词"
    rf"|独立(?:的)?问题|预测问题|搜索关键词|问题建议"
    r"|(?:接着|接下来|紧接着|最有)?可能(?:会)?(?:接着|继续|感兴趣|提出)?的?(?:问|提)|推荐问题|相关问题)"
    r"|(?:对话|会话|聊天|这句话)[^。！？\n]{0,20}标题|标题[^。！？\n]{0,12}(?:总结|概括)|(?:简要|主要)主题|用户可能(?:会"
    r"|继续)?(?:问|提问|想问)"
)
_CHORE_ZH = re.compile(
    rf"{_MAKE_ZH}[^。！？\n]{{0,60}}?(?:主题|名称|名字|标签|关键词|关键字|表情|emoji)"
    r"|(?:总结|概括|归纳|概述)[^。！？\n]{0,24}(?:对话|会话|聊天|讨论)|(?:对话|会话|聊天)[^。！？\n]{0,16}(?:总结|概括"
    r"|命名|名称|名字|主题)"
)
_SCOPE_ZH = re.compile(
    r"<chat_history>|聊天(?:记录|历史|内容)|对话(?:历史|记录|内容)|历史(?:记录|对话)|会话记录|上下文"
    r"|(?:这段|这次|这个|以下|下面的?|上述|上面的?|以上|本次|当前|整个|我们的?|用户的?|给出的|该)(?:历史)?(?:对话|会话"
    r"|聊天|讨论|消息|提问|最后一个问题)"
    r"|这句话|(?:用户|助手|人类|assistant|user|human|ai)\s*:|用户(?:可能|接下来|下一步|紧接着)"
)
_FORM_ZH = re.compile(
    r"[\d一二三四五六七八九十两]+\s*(?:个)?\s*(?:字|词|单词|汉字|字符|句话)(?:以内|以下|之内|左右|内)?"
    r"|不超过|不要(?:使用|加|带|包含|有|解释|输出|出现)?[^。\n]{0,8}(?:标点|引号|解释|多余|语气词|加粗|前缀|其他|任何)"
    r"|(?:只|仅|直接)(?:需|要|能|需要)?(?:返回|输出|回复|回答|给出|提供)|json|不含标点|无需解释|用逗号(?:分隔|隔开)|数组"
    r"|[\d一二三四五]+\s*(?:(?:到|至|-|~)\s*[\d一二三四五]+\s*)?个(?:标签|关键词|用户|问题|后续|追问|检索词|相关)"
)
_TOLD_ZH = re.compile(
    r"^\W*#{0,6}\s*(?:任务|指令|角色)(?:描述|说明)?\s*[:：\n]|^\W*[你您]是(?:一[名个位])?[^。\n]{0,24}(?:助理|助手|专家"
    r"|系统|生成器)"
)
# Who asks how something is done, or for help with it, is a visitor.
_ASKS = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please tell me|excuse me)\W+)*(?:how|where|why|when|who|which|what|is|are|am|do|does|did|was"
    r"|were|can|could|should"
    r"|may|i|my|we|help me|the)\b|^\W*(?:请问|怎么|如何|怎样|为什么|为何|哪里|在哪|我|能不能|能否|可以|是否|有没有|什么)"
    r"|(?:怎么|如何|怎样|吗|呢)[^\n]{0,12}[?？]?\s*$"
)
_RULES = ((_WORK_EN, _CHORE_EN, _SCOPE_EN, _FORM_EN, _TOLD_EN), (_WORK_ZH, _CHORE_ZH, _SCOPE_ZH, _FORM_ZH, _TOLD_ZH))


@lru_cache(maxsize=256)
def is_housekeeping(text: str) -> bool:
    """Whether ``text`` (of any length) is a front end's own prompt and not a question of a visitor.

    >>> is_housekeeping("Generate a concise, 3-5 word title with an emoji summarizing the chat history.")
    True
    >>> is_housekeeping("How do I change the title of a conversation?")
    False
    """
    if len(text) < _SHORTEST:
        return False
    said = normalize(text if len(text) <= 2 * _READ else f"{text[:_READ]}\n{text[-_READ:]}")
    return any(_is_told(said, *rules) for rules in _RULES)


def _is_told(
    said: str,
    work: re.Pattern[str],
    chore: re.Pattern[str],
    scope: re.Pattern[str],
    form: re.Pattern[str],
    told: re.Pattern[str],
) -> bool:
    """Whether ``said`` names a work of front ends, or a chore that it also gives a form to."""
    instructed = told.search(said) is not None
    if not instructed and scope.search(said) is None:
        return False  # nearly every question ends here
    if work.search(said) is None and (chore.search(said) is None or not (instructed or form.search(said))):
        return False
    return instructed or _ASKS.search(said) is None
