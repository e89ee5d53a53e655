"""Questions about the visitor's own data, which no article can know: "where is my order 123", "我的包裹怎么还没到".

Two degrees. A ``CASE`` names its order or number: whatever an article says in general, it is not the answer. An ``OWN`` question is
about something of the visitor's without naming it; an article that explains the general way may answer it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from kb.text.tokenize import normalize


class AccountQuestion(StrEnum):
    """How much a question is about the visitor's own data."""

    NO = "no"
    OWN = "own"
    CASE = "case"


_THING_EN = (
    r"(?:(?:recent|last|latest|current|new|second|other|online|pending|cash|card|bank|direct|wire|first)\s+){0,2}"
    r"(?:order|orders|parcel|parcels|package|packages|delivery|shipment|item|items|purchase|refund|refunds|"
    r"reimbursement|return|replacement|repair|"
    r"invoice|money|payment|payments|transfer|transaction|deposit|card|ticket|request|case|"
    r"claim|complaint|application|stuff|top[- ]?up|cheque|check|withdrawal)"
)
_OWN_EN = re.compile(
    rf"\bwhere(?:['’]?s|\s+is|\s+are|\s+has|\s+did)\s+(?:the\s+hell\s+)?my\s+{_THING_EN}\b"
    rf"|\b(?:when\s+(?:will|does|is|can)|has|have|is|did|will|why\s+(?:has|have|is|did|does|was|were)(?:n['’]?t|\s+not)?|why\s+(?:hasn|haven|isn|didn|doesn)['’]?t)\s+"
    rf"my\s+{_THING_EN}\s+(?:been\s+|not\s+|still\s+|yet\s+|already\s+|going\s+to\s+|finally\s+)*"
    r"(?:arrive[ds]?|come|coming|here|ship(?:ped)?|sent|delivered|dispatched|processed|late|delayed|stuck|lost|on\s+(?:its|the)\s+way|get\s+here|show(?:ed)?\s+up|"
    r"ready|refunded|paid|pending|cancelled|canceled|declined|approved|gone|go|reverted|missing)\b"
    rf"|\b(?:i|we)\s+(?:still\s+)?(?:haven['’]?t|have\s+not|didn['’]?t|did\s+not|never|have\s+yet\s+to)\s+(?:yet\s+)?(?:received?|got|gotten|get|seen)\s+my\s+{_THING_EN}\b"
    r"|\bwhy\s+(?:was|were|am|have|did|has|is)\s+(?:i|you|my\s+(?:card|account))\s*(?:been\s+|being\s+)?(?:charged?|billed?|debited|overcharged)\b"
    rf"|\b(?:what(?:['’]?s|\s+is)|tell\s+me|give\s+me|show\s+me|check)\s+(?:the\s+)?(?:status|state|tracking\s+number)\s+of\s+my\s+{_THING_EN}\b"
    r"|\b(?:what(?:['’]?s|\s+is)|tell\s+me|show\s+me|check)\s+my\s+(?:current\s+)?(?:(?:account|gift\s+card|points?)\s+)?(?:balance|order\s+status|tracking\s+number)\b"
    r"|\bhow\s+(?:many\s+points|much\s+(?:money|balance|credit))\s+(?:do\s+i\s+have|is\s+(?:left\s+)?(?:on|in)\s+my)\b"
    r"|\bdid\s+you\s+(?:get|receive|process)\s+my\b"
    rf"|\b(?:can|could|would|will)\s+you\s+(?:please\s+)?(?:check|look\s+up|look\s+at|track|find)\s+my\s+{_THING_EN}\b"
    rf"|\bwhy\s+(?:is|was|are|has|have|did)\s+(?:my\s+(?:{_THING_EN}|account)|you)\s+(?:been\s+|being\s+)?"
    r"(?:locked|blocked|frozen|suspended|closed|banned|cancel(?:l?ed)?|declined?|rejected?|refused?|returned)\b"
    rf"|\bmy\s+{_THING_EN}\s+(?:was|has\s+been|got|is)\s+(?:declined|rejected|refused|cancell?ed|returned)\W+(?:but\s+)?why\b"
    rf"|\bmy\s+{_THING_EN}\s+(?:is|was)\s+(?:late|delayed|overdue|stuck|lost)\W*$"
    rf"|\bmy\s+{_THING_EN}\s+(?:says|shows|is\s+marked(?:\s+as)?|was\s+marked(?:\s+as)?)\b.{{0,40}}\b(?:but|not|never|n['’]t)\b"
)
_HOW_EN = re.compile(
    r"\b(?:how\s+(?:i|we|do|can|could|should|to|would|does)|what\s+(?:do|should|can|must|happens|does|if)|where\s+(?:can|do|could|should)|steps|way\s+to|need\s+to\s+do|"
    r"(?:help|assist(?:ance)?|support|information|info)\b.{0,40}\b(?:to|with|about|how))\b"
)
_CASE_EN = re.compile(
    r"\b(?:order|parcel|package|shipment|tracking|refund|return|invoice|bill|case|ticket|rma|payment|repair)s?\s*"
    r"(?:no\.?|nr\.?|number|id|code)?\s*(?:is\s*|:\s*|#\s*)?(?:[a-z]{1,4}-?)?\d{3,}\b|#\s*\d{3,}\b|\b[a-z]{2,4}-?\d{6,}\b"
)
_STATE_EN = re.compile(
    r"\bwhere\b|\bstatus\b|\bwhen\s+(?:will|does|is|do|did|was|are)\b|\barrive|\breceive|\bhaven['’]?t\b|\bnot\s+(?:here|come|arrived)\b|\bwhat\s+happened\b|\btrack\b|\bwhy\b|"
    r"\bhas\b|\bis\b.*\b(?:shipped|sent|ready|late|lost|delivered|cancelled)\b"
)

