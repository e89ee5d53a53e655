"""The wish for a person in Chinese, with what it is about: 我想转人工问一下退款, 让客服给我回电话.

One grammar: words that only frame a wish, a verb of transfer or of talking, a noun for a person, and then nothing or what the
person is to do. 怎么转人工 is a question, as 怎么 frames no wish; 人工审核 goes on with another noun. Simplified characters.
"""

from __future__ import annotations

import re

_FRAME = (
    r"(?P<frame>(?>你好|您好|请问|请(?!人工|真人|活人|客服|专员|专人|经理|主管|你们|负责人)|麻烦|喂|那|就|还是|直接|快点|快|赶紧|赶快|立即|立刻|马上|现在|我们|我|想要|要求|要|想|希望|必须|一定|申请"
    r"|求求|求|拜托|帮忙|帮|给|替|能不能|可不可以|能否|可否|可以|能|让我|先|再|也|都|得|只|你们|你|您|把|算了|好的|好|为什么不能|为什么不让"
    r"|为什么不给|为啥不能|不行|真的|方便)*+)"
)
_COUNT = r"(?:一下|一个|一位|一名|个|位|名|下)*+"
_WHOSE = r"(?:你们|你|您|贵司|公司)?的?"
_SURELY = r"(?:在线|专业|值班|售后|售前)?(?:人工|真人|活人)(?:客服|服务|坐席|座席|人员|专员|小姐姐|小哥)*+"
_ROLE = (
    r"(?:在线|专业|高级|值班|售后|售前|电话|售后服务)?(?:客服|坐席|座席|专员|专人|经理|主管|负责人|工作人员|服务人员|接线员|店长|领导)"
    r"(?:人员|经理|主管|专员|小姐姐|小哥|同事|代表)*+"
)
_TALK = r"(?:谈|聊|说|讲|沟通|对话|交流|通话|通电话|反映|反馈|确认|核实|讨论|商量|联系|对接)"
_TO_ME = (
    r"(?:(?:再|来|直接|马上|尽快|赶紧)*(?:帮|给|跟|和|与|为|替)(?:我|咱|一下)|(?:打电话|打|联系|回复|回|电话联系)(?:给|一下)?我|来|出来|出面|介入"
    r"|协助|支持|接待)"
)
_DOING = (
    rf"(?:{_TALK}|{_TO_ME}|帮|问|询问|咨询|请教|了解|处理|解决|回复|回答|解答|查|看|投诉|退|换|改|取消|开|办|申请|修|弄|搞|催|补|解释|说明"
    r"|服务|转|我|[,:(!])"
)
_PARTICLE = r"(?:吗|吧|呢|啊|呀|嘛|了|一下|谢谢|可以|好|行)*\W*$"
_MOVE = (
    r"(?:转(?:接|到|给|去|成|至)*|接(?:通|入|到)?|切换?(?:到|成)?|换(?:成|到)?|叫|找|联系|联络|呼叫|咨询|安排|派|喊|请|要|想要|需要|求|来)"
    rf"{_COUNT}"
)
_OUTRIGHT = (
    rf"(?:转(?:接|到|给|去|成|至)*|接(?:通|入|到)?|切换?(?:到|成)?|叫|找|联系|呼叫){_COUNT}(?:{_SURELY}|{_ROLE})"
)

_CALL_ME = (
    r"(?:(?:让|请|叫|派|安排|找)(?:个|一个)?(?:人|客服|专员|专人|经理|主管))?"
    r"(?:(?:(?<=给我)|给我)(?:打|回)(?:一个|个|通)?(?:电话|电)|(?:打|回)(?:一个|个|通)?电话给我|回电给我|电话联系我)"
    r"(?:吧|吗|啊|呀|一下|行吗|好吗|可以吗|谢谢|说|谈|聊|讲|沟通|解释|处理|$)"
)
_ANYBODY = (
    rf"{_SURELY}(?:来|快|请)?(?:帮|给|跟|和|替)我|{_SURELY}(?:处理|解决|回复|解答)(?:一下)?我|{_SURELY}在(?:线)?(?:吗|么|不在)\W*$"
    rf"|有没有{_SURELY}(?:在|可以|能|来|帮|啊|吗|呀|呢|么|理|管|$)|(?:还|到底)?有(?:在线)?{_SURELY}(?:在)?(?:吗|么|嘛)\W*"
    r"|(?:到底|还)?有(?:没有(?:真|活)?人(?:在|吗|啊|(?:能|可以|来)?(?:帮|理|管|回|答)(?:一下)?我?)*"
    r"|(?:真|活)?人(?:在(?:线)?)?(?:吗|么|嘛|没|没有))[啊呀呢吗]*\W*$"
)

