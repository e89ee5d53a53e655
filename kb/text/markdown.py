"""Markdown articles: where their headings and blocks stand in the file, their readable text, their HTML.

The only module that knows the Markdown parser (markdown-it-py, CommonMark with tables, strikethrough and footnotes).
The parser reports lines; here they become exact code point spans of the text that was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from kb.text.dialects import to_github
from kb.text.emphasis import chinese_friendly
from kb.text.headings import HeadingReader
from kb.text.html import decorate, sanitise
from kb.text.html_text import collapse, html_to_text
from kb.text.lines import LINE_END, LineTable
from kb.text.plain import Token, plain_blocks, plain_inline
from kb.text.slices import is_unmarked, slice_lines
from kb.text.slugs import github_slug
from kb.types import BlockKind, Heading, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["Link", "Outline", "SourceBlock", "block_parts", "github_slug", "links", "outline", "to_html", "to_plain"]

_KINDS = {
    "paragraph_open": BlockKind.PARAGRAPH,
    "footnote_reference_open": BlockKind.PARAGRAPH,
    "bullet_list_open": BlockKind.LIST,
    "ordered_list_open": BlockKind.PROCEDURE,
    "list_item_open": BlockKind.LIST,
    "table_open": BlockKind.TABLE,
    "thead_open": BlockKind.TABLE,
    "tr_open": BlockKind.TABLE,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "blockquote_open": BlockKind.QUOTE,
    "html_block": BlockKind.HTML,
    "heading_open": BlockKind.PARAGRAPH,
}


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """One block of an article: ``text[span.start:span.end]`` is its source, whole lines without the last line end.

    ``lines``: 1-based, inclusive. ``plain``: readable text; never empty in an outline. ``heading``: index into
    ``Outline.headings`` of the heading it stands under, -1 before the first. ``number``: first number of a procedure.
    ``items``: how many items a list has.
    """

    kind: BlockKind
    span: Span
    lines: tuple[int, int]
    plain: str
    heading: int = -1
    number: int = 0
    items: int = 0
    tokens: Sequence[Any] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Outline:
    """Headings and blocks of a text, each in source order; spans never overlap."""

    headings: tuple[Heading, ...]
    blocks: tuple[SourceBlock, ...]
    lines: LineTable = field(repr=False)


@lru_cache(maxsize=2)  # reading an article and cutting it into passages follow each other
def outline(text: str, start: int = 0) -> Outline:
    """Return headings and blocks of ``text[start:]`` with spans and line numbers in ``text``.

    ``start`` is where the Markdown begins (behind front matter); a byte order mark there is skipped. Headings inside
    lists, quotes and boxes are text, not structure. Blocks without readable text (comments, rules) are left out.
    """
    if text.startswith("\ufeff", start):
        start += 1
    table = LineTable(text, start)
    tokens = _parse(to_github(table.source()))
    headings = HeadingReader(table)
    blocks: list[SourceBlock] = []
    for group in _top_level(tokens):
        if headings.take(group):
            continue
        block = _block(group, table, len(headings.found) - 1)
        if block is not None:
            headings.forget_anchor()
            blocks.append(block)
    return Outline(tuple(headings.found), tuple(blocks), table)


def block_parts(block: SourceBlock, lines: LineTable) -> tuple[SourceBlock, ...]:
    """Return the pieces between which an oversized block may be cut, in source order; ``()`` when it has none.

    Lists: items. An item: its blocks. Tables: the head, then rows. Quotes: their blocks. Code and HTML: lines.
    """
    if not block.tokens:
        return ()
    if block.kind in {BlockKind.CODE, BlockKind.HTML}:
        return _line_parts(block, lines)
    opening = block.tokens[0]
    wanted = {"thead_open", "tr_open"} if opening.type == "table_open" else None
    level = opening.level + 1
    parts: list[SourceBlock] = []
    index = 1
    while index < len(block.tokens):
        token = block.tokens[index]
        if wanted and token.type == "tbody_open":
            level = token.level + 1
        if token.map is None or token.level != level or (wanted and token.type not in wanted):
            index += 1
            continue
        group = _group(block.tokens, index)
        number = block.number + len(parts) if opening.type == "ordered_list_open" else None
        part = _block(group, lines, block.heading, _part_kind(block, token), number)
        if part is not None:
            parts.append(part)
        index += len(group)
    # Lines that the parser counts to two blocks (inside footnotes) leave no place to cut.
    ends = [block.span.start, *(part.span.end for part in parts)]
    in_order = all(end <= part.span.start for end, part in zip(ends, parts, strict=False))
    return tuple(parts) if in_order and (len(parts) > 1 or (parts and parts[0].span != block.span)) else ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link or image: its target as written, its readable text, the 1-based line its block begins on or near."""

    target: str
    text: str
    line: int
    is_image: bool


def links(text: str, start: int = 0) -> tuple[Link, ...]:
    """Return the Markdown links and images of ``text[start:]`` in source order; raw HTML is not searched."""
    table = LineTable(text, start)
    found: list[Link] = []
    for token in _parse(to_github(table.source())):
        if token.type == "inline" and token.map is not None:
            found.extend(_inline_links(token, table, token.map[0]))
    return tuple(found)


def to_plain(markdown: str, kind: BlockKind | None = None) -> str:
    """Return the readable text of a slice of an article: a sentence, item, row, block or passage. Never raises.

    Deterministic. ``kind``: what the slice was in its article, when known; code that was cut out of its fence is then
    kept as it is. A slice of table rows without their head gives one line per row, cells joined by `` | ``.
    """
    if kind is BlockKind.CODE and not markdown.lstrip().startswith(("```", "~~~")):
        return "\n".join(line.rstrip() for line in LINE_END.split(markdown)).strip("\n")
    if is_unmarked(markdown) or not markdown.strip():
        return collapse(markdown)
    return plain_blocks(_parse(slice_lines(markdown)))


