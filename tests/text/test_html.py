"""HTML of articles: safe whatever they hold, and complete."""

from __future__ import annotations

import re

import pytest

from kb.text.markdown import to_html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "<a href='vbscript:x'>x</a>",
        "<iframe src=//evil></iframe>",
        "<style>body{display:none}</style>",
        "<p style='position:fixed'>x</p>",
        "<form action=/x><input name=q><button>go</button></form>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext></p><style><img src=x onerror=alert(1)>",
        "> [!NOTE] <img src=x onerror=alert(1)>\n> y",
        ":::note <img src=x onerror=alert(1)>\ny\n:::",
        '=== "<img src=x onerror=alert(1)>"\n\n    y',
        '## x {#"onclick=alert(1)}',
        '```"><script>alert(1)</script>\nx\n```',
        "<x/onclick=alert(1)>",
        "<object data=x></object><embed src=x><base href=//evil><meta http-equiv=refresh>",
    ],
)
def test_nothing_that_runs_or_styles_survives(attack: str) -> None:
    html = to_html(attack, resolve_link=lambda url: url)
    tags = re.findall(r"<[a-z][^>]*>", html, re.IGNORECASE)
    assert not [
        t for t in tags if re.match(r"<(?:script|style|iframe|form|input|button|svg|object|embed|base|meta)", t)
    ]
    assert not [tag for tag in tags if re.search(r"\son\w+=|\sstyle=|(?:java|vb)script:|data:", tag, re.IGNORECASE)]


def test_ordinary_articles_are_rendered_whole() -> None:
    html = to_html(
        "# Top\n\nA ~~b~~ [c](d.md) ![e](f.png)\n\n- [ ] g\n- [x] h\n\n```c++\ni\n```\n\n| j |\n|---|\n| k |\n\n"
        "l[^1]\n\n[^1]: m\n\n"
        "https://n.example and <kbd>o</kbd> <cluster>"
    )
    for expected in (
        '<h1 id="top">Top</h1>',
        "<s>b</s>",
        '<a href="d.md"',
        'loading="lazy"',
        'alt="e"',
        '<li class="task">☐ g</li>',
        '<li class="task">☑ h</li>',
        '<code class="language-c++">i',
        "<td>k</td>",
        '<li id="fn1" class="footnote-item">',
        '<a href="https://n.example"',
        "<kbd>o</kbd>",
        "&lt;cluster&gt;",
    ):
        assert expected in html


def test_links_and_images_go_through_the_resolver_as_written() -> None:
    asked: list[str] = []

    def resolve(target: str) -> str:
        asked.append(target)
        return "/X"

    html = to_html(
        "[a](退款.md#多久) ![b](<img/图 1.png>) <a href='c.md'>c</a> [d](#e) f[^1]\n\n[^1]: g", resolve_link=resolve
    )
    assert sorted(asked) == sorted(["退款.md#多久", "img/图 1.png", "c.md", "#e"])
    assert html.count('="/X"') == 4
    assert 'href="#fn1"' in html


def test_admonitions_are_boxes_with_a_label_in_the_language_of_the_text() -> None:
    assert re.fullmatch(
        r'<div class="admonition warning">\n<p><strong class="admonition-title">警告</strong><br>小心 <em>烫</em></p>\n</div>\n',
        to_html("> [!WARNING]\n> 小心 *烫*"),
    )
    assert '<div class="admonition tip">\n<p><strong class="admonition-title">My title</strong><br>x' in to_html(
        ":::tip My title\nx\n:::"
    )
    assert to_html("> [!NOTE]\n>\n> - a").count("admonition-title") == 1
    assert "admonition" not in to_html("> plain quote")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**注意：**请先备份", "<strong>注意：</strong>请先备份"),
        ("点击**「保存」**按钮", "点击<strong>「保存」</strong>按钮"),
        ("这是*重要*的", "这是<em>重要</em>的"),
        ("2 ** 3 **", "2 ** 3 **"),
        ("中 ** 文 ** 中", "中 ** 文 ** 中"),
        ("a**b:**c", "a**b:**c"),
    ],
)
def test_strong_chinese_words_need_no_white_space(source: str, html: str) -> None:
    assert to_html(source) == f"<p>{html}</p>\n"


def test_title_is_left_out_only_when_it_repeats() -> None:
    assert to_html("# My  title {#x}\n\nbody", title="my title") == "<p>body</p>\n"
    assert "<h1" in to_html("# Other\n\nbody", title="my title")
    assert "<h2" in to_html("## My title", title="my title")
    assert 'id="a-1"' in to_html("# A\n\n## A", title="A")


def test_ids_are_unique_and_can_be_left_out() -> None:
    source = '<a id="x"></a>\n\n## X\n\n<span id="x">a</span> <span id="y">b</span> <span id="y">c</span>'
    ids = re.findall(r'id="([^"]*)"', to_html(source))
    assert ids == ["x", "y"]
    assert to_html(source).startswith('<h2 id="x">X</h2>')
    assert "id=" not in to_html(source, anchors=False)


def test_rows_without_their_head_become_a_table() -> None:
    assert "<td>a</td>" in to_html("| a | b |\n| c | d |", anchors=False)
