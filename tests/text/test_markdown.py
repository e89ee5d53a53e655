"""Blocks and headings stand where the file has them; plain text reads; nothing raises."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.text.lines import LineTable
from kb.text.markdown import block_parts, github_slug, links, outline, to_html, to_plain
from kb.types import BlockKind, Span

_MARKUP = r"""
# ,## ,###### Deep,- ,  - ,1. ,7) ,> ,> [!NOTE],```,~~~py,    code,| a | b |,|---|---|,| c |,***,===,<div>,</div>,\
<a id="x"></a>,<!--,-->,<details>,<br>,[a](b.md),![i](p.png),[^1],[^1]: note,[r]: /u,**bold,__,`tick,``,&amp;,&#x41;
:::note,:::,::: tip Hi,!!! warning "W",??? info,=== "Tab",{{< note >}},{{% /note %}},{% raw %},{#id},{: .c}
import x from 'y',# [T](#tab/a),[!INCLUDE [x](y)],:::image source="a" alt-text="b":::,<Tabs>,<TabItem label="A">
<name>,<img alt="q">,- [ ] do,<Note>,</Note>,<p hidden>,</p>
"""
# Pieces that Markdown, its dialects and broken files are made of.
MARKUP = st.sampled_from(_MARKUP.strip().replace("\n", ",").split(","))
WORDS = st.sampled_from(
    [
        "退款",
        "refund.",
        "多久？",
        "😀",
        "𠮷",
        "é",
        "e\u0301",
        "\u200d",
        "\ufeff",
        "a:",
        "注意：",
        "\x00",
        "\x0c",
        "\u2028",
    ]
)
SPACE = st.sampled_from([" ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "  \n", "    "])
DOCUMENTS = st.lists(st.one_of(MARKUP, WORDS, SPACE), max_size=60).map("".join)
ANY_TEXT = st.one_of(DOCUMENTS, st.text(max_size=300))


@given(ANY_TEXT, st.sampled_from(["", "---\ntitle: x\n---\n", "\ufeff", "\r\n"]))
@settings(deadline=None)
def test_blocks_are_whole_lines_in_order_and_never_overlap(body: str, before: str) -> None:
    text = before + body
    found = outline(text, len(before))
    position = len(before)
    for block in found.blocks:
        assert position <= block.span.start < block.span.end <= len(text)
        assert block.plain.strip()
        source = text[block.span.start : block.span.end]
        assert source.strip()
        first, last = block.lines
        ends_before = len(re.findall(r"\r\n?|\n", text[: block.span.start]))
        assert first == ends_before + 1
        assert last == first + len(re.findall(r"\r\n?|\n", source))
        position = block.span.end
    for heading in found.headings:
        assert heading.text
        assert heading.anchor
        assert text[heading.span.start : heading.span.end].strip()
    assert len({heading.anchor for heading in found.headings}) == len(found.headings)


@given(ANY_TEXT)
@settings(deadline=None)
def test_parts_of_a_block_lie_inside_it_in_order(text: str) -> None:
    found = outline(text)
    for block in found.blocks:
        position = block.span.start
        for part in block_parts(block, found.lines):
            assert position <= part.span.start < part.span.end <= block.span.end
            position = part.span.end


@given(ANY_TEXT)
@settings(deadline=None)
def test_every_block_is_under_the_last_heading_before_it(text: str) -> None:
    found = outline(text)
    for block in found.blocks:
        before = [i for i, heading in enumerate(found.headings) if heading.span.start < block.span.start]
        assert block.heading == (before[-1] if before else -1)


@given(ANY_TEXT)
@settings(deadline=None)
def test_plain_text_and_html_are_made_of_anything(text: str) -> None:
    assert to_plain(text) == to_plain(text)
    html = to_html(text, resolve_link=lambda url: f"/r/{url}")
    assert "<script" not in html.lower()
    assert to_plain(text, BlockKind.CODE) is not None


@given(ANY_TEXT)
@settings(deadline=None)
def test_html_has_the_anchor_of_every_heading_once(text: str) -> None:
    ids = re.findall(r'<h[1-6] id="([^"]*)"', to_html(text))
    expected = [heading.anchor.replace("&", "&amp;").replace('"', "&quot;") for heading in outline(text).headings]
    assert [i.replace("\u00a0", "&nbsp;") for i in ids] == [e.replace("\u00a0", "&nbsp;") for e in expected]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_and_spans_hold_for_every_line_end(newline: str) -> None:
    text = newline.join(["# T", "", "第一段 😀", "goes on", "", "- a", "- b", "", "```", "x", "```", ""])
    found = outline(text)
    assert [(b.kind, b.lines) for b in found.blocks] == [
        (BlockKind.PARAGRAPH, (3, 4)),
        (BlockKind.LIST, (6, 7)),
        (BlockKind.CODE, (9, 11)),
    ]
    assert [text[slice(*b.span)].split(newline) for b in found.blocks] == [
        ["第一段 😀", "goes on"],
        ["- a", "- b"],
        ["```", "x", "```"],
    ]
    assert found.headings[0].span == Span(0, 3)


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_signs_that_only_python_takes_for_line_ends_are_none(separator: str) -> None:
    text = f"one{separator}two\n\nthree"
    assert [block.lines for block in outline(text).blocks] == [(1, 1), (3, 3)]


def test_a_byte_order_mark_does_not_hide_the_first_heading() -> None:
    found = outline("\ufeff# Title\n\ntext")
    assert [(h.text, h.line, h.span) for h in found.headings] == [("Title", 1, Span(1, 8))]


@pytest.mark.parametrize(
    ("source", "anchor", "text"),
    [
        ("## Refunds & Returns", "refunds--returns", "Refunds & Returns"),
        ("## 换手机怎么办？", "换手机怎么办", "换手机怎么办？"),
        ("## Über `code` _x_", "über-code-x", "Über code x"),
        ("## Set up {#setup}", "setup", "Set up"),
        ("## Set up {: #setup .big}", "setup", "Set up"),
        ('## <a name="get-it"></a>取得', "get-it", "取得"),
        ('<a id="chk"></a>\n\n## Check', "chk", "Check"),
        ('<h2 id="lib" class="c">Install <em>it</em></h2>', "lib", "Install it"),
        ("Setext\n------", "setext", "Setext"),
        ("## 🚀 Go", "-go", "🚀 Go"),
        ("## ???", "section", "???"),
    ],
)
def test_anchors_are_those_of_the_readers_site(source: str, anchor: str, text: str) -> None:
    (heading,) = outline(source).headings
    assert (heading.anchor, heading.text) == (anchor, text)
    assert f'id="{anchor}"' in to_html(source)
    assert "{#" not in to_html(source)


def test_equal_headings_get_numbers_and_an_anchor_belongs_to_the_heading_right_after_it() -> None:
    found = outline('# A\n# A\n# a-1\n# A\n<a id="lost"></a>\n\ntext\n\n# B')
    assert [heading.anchor for heading in found.headings] == ["a", "a-1", "a-1-1", "a-2", "b"]


def test_github_slug_keeps_marks_and_drops_signs() -> None:
    assert github_slug("  Cafe\u0301_x (2.0)! ") == "cafe\u0301_x-20"


def test_headings_inside_lists_and_quotes_are_text() -> None:
    found = outline("- # not me\n\n> ## nor me\n\n# Me")
    assert [heading.text for heading in found.headings] == ["Me"]
    assert [block.plain for block in found.blocks] == ["- not me", "nor me"]


def test_blocks_without_text_are_left_out() -> None:
    assert outline("<!-- note -->\n\n---\n\n![](x.png)\n\n<div></div>\n\n[r]: /u\n").blocks == ()


def test_parts_of_lists_tables_quotes_and_code() -> None:
    text = "3. a\n4. b\n   - c\n\n| h | i |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n> p\n>\n> q\n\n```\nx\ny\n```\n"
    found = outline(text)
    plains = [[part.plain for part in block_parts(block, found.lines)] for block in found.blocks]
    assert plains == [["3. a", "4. b\n  - c"], ["h | i", "1 | 2", "3 | 4"], ["p", "q"], ["", "x", "y", ""]]
    rows = block_parts(found.blocks[1], found.lines)
    assert [text[slice(*row.span)] for row in rows] == ["| h | i |", "| 1 | 2 |", "| 3 | 4 |"]


def test_links_are_listed_with_their_lines() -> None:
    text = "---\nx\n---\nSee [a *b*](c.md#d)\nand ![alt](退款 图.png) [r]\n\n[r]: /u"
    found = links(text.replace("退款 图.png", "<退款 图.png>"), 10)
    assert [(link.target, link.text, link.line, link.is_image) for link in found] == [
        ("c.md#d", "a b", 4, False),
        ("退款 图.png", "alt", 5, True),
        ("/u", "r", 5, False),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "a" * 1_000_000,
        "退" * 300_000,
        "> " * 3_000 + "deep",
        "".join("  " * depth + "- x\n" for depth in range(400)),
        "```\n" + "never closed\n" * 1_000,
        ":::note\n" * 2_000,
        "!!! note\n\n" * 1_000 + "    x",
        "<div>\n" * 2_000,
        "|" * 5_000,
        "[!INCLUDE " + "[a](b)" * 600,
        ":::" + " " * 3_900 + "x",
        "{{<" * 1_300,
        "<a id=" + "x" * 100_000,
    ],
    ids=lambda source: source[:12],
)
def test_hostile_shapes_are_read_in_seconds(source: str) -> None:
    found = outline(source)
    assert all(block.span.end <= len(source) for block in found.blocks)
    assert isinstance(to_plain(source[:50_000]), str)


def test_the_parser_is_shared_by_threads() -> None:
    sources = [f"# H{i}\n\n- a{i} [x](y{i}.md)\n- b\n\n| c{i} |\n|---|\n| d |\n" for i in range(40)]
    expected = [(to_plain(source), to_html(source)) for source in sources]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda source: (to_plain(source), to_html(source)), sources)) == expected


@given(st.text(alphabet="a\n\r 退", max_size=40), st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_line_table_counts_like_the_parser(text: str, start: int) -> None:
    start = min(start, len(text))
    table = LineTable(text, start)
    assert "\n".join(table.source()) == re.sub(r"\r\n?|\n", "\n", text[start:])
    for offset in range(start, len(text)):
        assert table.number_at(offset) - table.number(0) == len(re.findall(r"\r\n?|\n", text[start : offset + 1])) - (
            1 if re.search(r"(?:\r\n?|\n)\Z", text[start : offset + 1]) else 0
        ) or (text[offset] == "\n" and offset > start and text[offset - 1] == "\r")
