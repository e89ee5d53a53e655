"""Sentences that the service itself says about a gap: kept as a code with its values, worded in the language of who reads them.

A kept text is either such sentences or what a person wrote; ``worded`` reads both. What was kept as English words before there were
codes stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from kb.text.plural import fill
from kb.types import Lang

# In front of kept sentences. Nobody can type it: names and notes hold no control characters.
_MARK = "\x1etold:"
Value = str | int | float

_SENTENCES: Mapping[str, tuple[str, str]] = {
    # Why it is verified, or open again.
    "answered": (
        "Answered from new text for {passed} of the {asked} {asked:time|times} it was asked.",
        "共问过 {asked} 次，其中 {passed} 次由新的内容回答。",
    ),
    "stands": ("{article} ({revision}): «{quote}»", "{article}（{revision}）：“{quote}”"),
    "claimed": (
        "{article} says in its front matter that it resolves this ({revision}).",
        "{article} 在文件头里说它解决了这个缺口（{revision}）。",
    ),
    "claim_fails": ("The claim does not hold for {revision}.", "在 {revision} 里，这个说法不成立。"),
    "lapsed": ("More is asked here than is answered in {revision}.", "这里问到的，比 {revision} 里回答的多。"),
    "removed": (
        "{article} was removed in {revision} ({at}); it said «{quote}».",
        "{article} 在 {revision}（{at}）里被删除，原来写着“{quote}”。",
    ),
    "changed": (
        "{article} was changed in {revision} ({at}) and no longer says «{quote}».",
        "{article} 在 {revision}（{at}）里被修改，不再写着“{quote}”。",
    ),
    "no_edit": (
        "{article} still says «{quote}» and no article has changed; settings or synonyms have.",
        "{article} 仍然写着“{quote}”，也没有文章变动；变的是设置或同义词。",
    ),
    "other_edit": (
        "{article} still says «{quote}», but other articles are not as they were since {revision} ({at}).",
        "{article} 仍然写着“{quote}”，但从 {revision}（{at}）起其他文章变了。",
    ),
    "edit_added": ("Added: {names}.", "新增：{names}。"),
    "edit_changed": ("Changed: {names}.", "修改：{names}。"),
    "edit_removed": ("Removed: {names}.", "删除：{names}。"),
    "lost_words": (
        "{question} is still answered, but not by what this said.",
        "{question} 仍有回答，但不是出自原来的那段话。",
    ),
    "old_text": (
        "{question} is answered, but from text that is older than the gap: {article}: «{quote}».",
        "{question} 有回答，但出自比这个缺口更早的内容：{article}：“{quote}”。",
    ),
    "other_language": (
        "{question} is answered in the other language only, by {article}.",
        "{question} 只有另一种语言的回答，出自 {article}。",
    ),
    "not_sure": (
        "{question} gets no sure answer ({outcome}, confidence {score}).",
        "{question} 没有得到有把握的回答（置信度 {score}）。",
    ),
    "not_sure_near": (
        "{question} gets no sure answer ({outcome}, confidence {score}; nearest is {article}).",
        "{question} 没有得到有把握的回答（置信度 {score}，最接近的是 {article}）。",
    ),
    "more_wordings": ("And {n} more {n:wording|wordings}.", "另外还有 {n} 种问法。"),
    "people_again": (
        "{people} {people:person|people} met the same need again within {days} days.",
        "{days} 天内又有 {people} 个人遇到同样的问题。",
    ),
    "took_in_open": (
        "A gap that was open has become part of this one; the questions of both are asked again.",
        "一个未解决的缺口并入了这里，两边的问题会重新检查。",
    ),
    # Which questions belong to it.
    "questions": ("{n} {n:question|questions}", "{n} 个问题"),
    "parted": (
        "Its {n} {n:wording|wordings} mean something else than the rest, now that more is known.",
        "现在知道得更多：它的 {n} 种问法和其余的不是一个意思。",
    ),
    "near": (
        "Its {n} {n:wording is|wordings are} near the other {others}: mean cosine {mean}.",
        "它的 {n} 种问法和另外 {others} 种很接近：平均余弦 {mean}。",
    ),
    # Why it exists.
    "flagged": ("Somebody who answers for it says that it needs work.", "负责人说它需要处理。"),
    "called_outdated": (
        "Called outdated or incorrect, or overdue for review: {n} of {total} {total:signal|signals}.",
        "被指过时或有误，或者已过复核日期：{total} 个信号里有 {n} 个。",
    ),
    "called_incomplete": (
        "Called incomplete: {n} of {total} {total:signal|signals}.",
        "被指内容不全：{total} 个信号里有 {n} 个。",
    ),
    "contradicted": (
        "The articles found contradicted each other: {n} of {total} {total:signal|signals}.",
        "找到的文章互相矛盾：{total} 个信号里有 {n} 个。",
    ),
    "only_foreign": (
        "Only the other language had an answer: {n} of {total} {total:signal|signals}.",
        "只有另一种语言有答案：{total} 个信号里有 {n} 个。",
    ),
    "disagree": (
        "{article} says «{quote}», and {other} says «{other_quote}».",
        "{article} 写着“{quote}”，而 {other} 写着“{other_quote}”。",
    ),
    "answers_foreign": (
        "{article} answers it in the other language: «{quote}» (confidence {score}).",
        "{article} 用另一种语言回答了它：“{quote}”（置信度 {score}）。",
    ),
    "answers_alone": (
        "{article} answers it when it is searched alone: «{quote}» (confidence {score}).",
        "只在 {article} 里搜索时，它能回答：“{quote}”（置信度 {score}）。",
    ),
    "answers_now": (
        "{article} answers it now, from older text: «{quote}» (confidence {score}).",
        "{article} 现在能用更早的内容回答它：“{quote}”（置信度 {score}）。",
    ),
    "about_nothing": (
        "Nothing here is about this: {n} of {total} {total:signal|signals}.",
        "这里没有相关的内容：{total} 个信号里有 {n} 个。",
    ),
    "unanswered": (
        "No passage answered: {n} of {total} {total:signal|signals}.",
        "没有内容能回答：{total} 个信号里有 {n} 个。",
    ),
    "nothing_shown": ("No article was shown.", "没有显示任何文章。"),
    "came_near": (
        "An article came near: {n} of {total} {total:signal|signals}.",
        "有文章接近：{total} 个信号里有 {n} 个。",
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences in order, each a code with its values."""

    parts: tuple[tuple[str, Mapping[str, Value]], ...]

    def __add__(self, other: Told) -> Told:
        return Told((*self.parts, *other.parts))

    def words(self, lang: Lang = "en") -> str:
        """All of them in ``lang``, behind each other; a code of another version is left out."""
        known = ((_SENTENCES[code], values) for code, values in self.parts if code in _SENTENCES)
        if lang == "zh":
            return "".join(fill(texts[1], values) for texts, values in known)
        return " ".join(fill(texts[0], values) for texts, values in known)

    def kept(self) -> str:
        """The text that is written down."""
        return _MARK + orjson.dumps(self.parts).decode()


def tell(code: str, **values: Value) -> Told:
    """One sentence; ``code`` is one of those above, with the values that its words ask for.

    >>> tell("questions", n=1).words(), tell("questions", n=3).words("zh")
    ('1 question', '3 个问题')
    """
    return Told(((code, values),))


def read_told(text: str) -> Told | None:
    """The sentences of a kept text; None for what a person wrote."""
    if not text.startswith(_MARK):
        return None
    return Told(tuple((code, values) for code, values in orjson.loads(text[len(_MARK) :])))


def worded(text: str, lang: Lang = "en") -> str:
    """A kept text in ``lang``, what a person wrote as it was written."""
    told = read_told(text)
    return text if told is None else told.words(lang)
