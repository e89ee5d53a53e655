"""Rendered Markdown made safe and complete: ids of headings, admonition boxes, links; nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kb.text.headings import CUSTOM_ANCHOR
from kb.text.html_text import drop_hidden, is_placeholder
from kb.text.plain import admonition_label, plain_inline, read_admonition

_ELEMENTS = """
a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5
h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp section small span strike strong sub summary sup
table tbody td tfoot th thead tr u ul var wbr
"""
_TAGS = frozenset(_ELEMENTS.split())
_ATTRIBUTES = {
    "*": {"id", "class", "lang", "dir", "title"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "details": {"open"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_CLASS = re.compile(
    r"language-[\w+#.-]+|admonition(?:-title)?|note|tip|important|warning|caution|task|footnotes?(?:-[a-z]+)?"
)
_FOOTNOTE_LINK = re.compile(r"#fn(?:ref)?\d+(?::\d+)?")
# What is left of anchors whose name their heading took over.
_EMPTY_ANCHOR = re.compile(r'<a rel="noopener noreferrer"></a>')
_EMPTY_PARAGRAPH = re.compile(r"<p>\s*</p>\n?")
_SAFE_ID = re.compile(r"[\w.:-]{1,200}")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_HEADING_TAG = re.compile(r"<h([1-6])\b[^<>]*>", re.IGNORECASE)


def decorate(tokens: list[Any], anchor_of: Mapping[int, str], title: str | None) -> None:
    """Change markdown-it tokens in place: heading ids, admonitions, task marks, placeholders as text.

    ``anchor_of``: anchor by ``id()`` of the token that opens a heading. A first heading like ``title`` is removed.
    """
    if title is not None:
        _drop_title(tokens, title)
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and id(token) in anchor_of:
            token.attrSet("id", anchor_of[id(token)])
            _drop_custom_anchor(tokens[index + 1])
        elif token.type == "html_block" and id(token) in anchor_of:
            tag = f'<h\\1 id="{anchor_of[id(token)]}">'
            token.content = _HEADING_TAG.sub(tag, token.content, count=1)
        elif token.type == "html_block":
            token.content = drop_hidden(token.content)
        elif token.type == "blockquote_open":
            _box(tokens, index)
        elif token.type == "list_item_open":
            _task(tokens, index)
        elif token.type == "inline":
            for child in token.children or ():
                if child.type == "html_inline" and is_placeholder(child.content):
                    child.type = "text"


def sanitise(
    html: str, heading_anchors: frozenset[str], resolve_link: Callable[[str], str] | None, *, anchors: bool
) -> str:
    """Return ``html`` with the tags, attributes, classes and URL schemes of the lists above and nothing else (nh3).

    An id of ``heading_anchors`` stays on headings only, any other id stays where it comes first.
    """
    import nh3

    seen: set[str] = set()

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "class":
            return " ".join(word for word in value.split() if _CLASS.fullmatch(word)) or None
        if attribute in {"id", "name"}:
            is_heading = tag[:1] == "h" and tag[1:].isdigit()
            taken = value in seen or (value in heading_anchors and not is_heading)
            if not anchors or taken or not (value in heading_anchors or _SAFE_ID.fullmatch(value)):
                return None
            seen.add(value)
        elif attribute in {"href", "src"} and resolve_link is not None and not _FOOTNOTE_LINK.fullmatch(value):
            return resolve_link(value)
        return value

    cleaned = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        clean_content_tags={"script", "style", "template", "iframe", "object", "textarea", "noscript"},
    )
    return _EMPTY_PARAGRAPH.sub("", _EMPTY_ANCHOR.sub("", cleaned))


def _drop_title(tokens: list[Any], title: str) -> None:
    first = next((i for i, token in enumerate(tokens) if token.type == "heading_open"), None)
    if first is None or tokens[first].tag != "h1" or tokens[first].level != 0:
        return
    if same_title(plain_inline(tokens[first + 1].children), title):
        del tokens[first : first + 3]


def same_title(heading: str, title: str) -> bool:
    """Say whether a heading repeats the title, ignoring case, white space and an explicit anchor."""
    return " ".join(CUSTOM_ANCHOR.sub("", heading).casefold().split()) == " ".join(title.casefold().split())


def _drop_custom_anchor(inline: Any) -> None:
    for child in reversed(inline.children or []):
        if child.type == "text":
            child.content = CUSTOM_ANCHOR.sub("", child.content)
        return


def _box(tokens: Sequence[Any], index: int) -> None:
    """Turn a block quote that begins with ``[!NOTE]`` into a ``div`` with a title line."""
    inline = tokens[index + 2] if index + 2 < len(tokens) and tokens[index + 1].type == "paragraph_open" else None
    found = read_admonition(inline.content) if inline is not None else None
    if inline is None or found is None:
        return
    close = _closing(tokens, index)
    tokens[index].tag = close.tag = "div"
    tokens[index].attrSet("class", f"admonition {found.kind}")
    text = "".join(
        token.content for token in tokens[index:] if token.type == "inline" and token.level > tokens[index].level
    )
    label = found.title or admonition_label(found.kind, text[:2000]).strip(" :：")
    _strip_marker(inline, found.title)
    marker = type(inline)("html_inline", "", 0)
    marker.content = f'<strong class="admonition-title">{_escape(label)}</strong><br>'
    inline.children.insert(0, marker)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _strip_marker(inline: Any, title: str) -> None:
    """Remove ``[!NOTE] title`` and the line break behind it from the front of a paragraph."""
    children = inline.children
    children[0].content = re.sub(r"^\[![A-Za-z]+\][-+]?[ \t]*", "", children[0].content)
    if title:
        while children and children[0].type not in {"softbreak", "hardbreak"}:
            children.pop(0)
    while children and (children[0].type in {"softbreak", "hardbreak"} or not (children[0].content or children[0].tag)):
        children.pop(0)


def _closing(tokens: Sequence[Any], index: int) -> Any:
    depth = 0
    for token in tokens[index:]:
        depth += token.nesting
        if depth == 0:
            return token
    return tokens[-1]


def _task(tokens: Sequence[Any], index: int) -> None:
    """Show ``[ ]`` and ``[x]`` at the start of an item as ballot boxes."""
    if index + 2 >= len(tokens) or tokens[index + 2].type != "inline" or not tokens[index + 2].children:
        return
    first = tokens[index + 2].children[0]
    match = _TASK.match(first.content) if first.type == "text" else None
    if match:
        first.content = ("☐ " if match[1] == " " else "☑ ") + first.content[match.end() :]
        tokens[index].attrSet("class", "task")
