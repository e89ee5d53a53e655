"""From Markdown tokens to text a person or a search index can read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kb.text.html_text import collapse, html_to_text, inline_tag_text
from kb.text.language import HAN


class Token(Protocol):
    """The part of a markdown-it token that is read here; see markdown-it-py's documentation of ``Token``."""

    type: str
    tag: str
    nesting: int
    level: int
    content: str
    markup: str
    info: str
    map: list[int] | None
    attrs: dict[str, Any]
    meta: dict[Any, Any]

    @property
    def children(self) -> Sequence[Token] | None: ...


@dataclass(frozen=True, slots=True)
class Admonition:
    """``kind``: CSS class of the box; ``title``: the author's own title or "". ``rest``: text behind the marker."""

    kind: str
    title: str
    rest: str


ADMONITIONS = {
    "note": "note",
    "info": "note",
    "abstract": "note",
    "seealso": "note",
    "tip": "tip",
    "hint": "tip",
    "success": "tip",
    "check": "tip",
    "important": "important",
    "attention": "important",
    "warning": "warning",
    "warn": "warning",
    "caution": "caution",
    "danger": "caution",
    "error": "caution",
    "failure": "caution",
    "bug": "caution",
    "question": "note",
    "example": "note",
    "quote": "note",
}
_LABELS = {
    "note": ("Note", "注意"),
    "tip": ("Tip", "提示"),
    "important": ("Important", "重要"),
    "warning": ("Warning", "警告"),
    "caution": ("Caution", "小心"),
}
_MARKER = re.compile(r"\[!([A-Za-z]+)\][-+]?[ \t]*([^\n]*)(?:\n|$)")
# Of a slice of an article: references whose definition is not in the slice, halves of strong emphasis, and strong
# emphasis that CommonMark does not see beside Chinese punctuation.
_LOOSE_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:?")
_LOOSE_REFERENCE = re.compile(r"!?\[([^\[\]]+)\]\[[^\[\]]*\]")
_LOOSE_STRONG = re.compile(r"(?<!\w)\*\*|\*\*(?!\w)")
# A carriage return cannot occur in a token: the parser normalises line ends.
_SOFT_BREAK = "\r"
_SOFT_BREAK_IN_CHINESE = re.compile(f"(?<=[{HAN}，。；：、！？])\r(?=[{HAN}，。；：、！？])")
_ICON_WORDS = re.compile(r"\s*(?:icon|button|symbol|图标|按钮|圖示|按鈕)$", re.IGNORECASE)
_TITLE_LENGTH = 60


def admonition_label(kind: str, text: str) -> str:
    """Return the word shown for an admonition, in the language of the text in it."""
    english, chinese = _LABELS[kind]
    return f"{chinese}：" if re.search(f"[{HAN}]", text) else f"{english}: "


def read_admonition(content: str) -> Admonition | None:
    """Return what ``[!NOTE] Title`` at the start of a block quote's first paragraph says; None when it says nothing."""
    match = _MARKER.match(content)
    if match is None or match[1].lower() not in ADMONITIONS:
        return None
    title, rest = match[2].strip(), content[match.end() :]
    if not rest or len(title) > _TITLE_LENGTH or title.endswith((".", "。", ",", "，")):
        title, rest = "", content[match.start(2) :]  # text that begins on the marker's own line
    return Admonition(ADMONITIONS[match[1].lower()], title, rest)


def plain_inline(children: Sequence[Token] | None) -> str:
    """Return the readable text of one inline token's children, on as many lines as it has hard breaks."""
    parts: list[str] = []
    images: list[int] = []
    for token in children or ():
        kind = token.type
        if kind == "text":
            parts.append(_tidy(token.content))
        elif kind == "code_inline":
            parts.append(token.content)
        elif kind == "softbreak":
            parts.append(_SOFT_BREAK)
        elif kind == "hardbreak":
            parts.append("\n")
        elif kind == "image":
            images.append(len(parts))
            parts.append(plain_inline(token.children) if token.children else token.content)
        elif kind == "html_inline":
            parts.append(inline_tag_text(token.content))
    for index in images:
        if _is_said_again(parts[index], parts[index + 1 : index + 4]):
            parts[index] = ""
    text = "".join(parts)
    if _SOFT_BREAK in text:
        text = _SOFT_BREAK_IN_CHINESE.sub("", text).replace(_SOFT_BREAK, " ")
    return collapse(text)