# A frame may end with 要, 想要 or 给 that the verb needs, so the verb may also stand in it.
_WISH = re.compile(
    _FRAME
    + rf"(?:(?P<move>(?<=要)|(?<=求)|(?<=麻烦)|{_MOVE})(?P<whose>{_WHOSE})(?:(?P<surely>{_SURELY})|(?P<role>{_ROLE}))"
    rf"(?P<rest>{_PARTICLE}|{_DOING}.*)"
    rf"|(?:跟|和|与|同|找|向){_COUNT}{_WHOSE}(?:{_SURELY}|{_ROLE})(?:直接|当面|好好)?{_TALK}"
    rf"|(?:让|请|叫|由|派|安排|找|换){_COUNT}{_WHOSE}(?:{_SURELY}|{_ROLE}|人){_TO_ME}(?<!人来)"
    rf"|{_CALL_ME}|{_ANYBODY})"
)
_DESIRED = re.compile(r"要|想|希望|必须|申请|求|请|麻烦|拜托|帮|给|能|可以|可否|让我")
_POSSIBLE = re.compile(r"能|可以|可否")
_MARKED = re.compile(r"怎|如何|多久|多少|几[天个次点时]|哪|什么|为何|谁|是否|要不要|[吗么]\W*$")
_TALKED = re.compile(rf"{_PARTICLE}|{_TALK}|{_TO_ME}|问|询问|咨询|请教|我|[,:(!]")
_ASKED = re.compile(r"问|询问|咨询|请教|了解")
# Where a wish may begin after other words without a mark: 退款的事我要找真人.
_BEGINS = re.compile(
    r"我们?(?=[^的])|请(?!问)|麻烦|帮我|(?<![会不没再要])给我|能不能|叫个|(?<!不)想(?=[找跟和转])|(?<!不)需要(?=.{2,6}帮)|(?:(?<=问题)|(?<=的事))(?=转)"
)
_TOLD = re.compile(
    r"客户|用户|访客|顾客|对方|买家|他|她|说|输入|发送|回复|点击|如果|要是|假如|当|时|什么|哪|怎么|如何|不想|不要|不用|为什么|们会|会给"
)
_SPACE = re.compile(r"\s+")
_ONLY_OUTRIGHT = re.compile(rf"(?:请|麻烦|帮我|给我|我要|我想|要|想)?{_OUTRIGHT}{_PARTICLE}")


_NAMED = re.compile(rf"{_SURELY}|{_ROLE}|[活真有找跟和叫派个排]人|电话|回电|[打回]电")


def wishes_for_person(clause: str) -> bool:
    """Whether a prepared clause is a wish for a person, with or without its subject.

    >>> [wishes_for_person(s) for s in ("我想转人工问一下退款", "怎么转人工问退款", "我要人工审核")]
    [True, False, False]
    """
    if _NAMED.search(clause) is None:
        return False
    if _wish_at(clause, 0):
        return True
    return any(not _TOLD.search(clause[: m.start()]) and _wish_at(clause, m.start()) for m in _BEGINS.finditer(clause))


def ends_with_wish(clause: str) -> bool:
    """Whether the last of the words that spaces part calls for a person: 退款没到 转人工."""
    said, *others = reversed(_SPACE.split(clause.strip()))
    return bool(others) and _ONLY_OUTRIGHT.fullmatch(said) is not None and not any(map(_MARKED.search, others))


def _wish_at(clause: str, place: int) -> bool:
    found = _WISH.match(clause, place)
    if found is None:
        return False
    rest = found["rest"]
    if not rest:  # a form without doubt, or nothing follows
        return True
    desired, possible = _DESIRED.search(found["frame"]), _POSSIBLE.search(found["frame"])
    if found["role"] and (possible or not desired):
        # 可以找客服改地址吗 asks what customer service does; 可以找客服聊聊吗 wants to talk.
        talks = _TALKED.match(rest) or re.search("[个位名]", found["move"])
        return talks is not None and (desired is not None or not _MARKED.search(rest))
    return desired is not None or _ASKED.match(rest) is not None or not _MARKED.search(rest)
