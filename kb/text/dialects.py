"""Other Markdown dialects in the words of the one the parser knows, line by line.

Help centres are written for MkDocs, Docusaurus, Hugo, Jekyll, GitBook, VitePress, Mintlify and Microsoft Learn. Each of
their lines becomes exactly one line of GitHub Markdown, so that the parser's line numbers remain those of the file:
admonitions become ``> [!NOTE]`` quotes, names of tabs bold lines, includes and imports blank lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kb.text.html_text import attributes
from kb.text.plain import ADMONITIONS

_TRIGGER = re.compile(
    r":::|!!!|\?\?\?|===[+!]? |\{\{[<%{]|\{%|\(#tab/|\[!|\{[:.]|[)\]]\{|^\s*(?:import|export)\s|\{/\*|\blabel=|\btitle="
    r"|<(?:Note|Tip|Info|Warning|Danger|Caution|Important|Check|Callout|Admonition|Alert)\b",
    re.MULTILINE,
)
# Possessive quantifiers (``*+``) keep these linear on lines of a million blanks.
_FENCE = re.compile(r"^(?:[\s>]|[-*+] |\d{1,9}[.)] )*+(`{3,}|~{3,})")
_COLON = re.compile(r"^(\s*+)(:{3,}+)\s*+\{?([A-Za-z][\w-]*+)?\}?\s*+(.*)$")
_MKDOCS = re.compile(r"""^(\s*+)(?:!!!|\?\?\?\+?)\s++([\w-]++)[^"]*+(?:"(.*)")?$""")
_MKDOCS_TAB = re.compile(r"""^(\s*+)===[+!]?\s++["'](.+)["']$""")
_LEARN_TAB = re.compile(r"^(\s*)#{1,6}\s+\[(.+)\]\(#tab/[^)]*\)\s*$")
_SHORTCODE_LINE = re.compile(r"^(\s*)\{(?:\{[<%]|%)-?\s*(/?)\s*([\w-]+)(.*?)\s*/?-?(?:[>%]\}|%)\}\s*$")
_BOX_TAG = re.compile(
    r"^(\s*)<(/?)(Note|Tip|Info|Warning|Danger|Caution|Important|Check|Callout|Admonition|Alert)\b([^<>]*)>\s*$"
)
_TAB_TAG = re.compile(r"^(\s*)<(?:div|Tab|TabItem|TabPanel|Step|Card|Accordion|Expandable)\b([^<>]*)>\s*$")
_IMPORT = re.compile(r"""^\s*(?:import\s+(?:.+\s+from\s+)?['"][^'"]+['"]|export\s+(?:const|default|let)\b.*);?\s*$""")

_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_LEARN_IMAGE = re.compile(r":::image\s+([^\n]*?):::")
_LEARN_INCLUDE = re.compile(r"\[!(?:INCLUDE|VIDEO|code-\w+|CODE-\w+|div|NCLUDE|include)\b(?:[^\[\]]|\[[^\[\]]*\])*+\]")
_LEARN_WORD = re.compile(r"\[!(?:UICONTROL|DNL)\s+([^\[\]]+)\]")
_SHORTCODE = re.compile(r"\{\{[<%]\s*(/?)\s*([\w-]+)\s*(.*?)/?[>%]\}\}")
_LIQUID = re.compile(r"\{%-?\s*(\w+)\s*(.*?)-?%\}")
_VARIABLE = re.compile(r"\{\{\{\s*\.?([\w.-]+)\s*\}\}\}")
_ATTRIBUTE_LIST = re.compile(r"(?<=[\])])\{:?\s*[.#\w][^{}\n]*\}|\s*\{(?::\s*[.#\w]|\.[A-Za-z])[^{}\n]*\}")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_KRAMDOWN_ID = re.compile(r"\{:[^{}#]*(#[\w-]+)[^{}]*\}\s*$")
_JSX_COMMENT = re.compile(r"\{/\*.*?\*/\}")
_FIRST_QUOTED = re.compile(r"""["“]([^"”]*)["”]|'([^']*)'""")

