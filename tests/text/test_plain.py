"""What a reader sees of each construct that real help centres use."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.text.dialects import to_github
from kb.text.markdown import outline, to_plain
from kb.text.slices import is_unmarked
from kb.types import BlockKind


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("**bold** _it_ ~~no~~ `x < y` &lt;b&gt;", "bold it no x < y <b>"),
        ("[text](u.md 'title') <https://a.b> ![alt](i.png)", "text https://a.b alt"),
        ("Click ![Save button](s.png) **Save** now", "Click Save now"),
        ("Click ![Save button](s.png) now", "Click Save button now"),
        ("one\ntwo  \nthree", "one two\nthree"),
        ("第一行\n第二行", "第一行第二行"),
        ("1. a\n2. b\n   - c\n\n     d", "1. a\n2. b\n  - c\n    d"),
        ("3) x\n4) y", "3. x\n4. y"),
        ("- [ ] do\n- [x] done", "- [ ] do\n- [x] done"),
        ("| A | B |\n|---|:-:|\n| 1<br>2 | `x\\|y` |\n| | z |", "A | B\n1 2 | x|y\n | z"),
        ("> [!NOTE]\n> Mind *this*.", "Note: Mind this."),
        ("> [!tip] 小技巧在这里。", "提示：小技巧在这里。"),
        ("> [!WARNING]\n>\n> - a", "Warning:\n- a"),
        ('> [!div class="checklist"]\n> * one', "- one"),
        (":::caution 小心烫\n热\n:::", "小心烫\n热"),
        ("::: info\nA\n:::\nB", "Note: A\nB"),
        ("!!! note\n    first\n\n    - x\n\nafter", "Note: first\n- x\nafter"),
        ('??? tip "Try"\n    me', "Try\nme"),
        ('=== "Linux"\n\n    apt\n\n=== "Mac"\n\n    brew', "Linux\napt\nMac\nbrew"),
        ("# [Portal](#tab/portal)\n\nclick\n\n# [CLI](#tab/cli)\n\ntype\n\n---", "Portal\nclick\nCLI\ntype"),
        ('{{< tabs >}}\n{{< tab "A" >}}\nx\n{{< /tab >}}\n{{< /tabs >}}', "A\nx"),
        ('{{% alert title="Heads up" color="warning" %}}\nhot\n{{% /alert %}}', "Heads up\nhot"),
        ('{% hint style="danger" %}\nhot\n{% endhint %}', "Caution: hot"),
        ('<Tabs>\n<TabItem value="m" label="macOS">\n\nbrew\n\n</TabItem>\n</Tabs>', "macOS\nbrew"),
        ("<Warning>\n\nhot\n\n</Warning>", "Warning:\nhot"),
        ("<details>\n<summary>More</summary>\n\ninside\n\n</details>", "More\ninside"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2<br/>3</td></tr></table>", "A | B\n1 | 2 3"),
        ('<p style="display: none">tags</p>\n\nseen', "seen"),
        ("<script>x()</script>\n\nseen<!-- not me -->", "seen"),
        ("run <cluster-name> and <br/>press <kbd>X</kbd>", "run <cluster-name> and\npress X"),
        ('see{{< ref "a.md" >}} [b]({{< relref "c.md" >}})', "see b"),
        ("[!INCLUDE [azure](x.md)] stays `{{< ref >}}`", "stays {{< ref >}}"),
        ("{{{ .starter }}} and {{user}}", "starter and {{user}}"),
        ("a[^1] b\n\n[^1]: the *note*", "a b\nthe note"),
        ("loose[^9] [text][ref] **open", "loose text open"),
        ("**注意：**请先备份", "注意：请先备份"),
        ('[guide](x.md){:target="_blank"} {.big}', "guide"),
        (':::image type="content" source="a.png" alt-text="A shot":::', "A shot"),
        ("import Tabs from '@theme/Tabs';\n\nHi {/* no */}", "Hi"),
        ("```sh\n:::note\n# not a heading\n```", ":::note\n# not a heading"),
    ],
)
def test_constructs_read_as_their_reader_sees_them(source: str, plain: str) -> None:
    assert "\n".join(block.plain for block in outline(source).blocks) == plain
    assert to_plain(source) == plain


@pytest.mark.parametrize(
    ("piece", "plain"),
    [
        ("   - nested item\n     more", "- nested item more"),
        ("| cell | `a\\|b` |", "cell | a|b"),
        ("| a |  | c |\n| d | e | f |", "a |  | c\nd | e | f"),
        ("7. Step seven.", "7. Step seven."),
        ("and **half of a sentence", "and half of a sentence"),
        ("        deep text", "deep text"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_slices_cut_from_their_block_read_well(piece: str, plain: str) -> None:
    assert to_plain(piece) == plain


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="ab 退款。:-+=#>!?.1)/\t\u3000\xa0\ufeff'\"(", max_size=30),
        st.sampled_from(["import x from 'y'", "export const a", "!!! note", "??? x", "1. a", "- a", "::: x", "a  "]),
    )
)
@settings(deadline=None)
def test_a_line_that_is_not_parsed_reads_as_if_it_were(text: str) -> None:
    assert not is_unmarked(f"{text}\n")  # so that the right side below is parsed
    assert to_plain(text) == to_plain(f"{text}\n")


def test_code_cut_from_its_fence_is_kept_as_it_is() -> None:
    assert to_plain("# comment\n  *x*  \n", BlockKind.CODE) == "# comment\n  *x*"
    assert to_plain("```py\n# comment\n```", BlockKind.CODE) == "# comment"


def test_a_dialect_keeps_the_number_of_lines_and_leaves_plain_markdown_alone() -> None:
    lines = ["Text", "", "```", ":::note", "```", "- a"]
    assert to_github(lines) == lines
    boxed = [":::note", "::: tip", "x", ":::", "", "y", ":::", "z"]
    assert to_github(boxed) == ["> [!NOTE]", "> > [!TIP]", "> > x", "> >", ">", "> y", ">", "z"]


def test_a_box_that_is_never_closed_ends_at_the_blank_line() -> None:
    assert [heading.text for heading in outline(":::note\nopen\n\n## Still a heading").headings] == ["Still a heading"]


def test_the_span_of_a_box_covers_its_closing_line() -> None:
    text = "before\n\n:::note\ninside\n:::\n\nafter"
    box = outline(text).blocks[1]
    assert (text[slice(*box.span)], box.kind) == (":::note\ninside\n:::", BlockKind.QUOTE)
