"""What a question asks for: its language, its search terms, and which of them carry content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.text.language import HAN, detect_language
from kb.text.tokenize import normalize, tokenize
from kb.text.words import cut_words
from kb.types import Lang, Query

_ENGLISH_STOP_TERMS = frozenset(
    term
    for word in """a about after all also am an and any are as at be because been but by can could did do does doing done for
    from get give had has have help hello hey hi how i if in into is it its just know like many me much my need no of
    on one only or our out please should so some tell thank thanks that the their them then there these they this to
    too up us want was we were what when where which while who whom whose why will with would you your""".split()
    for term in tokenize(word)
)
# Words and phrases that frame a Chinese question without naming what it is about.
_FRAME_WORDS = """怎么办 怎么样 怎么回事 怎么弄 怎么 怎样 如何 为什么 为何 什么时候 什么 多少 哪里
    哪儿 哪个 哪些 哪一 哪 谁 几个 是否 是不是
    有没有 能不能 可不可以 可以 能否 请问 你好 您好 谢谢 我想要 我想 我要 我们 我
    你们 你 您 请 帮我 告诉 一下 知道 需要 应该
    吗 呢 吧 啊 呀 嘛 么 的 了 是 在 有 和 与 或 及 对 把 被 让 给 到 从 于
    这个 那个 这 那 它 他 她 就 都 也 还 很 不""".split()


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words, key=len, reverse=True)))  # 怎么办 before 怎么


_FRAMES = re.compile(f"(?:{_any_of(_FRAME_WORDS).pattern})+")
# Single characters are frames only as whole words: 请 is one, and part of 申请.
_LONG_FRAMES = _any_of([word for word in _FRAME_WORDS if len(word) > 1])
_HAN_RUN = re.compile(f"[{HAN}]+")

# How much more a content term counts than "how do I" or 请问; chosen by measurement, see eval/LOG.md.
_CONTENT_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready for searching.

    ``terms``: all of them, repeats included. ``content``: the distinct terms that say what it is about, in order; empty for a
    question made of function words or symbols only. ``searched``: what is looked up, with content terms repeated.
    """

    text: str
    lang: Lang
    terms: tuple[str, ...]
    content: tuple[str, ...]

    @property
    def searched(self) -> tuple[str, ...]:
        """Content terms ``_CONTENT_WEIGHT`` times, then the rest: the frame of a question helps a little, and only a little."""
        frame = [term for term in self.terms if term not in self.content]
        return (*self.content * _CONTENT_WEIGHT, *frame)


def understand(text: str, lang: Lang | None = None) -> Question:
    """Read a question; ``lang`` overrides detection."""
    terms = tuple(tokenize(text))
    content = tuple(term for term in _told(text) if term not in _ENGLISH_STOP_TERMS)
    # Taking a frame out can leave a character that is no term of the question (谁 of 运费谁付). Beside other terms it would only
    # weigh as a rare word that no article has; alone (怎么退) it is all there is.
    content = tuple(term for term in content if term in terms) or content
    return Question(text, lang or detect_language(text), terms, content)


@lru_cache(maxsize=4096)
def _told(text: str) -> tuple[str, ...]:
    """Distinct terms of ``text`` without the Chinese words that only frame a question.

    Only terms within words: 款多 of 退款多久 is no word of any article. Single characters that stand together are taken
    for one word that the dictionary lacks.
    """
    return tuple(dict.fromkeys(tokenize(_HAN_RUN.sub(_words_apart, _LONG_FRAMES.sub(" ", normalize(text))))))


def _words_apart(run: re.Match[str]) -> str:
    apart: list[str] = []
    open_end = False  # the last word is a single character
    for word in cut_words(run.group()):
        if _FRAMES.fullmatch(word):
            apart.append(" ")
            open_end = False
        else:
            single = len(word) == 1
            apart.append(word if single and open_end else f" {word}")
            open_end = single
    return "".join(apart)


def is_frame(word: str) -> bool:
    """Whether an English term or a Chinese word only frames a question ("how", 怎么) and is nothing to look up."""
    return word in _ENGLISH_STOP_TERMS or _FRAMES.fullmatch(word) is not None


def language_of(query: Query) -> Lang:
    return detect_language(query.question) if query.lang == "auto" else query.lang
