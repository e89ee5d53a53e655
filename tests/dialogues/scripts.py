"""What people say in the dialogues, in English, simplified and traditional Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lines:
    """``lang``: that of the articles. ``vague`` fits two articles; ``unknown`` none; ``recorded``: how its recording is told.
    ``sorry`` stands in the word of sympathy for ``angry``.
    """

    lang: str
    vague: str
    unknown: str
    recorded: str
    person: str
    angry: str
    sorry: str
    first: str
    follow_up: str


SCRIPTS = {
    "en": Lines(
        lang="en",
        vague="How do I reset the password?",
        unknown="How do I bake sourdough bread?",
        recorded="recorded",
        person="I want to talk to a human",
        angry="Nothing works, you are useless, I am furious!",
        sorry="sorry",
        first="When do I get my money back?",
        follow_up="and by bank transfer?",
    ),
    "zh": Lines(
        lang="zh",
        vague="怎么重置密码？",
        unknown="面包怎么烤",
        recorded="记",
        person="转人工",
        angry="你们这什么破服务，气死我了！",
        sorry="抱歉",
        first="钱什么时候退回来",
        follow_up="银行转账呢？",
    ),
    "zh-Hant": Lines(
        lang="zh",
        vague="怎麼重置密碼？",
        unknown="麵包怎麼烤",
        recorded="記",
        person="轉人工",
        angry="你們這什麼破服務，氣死我了！",
        sorry="抱歉",
        first="錢什麼時候退回來",
        follow_up="銀行轉賬呢？",
    ),
}