def to_html(
    markdown: str,
    *,
    resolve_link: Callable[[str], str] | None = None,
    anchors: bool = True,
    title: str | None = None,
) -> str:
    """Return ``markdown`` as sanitised HTML: an article's body, or with ``anchors=False`` a slice that was cut out of one.

    Heading ids are the anchors of ``outline`` for the same text; a slice gets no ids at all. ``resolve_link``
    gets every link target and image source as its author wrote it. ``title``: a first heading of level 1 that says the
    same is left out. Scripts, styles, event handlers, frames, forms and unusual URL schemes never survive.
    """
    parser = _parser(footnotes_last=True)
    env: dict[str, Any] = {}
    lines = to_github(LINE_END.split(markdown.removeprefix("\ufeff"))) if anchors else slice_lines(markdown)
    tokens = parser.parse("\n".join(lines), env)
    headings = HeadingReader(LineTable(markdown, 0))
    anchor_of: dict[int, str] = {}
    for group in _top_level(cast("list[Token]", tokens)):
        if headings.take(group):
            anchor_of[id(group[0])] = headings.found[-1].anchor
        elif group[0].type != "hr" and _block_text(group):
            headings.forget_anchor()
    decorate(tokens, anchor_of, title)
    rendered = parser.renderer.render(tokens, parser.options, env)
    return sanitise(rendered, frozenset(anchor_of.values()), resolve_link, anchors=anchors)


@cache
def _parser(*, footnotes_last: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import emphasis
    from mdit_py_plugins.footnote import footnote_plugin
    from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin, inline=False)
    parser.inline.ruler.at("emphasis", chinese_friendly(emphasis.tokenize))
    # Targets are shown and resolved as written; escaping is the renderer's, safety the sanitiser's.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    if footnotes_last:
        return parser.use(gfm_autolink_plugin)
    return parser.disable("footnote_tail")


def _parse(lines: Sequence[str]) -> list[Token]:
    return cast("list[Token]", _parser(footnotes_last=False).parse("\n".join(lines)))


def _inline_links(inline: Token, table: LineTable, line: int) -> Iterator[Link]:
    children = inline.children or ()
    for index, child in enumerate(children):
        if child.type in {"softbreak", "hardbreak"}:
            line += 1
        elif child.type == "image":
            target, text = str(child.attrs.get("src", "")), plain_inline(child.children)
            yield Link(target, text, table.number(line), is_image=True)
        elif child.type == "link_open":
            rest = children[index + 1 :]
            end = next((i for i, token in enumerate(rest) if token.type == "link_close"), len(rest))
            yield Link(str(child.attrs.get("href", "")), plain_inline(rest[:end]), table.number(line), is_image=False)


def _top_level(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    groups: list[Sequence[Token]] = []
    index = 0
    while index < len(tokens):
        group = _group(tokens, index)
        groups.append(group)
        index += len(group)
    return groups


def _group(tokens: Sequence[Token], start: int) -> Sequence[Token]:
    """Return the tokens of the block that opens at ``start``, its closing token included."""
    if tokens[start].nesting != 1:
        return tokens[start : start + 1]
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return tokens[start : index + 1]
    return tokens[start:]


def _block(
    group: Sequence[Token],
    lines: LineTable,
    heading: int,
    kind: BlockKind | None = None,
    item_number: int | None = None,
) -> SourceBlock | None:
    opening = group[0]
    if opening.map is None or opening.type not in _KINDS:
        return None
    first, last = lines.trim(*opening.map)
    plain = plain_blocks(group, item_number)
    if first >= last or not plain.strip():
        return None
    kind = kind or _KINDS[opening.type]
    span = lines.span(first, last)
    if kind is BlockKind.PARAGRAPH:
        source = lines.text[span.start : span.end]
        span = Span(span.end - len(source.lstrip()), span.start + len(source.rstrip()))
    items = sum(token.type == "list_item_open" and token.level == opening.level + 1 for token in group)
    number = int(opening.attrs.get("start", 1)) if opening.type == "ordered_list_open" else 0
    return SourceBlock(kind, span, (lines.number(first), lines.number(last - 1)), plain, heading, number, items, group)


def _block_text(group: Sequence[Token]) -> str:
    return plain_blocks(group) if group[0].type in _KINDS else ""


def _part_kind(block: SourceBlock, token: Token) -> BlockKind | None:
    """Kind of a part: items of a list and rows of a table are what their block is."""
    return block.kind if token.type in {"list_item_open", "tr_open", "thead_open"} else None


def _line_parts(block: SourceBlock, lines: LineTable) -> tuple[SourceBlock, ...]:
    first_line = block.lines[0]
    parts: list[SourceBlock] = []
    offset = block.span.start
    for match in LINE_END.finditer(lines.text, block.span.start, block.span.end):
        parts.extend(_line_part(block, lines.text, offset, match.start(), first_line))
        offset = match.end()
        first_line += 1
    parts.extend(_line_part(block, lines.text, offset, block.span.end, first_line))
    return tuple(parts) if len(parts) > 1 else ()


def _line_part(block: SourceBlock, text: str, start: int, end: int, line: int) -> list[SourceBlock]:
    source = text[start:end]
    is_fence = source.lstrip().startswith(("```", "~~~"))
    plain = html_to_text(source) if block.kind is BlockKind.HTML else ("" if is_fence else source.rstrip())
    if not source.strip():
        return []
    return [SourceBlock(block.kind, Span(start, end), (line, line), plain, block.heading)]
