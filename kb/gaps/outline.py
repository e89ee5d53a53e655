"""What to write so that a gap closes: an outline with the questions to answer, from templates and without a model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.gaps.vocabulary import Cause
from kb.text.slugs import github_slug
from kb.types import Lang

Action = Literal["write", "extend", "update", "reconcile", "translate", "rephrase"]
MAX_REPLIES = 3  # newest replies of people that an outline quotes ...
MAX_REPLY = 800  # ... and code points of each
MAX_QUESTIONS = 12  # wordings an outline asks to answer; the rest say the same in other words
_MAX_SLUG = 60
_LINE = re.compile(r"\s+")

# What each cause asks an owner to do. Noise is nothing to write, and who looks at it all the same starts from nothing.
_ACTIONS: Mapping[Cause, Action] = {
    Cause.MISSING: "write",
    Cause.NOISE: "write",
    Cause.INCOMPLETE: "extend",
    Cause.OUTDATED: "update",
    Cause.CONFLICT: "reconcile",
    Cause.LANGUAGE: "translate",
    Cause.FINDABILITY: "rephrase",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which a gap's need was asked, and how often."""

    text: str
    lang: Lang
    count: int


@dataclass(frozen=True, slots=True)
class NearPlace:
    """The part of an article that came nearest to a gap. ``heading_path`` begins with the article's title."""

    article_id: str
    path: str
    lang: Lang
    category: str
    owner: str | None
    heading_path: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Need:
    """What an outline is made from: the gap as it stands. ``near``: best first, empty when nothing came near. ``replies``: what
    people answered to visitors who asked for a person about it, newest first."""

    gap_id: str
    label: str
    cause: Cause
    owner: str | None
    wordings: tuple[Wording, ...]
    near: tuple[NearPlace, ...] = ()
    replies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do, where, and the text to start from.

    ``path``: the file to write or to edit, below the articles folder. ``article_id``: the article to edit or to translate, None for
    a new one. ``heading``: its nearest heading, "" for none. ``front_matter``: YAML without its fences, ready to paste.
    ``markdown``: the outline as a whole. ``questions``: the wordings it asks to answer, most frequent first.
    """

    action: Action
    lang: Lang
    path: str
    article_id: str | None
    heading: str
    questions: tuple[str, ...]
    front_matter: str
    markdown: str


def suggest(need: Need) -> Suggestion:
    """The outline for ``need``. An article that nothing came near to is written anew, whatever the cause.

    The language is the one most of the wordings are in: a missing translation is written in the language people ask in.
    """
    lang = _main_language(need.wordings)
    questions = _questions(need, lang)
    near = need.near[0] if need.near else None
    action: Action = _ACTIONS[need.cause] if near is not None else "write"
    if near is None or action in ("write", "translate"):
        return _new_article(need, action, lang, questions, near)
    return _edit(need, action, near, questions)


def _main_language(wordings: Sequence[Wording]) -> Lang:
    asked: Counter[Lang] = Counter()
    for wording in wordings:
        asked[wording.lang] += wording.count
    return max(asked, key=lambda lang: asked[lang], default="en")


def _questions(need: Need, lang: Lang) -> tuple[str, ...]:
    """The wordings to answer, those in ``lang`` first, each once however it is spelt."""
    ordered = sorted(need.wordings, key=lambda wording: (wording.lang != lang, -wording.count))
    seen: dict[str, str] = {}
    for wording in ordered:
        line = one_line(wording.text)
        if line:
            seen.setdefault(line.casefold().rstrip("?？。.!！ "), line)
    return tuple(list(seen.values())[:MAX_QUESTIONS]) or (one_line(need.label),)


def _new_article(
    need: Need, action: Action, lang: Lang, questions: tuple[str, ...], near: NearPlace | None
) -> Suggestion:
    words = _WORDS[lang]
    category = near.category if near else ""
    title = _title(one_line(need.label) if action == "write" else questions[0])
    fields: dict[str, Any] = {"title": title, "lang": lang}
    if category:
        fields["category"] = category
    owner = need.owner or (near.owner if near else None)
    if owner:
        fields["owner"] = owner
    if action == "translate" and near is not None:
        fields["translation_of"] = near.article_id
        path = f"{lang}/{near.path.split('/', 1)[-1]}"
    else:
        folder = f"{lang}/{github_slug(category) or 'general'}"
        path = f"{folder}/{github_slug(title)[:_MAX_SLUG].strip('-') or need.gap_id}.md"
    fields |= {"questions": list(questions), "resolves": [need.gap_id]}
    front_matter = _yaml(fields)
    intro = words[action].format(article=near.article_id if near else "", heading=_heading(near))
    body = [f"<!-- {_comment(intro)} -->", *_checklist(questions, words["must_answer"])]
    if near is not None and action == "write":
        body.append(f"<!-- {_comment(words['see_also'].format(article=near.article_id, heading=_heading(near)))} -->")
    body += [f"<!-- {_comment(line)} -->" for line in _replied(need, words)]
    sections = f"## {_heading_text(questions[0])}\n\n{words['first_sentence']}\n"
    markdown = f"---\n{front_matter}---\n" + "\n".join(body) + f"\n\n{sections}"
    return Suggestion(action, lang, path, near.article_id if action == "translate" and near else None,
                      _heading(near), questions, front_matter, markdown)  # fmt: skip


def _edit(need: Need, action: Action, near: NearPlace, questions: tuple[str, ...]) -> Suggestion:
    words = _WORDS[near.lang]
    fields: dict[str, Any] = {"questions": list(questions)}
    if action != "rephrase":
        fields["resolves"] = [need.gap_id]
    front_matter = _yaml(fields)
    other = next((place.article_id for place in need.near if place.article_id != near.article_id), "")
    task = words[action].format(article=near.article_id, heading=_heading(near), other=other)
    lines = [
        f"{words['file']} `{near.path}`",
        "",
        task,
        "",
        words["add_front_matter"],
        "",
        "```yaml",
        front_matter.rstrip("\n"),
        "```",
        "",
        words["must_answer"],
        "",
        *(f"- {_heading_text(question)}" for question in questions),
    ]
    replied = _replied(need, words)
    if replied:
        lines += ["", *(f"> {_heading_text(line)}" for line in replied)]
    if action == "extend":
        lines += ["", f"## {_heading_text(questions[0])}", "", words["first_sentence"]]
    return Suggestion(action, near.lang, near.path, near.article_id, _heading(near), questions, front_matter,
                      "\n".join(lines) + "\n")  # fmt: skip


def _replied(need: Need, words: Mapping[str, str]) -> list[str]:
    """What people said, one line each, below a line that says what it is; empty when nobody has."""
    said = [one_line(text)[:MAX_REPLY] for text in need.replies[:MAX_REPLIES]]
    return [words["replied"], *said] if said else []


def one_line(text: str) -> str:
    """``text`` with every run of white space, line ends included, as one space: what a visitor typed is one line here."""
    return _LINE.sub(" ", text).strip()


def _title(text: str) -> str:
    """A title is a short statement; the wording of a question is the nearest thing to it that people really search for."""
    title = text.rstrip("?？。.!！ ")
    return title[:1].upper() + title[1:] if title else text


def _heading(near: NearPlace | None) -> str:
    return near.heading_path[-1] if near is not None and near.heading_path else ""


def _checklist(questions: Sequence[str], title: str) -> list[str]:
    return [f"<!-- {_comment(title)}", *(f"- {_comment(question)}" for question in questions), "-->"]


def _comment(text: str) -> str:
    """What visitors typed must not end the comment it stands in."""
    return text.replace("--", "- -").replace(">", "＞")


def _heading_text(text: str) -> str:
    """Markup in a visitor's words is shown and not carried out."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", text)