_THING_ZH = (
    r"(?:订单|包裹|快递|快件|货|东西|商品|退款|退货|换货|钱|发票|"
    r"维修单|维修|报修|申请|工单|投诉|付款|转账|款|礼品卡|订的|买的)"
)
_OWN_ZH = re.compile(
    rf"我(?:的|这个|那个|这单|那单|(?:上次|昨天|前天|前几天|上周|今天|刚|刚才)?(?:买|订|下单|退|寄|申请|退回)?的)\w{{0,8}}?{_THING_ZH}?\w{{0,6}}?"
    r"(?:(?<![看收])到哪(?:里|儿|了)?(?!些|种|一)|在哪(?:里|儿|了)|到了(?:吗|没)|发货了(?:吗|没)|发了(?:吗|没)|怎么还[没不]|为什么还[没不]|怎么一直|还没(?:到|发|收到|退|寄|好|修好)|什么时候(?:能|会|才|可以)?(?:到|发货|送到|退回来|寄出|修好)|"
    r"处理(?:得|的)?(?:怎么样|到哪)|什么状态|是什么状态|进度(?:怎么样|到哪)|丢了吗|被谁签收|(?:退|寄|寄出|修好|开|开好|收到|处理好|批准|通过)了(?:吗|没)|到账了(?:吗|没)|审核(?:好了|通过了)?(?:吗|没))"
    rf"|{_THING_ZH}(?:怎么|为什么)(?:还|一直|都)(?:没|不)(?:有)?(?:到|来|发|收到|退|寄|动)"
    rf"|(?:怎么|为什么|为何|凭什么)(?:被|给|又|多|重复|要|会)*(?:多)?(?:扣|收)(?:了)?我(?:的)?(?:钱|费|款|两次|\d+)?"
    rf"|我(?:为什么|怎么|为何)(?:被|又|多|重复)*(?:扣|收)(?:了|费|款|钱)"
    rf"|我(?:还|现在|一共|总共|账[户号]里|卡里)*(?:有|剩)(?:下)?多少(?:积分|点数|余额|钱|优惠券)|我的(?:余额|积分)(?:是|有|还有|还剩)多少"
    r"|(?:为什么|怎么|为何|凭什么)我的(?:订单|退款|退货|申请|付款|账户|账号|帐号|帐户|卡|工单)(?:会|又)?被(?:取消|拒|退|扣|冻结|锁|封|限制)"
    r"|我的(?:订单|退款|退货|申请|付款|账户|账号|帐号|帐户|卡|工单)(?:为什么|怎么|为何)(?:会|又)?被(?:取消|拒|退|扣|冻结|锁|封|限制)"
    rf"|(?:帮我|给我|帮忙)(?:查|看)(?:一下|下|查|看)?\w{{0,6}}?(?:我的|我)?{_THING_ZH}(?:到哪|在哪|状态|进度|物流|号)?"
)
_HOW_ZH = re.compile(
    r"怎么(?!还|一直|都|被|又|扣|收了|没|不|样|回事)|如何|怎样|在哪(?:里|儿)?(?:可以|能)?(?:看|查)|哪里(?:可以|能)?(?:看|查)|流程|步骤"
)
_CASE_ZH = re.compile(
    r"(?:订单|单号|运单|快递|包裹|退款|退货|发票|工单|维修单)(?:号|编号|号码)?(?:是|为|:|：|#)?\s*(?:[a-z]{1,4}-?)?\d{3,}"
    r"|(?<![a-z0-9])[a-z]{2,4}-?\d{6,}|#\d{3,}|(?<!\d)\d{8,}(?!\d)"
)
_STATE_ZH = re.compile(
    r"哪|到了|发货|没到|没收到|状态|进度|什么时候|查|为什么|怎么还|怎么回事|退了|到账|审核|处理|物流|好了|寄出|怎么一直|没动静"
)


def account_question(text: str) -> AccountQuestion:
    """How much ``text`` asks about the visitor's own data; asking for the way to see it is not.

    >>> [account_question(q).value for q in ("Where is my order 123?", "我的包裹怎么还没到", "How do I see my order status?")]
    ['case', 'own', 'no']
    """
    said = normalize(text)
    asks_how = bool(_HOW_EN.search(said) or _HOW_ZH.search(said))
    if asks_how:
        return AccountQuestion.NO
    if (_CASE_EN.search(said) and _STATE_EN.search(said)) or (_CASE_ZH.search(said) and _STATE_ZH.search(said)):
        return AccountQuestion.CASE
    return AccountQuestion.OWN if _OWN_EN.search(said) or _OWN_ZH.search(said) else AccountQuestion.NO


def account_question_in_context(text: str, topic: str) -> AccountQuestion:
    """The same for a turn that leans on ``topic``: "and order 456?" asks of its case what was asked of another."""
    asked = account_question(text)
    said = normalize(text)
    if asked is AccountQuestion.NO and (_CASE_EN.search(said) or _CASE_ZH.search(said)):
        return account_question(f"{topic} {text}")
    return asked
