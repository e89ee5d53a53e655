"""Readable text of raw HTML inside Markdown: which tags vanish, which break a line, which are no tags at all."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_TAG_NAME = re.compile(r"</?\s*([A-Za-z][\w.:-]*)")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>{}]+))""")

# Elements of HTML and SVG. Anything else in lower case, such as <cluster-name>, is a placeholder meant to be shown.
_ELEMENTS = """
a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center
cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font
footer form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li
link main map mark menu meta meter nav nobr noscript object ol optgroup option output p param path picture pre
progress q rect rp rt ruby s samp script section select slot small source span strike strong style sub summary sup svg
table tbody td template textarea tfoot th thead time title tr track tt u ul use var video wbr
"""
_BLOCK_ELEMENTS = """
address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer form h1
h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
KNOWN_TAGS = frozenset(_ELEMENTS.split()) | {"nowiki", "ref"}  # the last two: MediaWiki's
_SILENT = frozenset({"script", "style", "template", "head", "svg", "iframe", "object"})
_BREAKING = frozenset(_BLOCK_ELEMENTS.split())
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_HIDDEN = re.compile(r"""\sstyle\s*=\s*["'][^"']*display\s*:\s*none|\shidden(?=[\s>/=])""", re.IGNORECASE)
_HIDDEN_ELEMENT = re.compile(
    r"""<(\w+)\b(?=[^<>]*(?:\sstyle\s*=\s*["'][^"']*display\s*:\s*none|\shidden(?=[\s>/=])))[^<>]*>.*?</\1\s*>""",
    re.IGNORECASE | re.DOTALL,
)
_CELLS = frozenset({"td", "th"})
# Attributes that a reader would see on the page: names of tabs, titles of cards and call-outs.
_LABELS = ("label", "title")
_LABELLED = frozenset({"div", "tab", "tabitem", "tabpanel", "card", "accordion", "step", "expandable", "callout"})


def attributes(tag: str) -> dict[str, str]:
    """Return the attributes written in one tag or shortcode, names in lower case, values as written."""
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(tag)}


def is_placeholder(tag: str) -> bool:
    """Say whether ``<tag>`` is text in angle brackets rather than markup.

    >>> is_placeholder("<cluster-name>"), is_placeholder("<br/>"), is_placeholder("<TabItem label='x'>")
    (True, False, False)
    """
    match = _TAG_NAME.match(tag)
    if match is None:
        return False
    name = match[1]
    if name.lower() in KNOWN_TAGS or name != name.lower():
        return False
    return "=" not in tag


def inline_tag_text(tag: str) -> str:
    """Return what one inline tag contributes to the readable text."""
    if tag.startswith(("<!--", "<?", "<!")):
        return ""
    match = _TAG_NAME.match(tag)
    name = match[1].lower() if match else ""
    if name == "br":
        return "\n"
    if name == "img":
        return attributes(tag).get("alt", "")
    if is_placeholder(tag):
        return tag
    if name in _LABELLED and not tag.startswith("</"):
        return _label(attributes(tag))
    return ""


def html_to_text(source: str) -> str:
    """Return the readable text of an HTML fragment: one line per block or table row, cells joined by `` | ``.

    Unbalanced tags, comments and broken markup are accepted; never raises.
    """
    parser = _TextParser()
    try:
        parser.feed(source)
        parser.close()
    except (AssertionError, ValueError):  # html.parser gives up on some broken declarations
        return collapse(re.sub(r"<[^<>]*>", " ", source))
    return collapse("".join(parser.parts))


def drop_hidden(source: str) -> str:
    """Return an HTML fragment without the elements its author hid from readers (search words, for example)."""
    return _HIDDEN_ELEMENT.sub("", source) if _HIDDEN.search(source) else source


def collapse(text: str) -> str:
    """Return ``text`` with runs of blanks as one space, lines trimmed and empty lines removed."""
    lines = (" ".join(line.split()).removeprefix("| ").removesuffix(" |") for line in text.split("\n"))
    return "\n".join(line for line in lines if line and line != "|")


def _label(values: dict[str, str]) -> str:
    label = next((values[name] for name in _LABELS if values.get(name)), "")
    return f"\n{label}\n" if label else ""


class _TextParser(HTMLParser):
    """Collects the text of a fragment in ``parts``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []  # open elements of one name, the outermost of which is not shown
        self._row_has_cell = False
        self._placeholders: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or f"<{tag}>"
        if self._silent:
            self._silent.extend([tag] if tag == self._silent[0] else [])
        elif tag in _SILENT or (_HIDDEN.search(source) and tag not in _VOID):
            self._silent.append(tag)
        elif tag in _CELLS:
            self.parts.append(" | " if self._row_has_cell else "")
            self._row_has_cell = True
        elif tag in _BREAKING:
            self._break(tag)
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        elif is_placeholder(source):
            self._placeholders.add(tag)
            self.parts.append(source)
        if tag in _LABELLED and not self._silent:
            self.parts.append(_label({name: value or "" for name, value in attrs}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[0]:
                self._silent.pop()
        elif tag == "tr":
            self._row_has_cell = False
            self.parts.append("\n")
        elif tag in _BREAKING:
            self.parts.append(" " if self._row_has_cell else "\n")
        elif tag in self._placeholders:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        self._row_has_cell = self._row_has_cell and tag != "tr"
        self.parts.append(" " if self._row_has_cell else "\n")
        self.parts.append("- " if tag == "li" and not self._row_has_cell else "")