def plain_blocks(tokens: Sequence[Token], number: int | None = None) -> str:
    """Return the readable text of block tokens: one line per paragraph, list item, table row or line of code.

    List items keep ``-`` or their number and are indented by two spaces a level; cells of a table are joined by
    `` | ``; an admonition starts with its label; code is kept as it is. Deterministic. ``number``: of the first
    item, when ``tokens`` are items of a numbered list without the list itself.
    """
    return _PlainWriter(tokens, number).text()


def _is_said_again(alt: str, following: Sequence[str]) -> bool:
    """Say whether an icon's description ("Save button") is what the text right behind it says ("Save")."""
    name = _ICON_WORDS.sub("", alt).strip()
    return bool(name) and "".join(following).lstrip().startswith(name)


def _tidy(text: str) -> str:
    if "[" in text:
        text = _LOOSE_REFERENCE.sub(r"\1", _LOOSE_FOOTNOTE.sub("", text))
    return _LOOSE_STRONG.sub("", text) if "**" in text else text


class _PlainWriter:
    """One pass over block tokens; state is the nesting of lists and the row being collected."""

    def __init__(self, tokens: Sequence[Token], number: int | None) -> None:
        self._tokens = tokens
        self._lines: list[str] = []
        self._numbers: list[int | None] = [] if number is None else [number]
        self._marker = ""
        self._cells: list[str] = []
        self._in_table = False
        self._quote_opens = False

    def text(self) -> str:
        for token in self._tokens:
            self._take(token)
        return "\n".join(self._lines)

    def _take(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._inline(token)
        elif kind in {"fence", "code_block"}:
            self._write(token.content.strip("\n"), verbatim=True)
        elif kind == "html_block":
            self._write(html_to_text(token.content))
        elif kind == "blockquote_open":
            self._quote_opens = True
        elif kind in {"bullet_list_open", "ordered_list_open"}:
            self._numbers.append(_first_number(token) if kind[0] == "o" else None)
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self._numbers.pop()
            self._marker = ""
        elif kind == "list_item_open":
            self._open_item()
        elif kind in {"tr_open", "tr_close"}:
            self._row(closes=kind == "tr_close")

    def _open_item(self) -> None:
        number = self._numbers[-1] if self._numbers else None
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1

    def _row(self, *, closes: bool) -> None:
        while self._cells and not self._cells[-1]:
            self._cells.pop()
        if closes and self._cells:
            self._write(" | ".join(self._cells))
        self._cells = []
        self._in_table = not closes

    def _inline(self, token: Token) -> None:
        if self._in_table:
            self._cells.append(plain_inline(token.children).replace("\n", " "))
            return
        text = plain_inline(token.children)
        if self._quote_opens:
            self._quote_opens = False
            text = _with_admonition_label(token.content, text)
        self._write(text)

    def _write(self, text: str, *, verbatim: bool = False) -> None:
        if not text and not verbatim:
            return
        depth = len(self._numbers)
        indent = "  " * (depth - 1 if self._marker else depth)
        for line in text.split("\n"):
            self._lines.append(f"{indent}{self._marker}{line}" if line else "")
            if self._marker:
                self._marker = ""
                indent = "  " * depth


def _with_admonition_label(source: str, text: str) -> str:
    found = read_admonition(source)
    if found is None:
        return text
    # The marker is plain text in every rendering, so it stands at the start of ``text`` too.
    rest = text.partition("]")[2].lstrip("-+ \n")
    if found.title:
        return f"{found.title}\n{rest.removeprefix(found.title).lstrip()}" if rest.startswith(found.title) else rest
    return f"{admonition_label(found.kind, rest)}{rest}".rstrip()


def _first_number(token: Token) -> int:
    return int(token.attrs.get("start", 1))