def _yaml(fields: Mapping[str, Any]) -> str:
    import yaml

    dumped: str = yaml.safe_dump(dict(fields), allow_unicode=True, sort_keys=False, width=1000)
    return dumped


_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "en": {
        "write": "A new article: nothing answers these questions yet.",
        "translate": "Answered in another language only: translate {article}, at least the part “{heading}”.",
        "extend": "Add a section to {article}, near the heading “{heading}”: the article stops short of this.",
        "update": "Correct {article}, near the heading “{heading}”, and set `last_reviewed_on` to the day you checked it.",
        "reconcile": "{article} and {other} say different things: correct one, and let the other link to it.",
        "rephrase": "{article} answers this under “{heading}”, but in other words: add the questions below to its front matter.",
        "see_also": "Nearest today: {article}, “{heading}”. Link to it, or extend it instead if the topic is the same.",
        "must_answer": "These questions must be answered:",
        "first_sentence": "Answer in the first sentence. Then say for whom, when and how.",
        "replied": "What people answered so far (not checked):",
        "file": "Edit",
        "add_front_matter": "Add to the front matter:",
    },
    "zh": {
        "write": "新文章：目前没有内容回答这些问题。",
        "translate": "只有另一种语言有答案：请翻译 {article}，至少“{heading}”这一部分。",
        "extend": "请在 {article} 的“{heading}”附近增加一节：这篇文章没有讲到这一点。",
        "update": "请更正 {article} 中“{heading}”附近的内容，并把 `last_reviewed_on` 改为核对的日期。",
        "reconcile": "{article} 与 {other} 说法不一致：请更正其中一篇，并让另一篇链接过去。",
        "rephrase": "{article} 的“{heading}”已经回答了，只是说法不同：请把下面的问题加到它的文首信息里。",
        "see_also": "目前最接近：{article}，“{heading}”。可以链接到它；如果主题相同，就改为补充它。",
        "must_answer": "必须回答以下问题：",
        "first_sentence": "第一句话就给出答案，然后说明适用对象、时间和做法。",
        "replied": "人工此前的回复（未经核对）：",
        "file": "请编辑",
        "add_front_matter": "在文首信息中加入：",
    },
}