_BOX_SHORTCODES = frozenset({"callout", "alert", "admonition", "notice", "hint", "blockquote", *ADMONITIONS})
_TAB_SHORTCODES = frozenset({"tab", "tabitem", "codetab", "step", "accordion", "expand", "details"})
_IMAGE_SHORTCODES = frozenset({"figure", "img", "image"})
_CALLOUT_DEFAULT = "note"
_LONGEST_LINE = 4_000  # code points; longer lines are data, not markup
_DEEPEST_BOX = 8


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a line that is no ordinary text does: opens or closes a box or says ``text`` instead of itself."""

    action: Literal["open", "close", "say"]
    family: str = ""  # what an opening and its closing line have in common
    indent: str = ""
    kind: str = ""  # admonition, or "" for a container that shows nothing
    text: str = ""
    dedent: int = 0  # columns of content indentation, for boxes that end where the indentation ends


@dataclass(slots=True)
class _Box:
    mark: _Mark
    last_line: int  # index of the closing line, or of the last line inside


def to_github(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` (without line ends) in GitHub's dialect, one for one; ``len`` stays the same.

    Lines in fenced code are left alone. A box that is never closed ends at the next blank line.
    """
    if not any(map(_TRIGGER.search, lines)):
        return list(lines)
    marks = _read_marks(lines)
    closing = _pair(lines, marks)
    written: list[str] = []
    boxes: list[_Box] = []
    for index, line in enumerate(lines):
        boxes = [box for box in boxes if box.last_line >= index]
        mark = marks.get(index)
        if mark is None:
            written.append(_quoted(line, boxes))
        elif mark.action == "open":
            written.append(_quoted(_opening(mark), boxes))
            if len(boxes) < _DEEPEST_BOX:
                boxes.append(_Box(mark, closing[index]))
        elif mark.action == "close":
            written.append(_quoted("", boxes))
        else:
            written.append(_quoted(mark.indent + mark.text if mark.text else "", boxes))
    return written


def _opening(mark: _Mark) -> str:
    if not mark.kind:
        return mark.indent + _label(mark.text) if mark.text else ""
    return f"{mark.indent}> [!{mark.kind.upper()}] {mark.text}".rstrip()


def _quoted(line: str, boxes: Iterable[_Box]) -> str:
    """Return ``line`` as a line inside ``boxes``, the outermost first."""
    prefix = ""
    rest = line
    for box in boxes:
        indent, dedent = box.mark.indent, box.mark.dedent
        rest = _strip_columns(rest, len(indent.expandtabs(4)) + dedent)
        prefix += indent + ("> " if box.mark.kind else "")
    return (prefix + rest).rstrip() if prefix and not rest else prefix + rest


def _strip_columns(line: str, columns: int) -> str:
    body = line.lstrip(" \t")
    width = len(line[: len(line) - len(body)].expandtabs(4))
    return " " * max(0, width - columns) + body


def _read_marks(lines: Sequence[str]) -> dict[int, _Mark]:
    marks: dict[int, _Mark] = {}
    fence = ""
    for index, line in enumerate(lines):
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line[found.end() :].strip():
            fence = ""
        elif not fence and len(line) <= _LONGEST_LINE and _TRIGGER.search(line):
            mark = _read_mark(line.rstrip())
            if mark is not None:
                marks[index] = mark
    return marks


def _read_mark(line: str) -> _Mark | None:
    for read in (_read_colon, _read_mkdocs, _read_shortcode, _read_tag):
        mark = read(line)
        if mark is not None:
            return mark
    if _IMPORT.match(line):
        return _Mark("say")
    tab = _LEARN_TAB.match(line)
    if tab:
        return _Mark("say", indent=tab[1], text=_label(tab[2]))
    text = _inline(line)
    return None if text == line else _Mark("say", text=text)


def _read_colon(line: str) -> _Mark | None:
    match = _COLON.match(line)
    if match is None or match[3] == "image":
        return None
    indent, colons, name, rest = match[1], match[2], (match[3] or "").lower(), match[4].strip()
    if not name:
        return _Mark("close", "colon" + colons) if not rest else None
    if rest.endswith(":::") or name.endswith("-end"):
        return _Mark("say")
    if name in ADMONITIONS:
        return _Mark("open", "colon" + colons, indent, name, rest.strip("[]\"' "))
    title = attributes(rest).get("label") or (rest if name in {"tab", "details"} else "")
    return _Mark("open", "colon" + colons, indent, "", title.strip("[]\"' "))


def _read_mkdocs(line: str) -> _Mark | None:
    match = _MKDOCS.match(line)
    if match:
        kind = match[2].lower() if match[2].lower() in ADMONITIONS else _CALLOUT_DEFAULT
        return _Mark("open", "", match[1], kind, match[3] or "", dedent=4)
    match = _MKDOCS_TAB.match(line)
    return _Mark("open", "", match[1], "", match[2], dedent=4) if match else None


def _read_shortcode(line: str) -> _Mark | None:
    match = _SHORTCODE_LINE.match(line)
    if match is None or "{{" in match[4] or "{%" in match[4]:
        return None
    indent, name, rest = match[1], match[3].lower(), match[4]
    closes = bool(match[2]) or (name.startswith("end") and name[3:] in _BOX_SHORTCODES)
    name = name.removeprefix("end") if closes and not match[2] else name
    if name in _BOX_SHORTCODES:
        values = attributes(rest)
        if closes:
            return _Mark("close", "short" + name)
        kind = next(
            (v for v in (*values.values(), *_quoted_words(rest), name) if v.lower() in ADMONITIONS), _CALLOUT_DEFAULT
        )
        return _Mark("open", "short" + name, indent, kind.lower(), values.get("title", ""))
    if closes:
        return _Mark("say")
    if name in _TAB_SHORTCODES:
        values = attributes(rest)
        label = values.get("title") or values.get("name") or values.get("header") or next(iter(_quoted_words(rest)), "")
        return _Mark("say", indent=indent, text=_label(label) if label else "")
    return _Mark("say", text=_inline(line).strip())


