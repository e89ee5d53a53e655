"""Which tokens are headings of an article, and the anchor each has on its page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.text.html_text import attributes, html_to_text
from kb.text.lines import LineTable
from kb.text.plain import Token, plain_inline
from kb.text.slugs import AnchorCounter, github_slug
from kb.types import Heading

CUSTOM_ANCHOR = re.compile(r"\s*\{#([^\s{}]+)\}\s*$")
_HTML_ANCHOR = re.compile(r"""<a\s[^<>]*?\b(?:id|name)\s*=\s*["']?([^"'\s<>]+)""", re.IGNORECASE)
_ONLY_ANCHORS = re.compile(r"\s*+(?:<a\s[^<>]*>\s*+(?:</a>)?\s*+)+", re.IGNORECASE)
_HTML_HEADING = re.compile(r"\s*<h([1-6])\b([^<>]*)>(.*)</h\1>\s*", re.IGNORECASE | re.DOTALL)
_LONGEST_ANCHOR_LINE = 400
_SIGNS_ONLY = "section"  # anchor of a heading such as "???", which has no slug


class HeadingReader:
    """Collects the headings of a document and gives each the anchor it has on the page."""

    def __init__(self, lines: LineTable) -> None:
        self.found: list[Heading] = []
        self._lines = lines
        self._anchors = AnchorCounter()
        self._waiting = ""

    def take(self, group: Sequence[Token]) -> bool:
        """Record ``group`` when it is a heading with text; say whether it was.

        An anchor that stands alone is remembered for the heading that follows.
        """
        opening = group[0]
        if opening.type == "heading_open":
            inline = group[1]
            custom = CUSTOM_ANCHOR.search(inline.content)
            inner = _HTML_ANCHOR.search(inline.content)
            text = CUSTOM_ANCHOR.sub("", plain_inline(inline.children).replace("\n", " "))
            anchor = custom[1] if custom else inner[1] if inner else ""
            return self._record(int(opening.tag[1]), text, anchor, opening.map)
        if opening.type == "html_block":
            match = _HTML_HEADING.fullmatch(opening.content)
            if match and f"</h{match[1]}>" not in match[3].lower():
                text = html_to_text(match[3]).replace("\n", " ")
                return self._record(int(match[1]), text, attributes(match[2]).get("id", ""), opening.map)
        source = group[1].content if opening.type == "paragraph_open" else opening.content
        if (
            "<a" in source[:_LONGEST_ANCHOR_LINE]
            and len(source) < _LONGEST_ANCHOR_LINE
            and _ONLY_ANCHORS.fullmatch(source)
        ):
            self._waiting = _HTML_ANCHOR.findall(source)[-1] if _HTML_ANCHOR.search(source) else ""
        return False

    def forget_anchor(self) -> None:
        """Text stood between an anchor and the next heading: the anchor is not the heading's."""
        self._waiting = ""

    def _record(self, level: int, text: str, anchor: str, lines: list[int] | None) -> bool:
        if not text or lines is None:
            return False
        first, last = self._lines.trim(*lines)
        anchor = self._anchors.unique(anchor or self._waiting or github_slug(text) or _SIGNS_ONLY)
        self._waiting = ""
        span = self._lines.span(first, max(last, first + 1))
        self.found.append(Heading(level, text, anchor, span, self._lines.number(first)))
        return True
