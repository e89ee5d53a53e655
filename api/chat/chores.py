"""What a chat program is told that asks by itself: a title of the conversation, tags, what might be asked next.

Rules, not a model: the title is the first question, tags are the categories of the articles that answer it, what might be asked
next are questions that an article nearby answers. No visitor asked, so nothing is written down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence

from kb.text.language import count_han
from kb.types import Answer, Article

# Answers a question and keeps no record of it, with the articles it may name; None when nothing can be asked now.
Look = Callable[[str], tuple[Answer, Sequence[Article]] | None]

_QUOTED = re.compile(r"<(chat_history|conversation|messages|history|context)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_USER_LINE = re.compile(
    r"^[ \t>*\-\"'`]{0,8}(?:user|human|customer|用户|用戶|人类|我)[ *\"'`]{0,4}[:：][ \t]*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_KEY = re.compile(r"[\"'“](\w{3,20})[\"'”]\s*:")
_NEXT = (
    r"follow[- ]?ups? (?:questions|prompts)|follow_ups|(?:next|likely|suggested|related) (?:\w+ )?questions"
    r"|would (?:most )?likely (?:ask|send)"
    r"|后续问题|追问|预测|推荐问题|相关问题|问题建议|可能(?:会)?(?:接着|继续|感兴趣)?的?(?:问|提)"
)
_KINDS = (
    ("next", re.compile(_NEXT)),
    ("search", re.compile(r"search quer|queries|检索词|搜索词|搜索查询|查询语句|查询词|搜索关键词")),
    ("alone", re.compile(r"standalone|rephrase|condense|改写|独立(?:的)?问题")),
    ("tags", re.compile(r"\btags?\b|\blabels?\b|\btopics\b|keywords|标签|标籤|關鍵|关键词|关键字")),
    ("typing", re.compile(r"autocompl")),
    ("title", re.compile(r"title|headline|subject line|\bname\b|header|标题|題目|题目|標題|命名|名称|名字|主题")),
    ("summary", re.compile(r"summar|总结|概括|归纳|概述|提炼")),
)
_MOST = {"next": 3, "tags": 3}
_WORDS, _CHARACTERS = 8, 20  # of a title
_READ = 8_000  # characters at each end of a prompt


def chore_reply(prompt: str, earlier: Sequence[str], look: Look) -> str:
    """What to answer ``prompt``, which ``kb.answer.housekeeping`` has told from a question. Never empty.

    ``earlier``: what the visitor wrote, where the prompt does not quote it. Answers in JSON when the prompt asks for it.
    """
    if len(prompt) > 2 * _READ:
        prompt = f"{prompt[:_READ]}\n{prompt[-_READ:]}"
    asked = [line.strip() for line in _USER_LINE.findall(_quoted(prompt))] or list(earlier)
    instruction = _QUOTED.sub("", prompt)
    kind = _kind_of(instruction)
    first, last = (asked[0], asked[-1]) if asked else ("", "")
    chinese = count_han(first or prompt) > 0
    if kind == "next":
        return _list(instruction, "follow_ups", _next(last, asked, look), "\n")
    if kind == "tags":
        return _list(instruction, "tags", _tags(first, look) or ["常见问题" if chinese else "General"], ", ")
    if kind == "search":  # whoever asks here gets the articles searched, and needs no other search
        return _list(instruction, "queries", [], "\n") if "json" in instruction.lower() else _line(last)
    title = _title(first) or ("新对话" if chinese else "New conversation")
    text = {"alone": _line(last) or title, "typing": "", "summary": _summary(asked) or title}.get(kind, title)
    return _one(instruction, "text" if kind == "typing" else "title", text)


def _kind_of(instruction: str) -> str:
    """The work that is named first; a summary only where nothing else is."""
    said = instruction.lower()
    found = [(match.start(), kind) for kind, words in _KINDS[:-1] if (match := words.search(said))]
    return min(found)[1] if found else "summary" if _KINDS[-1][1].search(said) else "title"


def _quoted(prompt: str) -> str:
    found = _QUOTED.search(prompt)
    return found[2] if found else prompt


def _title(question: str) -> str:
    """A question as a heading: its first line, at most eight words, or twenty Chinese characters."""
    line = _line(question).rstrip("?？。.!！")
    if count_han(line):
        return line if len(line) <= _CHARACTERS else f"{line[: _CHARACTERS - 1]}…"
    words = line.split()
    return line[:80] if len(words) <= _WORDS else f"{' '.join(words[:_WORDS])[:80]}…"


def _summary(asked: Sequence[str]) -> str:
    return "; ".join(_line(question) for question in asked[-6:])


def _tags(question: str, look: Look) -> list[str]:
    found = look(question) if question else None
    if found is None:
        return []
    answer, articles = found
    shown = {place.article_id for place in (*answer.citations, *answer.suggestions)}
    named = [article for article in articles if article.id in shown]
    names = [name for article in named for name in (article.category, *article.tags) if name]
    return list(dict.fromkeys(names))[: _MOST["tags"]]


def _next(question: str, asked: Sequence[str], look: Look) -> list[str]:
    """Questions that articles near the last answer are known to answer: their own phrasings, else their titles."""
    found = look(question) if question else None
    if found is None:
        return []
    answer, articles = found
    by_id = {article.id: article for article in articles}
    near = [by_id[related.article_id] for related in answer.related if related.article_id in by_id]
    wordings = (article.questions[0] if article.questions else article.title for article in near)
    said = {_line(question).casefold() for question in asked}
    return [wording for wording in dict.fromkeys(wordings) if wording.casefold() not in said][: _MOST["next"]]


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def _list(instruction: str, name: str, values: Iterable[str], between: str) -> str:
    listed = list(values)
    if "json" not in instruction.lower() and "数组" not in instruction and "array" not in instruction.lower():
        return between.join(listed) or "-"
    key = _KEY.search(instruction)
    bare = key is None and ("array" in instruction.lower() or "数组" in instruction)
    return json.dumps(listed if bare else {key[1] if key else name: listed}, ensure_ascii=False)


def _one(instruction: str, name: str, text: str) -> str:
    if "json" not in instruction.lower():
        return text or "-"
    key = _KEY.search(instruction)
    return json.dumps({key[1] if key else name: text}, ensure_ascii=False)