def _read_tag(line: str) -> _Mark | None:
    match = _BOX_TAG.match(line)
    if match and not match[4].endswith("/"):
        if match[2]:
            return _Mark("close", "tag" + match[3])
        values = attributes(match[4])
        kind = next((v for v in (match[3], values.get("type", "")) if v.lower() in ADMONITIONS), _CALLOUT_DEFAULT)
        return _Mark("open", "tag" + match[3], match[1], kind.lower(), values.get("title", ""))
    match = _TAB_TAG.match(line)
    if match is None:
        return None
    values = attributes(match[2])
    label = values.get("label") or values.get("title")
    return _Mark("say", indent=match[1], text=_label(label)) if label else None


def _label(text: str) -> str:
    """Return the name of a tab as a bold line: in HTML, because it may stand right below an HTML tag."""
    text = _VARIABLE.sub(r"\1", text).replace("*", "").replace("`", "").replace("<", "&lt;")
    return f"<strong>{text}</strong><br>"


def _quoted_words(text: str) -> list[str]:
    return [m[1] or m[2] or "" for m in _FIRST_QUOTED.finditer(text)]


def _inline(line: str) -> str:
    """Return ``line`` with shortcodes and the like replaced outside code spans."""
    if _HEADING.match(line):
        line = _KRAMDOWN_ID.sub(r"{\1}", line)
    parts: list[str] = []
    end = 0
    for span in _CODE_SPAN.finditer(line):
        parts.append(_replace(line[end : span.start()]))
        parts.append(span[0])
        end = span.end()
    parts.append(_replace(line[end:]))
    return "".join(parts)


def _replace(text: str) -> str:
    text = _LEARN_IMAGE.sub(_image, text)
    text = _LEARN_WORD.sub(r"\1", _LEARN_INCLUDE.sub("", text))
    text = _SHORTCODE.sub(_shortcode_text, text)
    text = _LIQUID.sub(_liquid_text, text)
    text = _VARIABLE.sub(r"\1", text)
    text = _JSX_COMMENT.sub("", text)
    return text if _HEADING.match(text) else _ATTRIBUTE_LIST.sub("", text)


def _image(match: re.Match[str]) -> str:
    values = attributes(match[1])
    return f"![{values.get('alt-text', '')}]({values.get('source', '')})"


def _shortcode_text(match: re.Match[str]) -> str:
    name, rest = match[2].lower(), match[3]
    values = attributes(rest)
    if name in {"ref", "relref"}:
        is_target = match.string[match.start() - 1 : match.start()] == "("
        return next(iter(_quoted_words(rest)), "") if is_target else ""
    if name in _IMAGE_SHORTCODES:
        return f"![{values.get('alt') or values.get('caption') or values.get('title', '')}]({values.get('src', '')})"
    return values.get("text") or values.get("label") or values.get("title") or ""


def _liquid_text(match: re.Match[str]) -> str:
    values = attributes(match[2])
    if match[1] == "include" and values.get("content"):
        return values["content"]
    if match[1] == "data":
        return match[2].strip().rsplit(".", 1)[-1].removeprefix("prodname_").replace("_", " ")
    return ""


def _pair(lines: Sequence[str], marks: dict[int, _Mark]) -> dict[int, int]:
    """Return for every opening line the index of the last line of its box."""
    closing: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for index, mark in marks.items():
        if mark.action == "open" and mark.dedent:
            closing[index] = _end_of_indented(lines, index, mark)
        elif mark.action == "open":
            waiting.setdefault(mark.family, []).append(index)
        elif mark.action == "close" and waiting.get(mark.family):
            closing[waiting[mark.family].pop()] = index
    blanks = [index for index, line in enumerate(lines) if not line.strip()] + [len(lines)]
    for index in (index for rest in waiting.values() for index in rest):
        closing[index] = blanks[bisect_right(blanks, index)] - 1
    return closing


def _end_of_indented(lines: Sequence[str], start: int, mark: _Mark) -> int:
    needed = len(mark.indent.expandtabs(4)) + mark.dedent
    last = start
    for index in range(start + 1, len(lines)):
        body = lines[index].lstrip(" \t")
        if not body.strip():
            continue
        if len(lines[index][: len(lines[index]) - len(body)].expandtabs(4)) < needed:
            break
        last = index
    return last
