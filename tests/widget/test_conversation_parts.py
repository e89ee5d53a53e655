"""Parts of the widget's conversation on their own: in node where no page is needed, in Chromium where HTML is read."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).resolve().parent
WIDGET = HERE.parents[1] / "api" / "widget"
ESBUILD = WIDGET / "node_modules" / ".bin" / "esbuild"
CHROMIUM = Path("/usr/bin/chromium")
PURE = "export * from './stream'; export * from './quotes'; export * from './links';" + (
    "export { readable } from './sources'; export * from './transcript';"
)
HTML = "export { safeHtml } from './safe-html'; export { wrapPieces } from './quotes';"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not ESBUILD.exists(), reason="node or the packages are missing: run make widget"
)


def bundled(source: str, target: Path, *options: str) -> Path:
    """One file out of the modules that ``source`` exports."""
    command = [str(ESBUILD), "--bundle", f"--outfile={target}", "--log-level=error", "--loader:.css=text", *options]
    subprocess.run(command, cwd=WIDGET / "src", input=source, text=True, check=True, timeout=120)
    return target


def test_in_node(tmp_path: Path) -> None:
    parts = bundled(PURE, tmp_path / "parts.mjs", "--format=esm")
    done = subprocess.run(
        ["node", "--test", str(HERE / "conversation_parts.test.mjs")],
        env={**os.environ, "PARTS": parts.as_uri()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that has the modules as ``parts`` and a ``context`` for them."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt install chromium")
    from playwright.sync_api import sync_playwright

    script = bundled(HTML, tmp_path_factory.mktemp("parts") / "parts.js", "--format=iife", "--global-name=parts")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--headless", "--no-sandbox"])
        opened = browser.new_page()
        opened.route("https://help.example/", lambda route: route.fulfill(body="", content_type="text/html"))
        opened.goto("https://help.example/")
        opened.add_script_tag(path=str(script))
        opened.evaluate(
            "window.context = {server: 'https://help.example'}; window.kbAsk = {bridge: {}};"
            " window.T = new Proxy({}, {get: (_, key) => key})"
        )
        yield opened
        browser.close()


browser = pytest.mark.browser


def shown(page: Page, html: str) -> str:
    """What becomes of ``html``, as markup. Nothing in it may run, not even while it is read."""
    page.evaluate("window.ran = 0")
    found: str = page.evaluate(
        """(html) => { const box = document.createElement('div');
            box.append(parts.safeHtml(context, html)); document.body.replaceChildren(box); return box.innerHTML; }""",
        html,
    )
    page.wait_for_timeout(20)
    assert page.evaluate("window.ran") == 0
    return found


@browser
@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>A <strong>b</strong> <em>c</em></p>", "<p>A <strong>b</strong> <em>c</em></p>"),
        ("<p onclick='ran=1' class=x id=y style='color:red'>A</p>", "<p>A</p>"),
        ("<script>window.ran=1</script><p>A</p>", "<p>A</p>"),
        ("<img src=x onerror='window.ran=1' alt='A gear'>", "<span>A gear</span>"),
        ("<svg onload='window.ran=1'><a href='javascript:ran=1'>A</a></svg>", "<span>A</span>"),
        ("<iframe srcdoc='<script>parent.ran=1</script>'></iframe><style>*{color:red}</style>", ""),
        ("<a href='javascript:window.ran=1'>A</a>", "<span>A</span>"),
        ("<a href=' data:text/html,x'>A</a><a>B</a>", "<span>A</span><span>B</span>"),
        ("<a href='/articles/a.html' target=_top>A</a>", '<a href="https://help.example/articles/a.html">A</a>'),
        (
            "<a href='https://other.example/'>A</a>",
            '<a href="https://other.example/" target="_blank" rel="noopener" title="new_tab">A</a>',
        ),
        ("<ol start='3'><li>A</li></ol>", '<ol start="3"><li>A</li></ol>'),
        ("<td>x</td><table><tr><td colspan='2 onclick=1'>A</td></tr></table>", None),
        ("<p>A <sup class='citation'><a href='#source-1'>1</a></sup></p>", "<p>A </p>"),
        ("<p><sup class='citation'><a href='#source-1'>1</a></sup></p>", ""),
        ("<h2>A</h2><form action=/x><input name=q>B</form>", "<h3>A</h3>B"),
        ("<noscript><p title='</noscript><img src=x onerror=ran=1>'>A</p></noscript>", None),
        ("<math><mtext><table><mglyph><style><img src=x onerror=ran=1>", None),
        ("<!-- <p>A</p> --><custom-element>B</custom-element>", "B"),
    ],
)
def test_html_is_made_anew_from_what_is_known(page: Page, html: str, expected: str | None) -> None:
    found = shown(page, html)
    if expected is not None:
        assert found == expected
    assert "onerror" not in found
    assert "onclick" not in found
    assert "<style" not in found


def pieces(page: Page, html: str, text: str, citations: list[dict[str, object]]) -> str:
    """The markup with its pieces; the number of each stands at its end in brackets."""
    found: str = page.evaluate(
        """([html, text, citations]) => { const box = document.createElement('div');
            box.append(parts.safeHtml(context, html));
            parts.wrapPieces(box, text, citations, (names) => [`[${names}]`]);
            return box.innerHTML.replace(/ part="piece"| tabindex="-1"/g, ''); }""",
        [html, text, citations],
    )
    return found


def cited(n: int, *spans: tuple[int, int]) -> dict[str, object]:
    return {"n": n, "answer_spans": [{"start": start, "end": end} for start, end in spans]}


@browser
def test_pieces_are_wrapped_through_markup(page: Page) -> None:
    found = pieces(page, "<p>😀 It <b>is so</b>. And more.</p>", "😀 It is so. And more.", [cited(1, (0, 11))])
    assert found == (
        '<p><span data-n="1">😀 It</span> <b><span data-n="1">is so</span></b><span data-n="1">.[1]</span> And more.</p>'
    )


@browser
def test_a_piece_of_two_citations_names_both(page: Page) -> None:
    found = pieces(page, "<p>One two.</p>", "One two.", [cited(1, (0, 8)), cited(2, (4, 8))])
    assert found == '<p><span data-n="1">One[1]</span> <span data-n="1 2">two.[1 2]</span></p>'


@browser
def test_cells_and_items_have_a_span_each(page: Page) -> None:
    html = (
        "<p>See:</p>\n<table>\n<tr><th>A</th> <th>B</th></tr>\n<tr><td>1</td><td>2</td></tr></table><ol><li>x</li></ol>"
    )
    text = "See:\nA | B\n1 | 2\n\n1. x"
    found = pieces(page, html, text, [cited(1, (0, 16)), cited(2, (18, 22))])
    assert '<th><span data-n="1">A</span></th>' in found
    assert '<td><span data-n="1">2[1]</span></td>' in found
    assert '<li><span data-n="2">x[2]</span></li>' in found
    assert "[1][1]" not in found


@browser
def test_text_that_nothing_supports_stays_plain(page: Page) -> None:
    assert pieces(page, "<p>A b.</p>", "A b.", []) == "<p>A b.</p>"
    assert pieces(page, "<p>Other words</p>", "退款", [cited(1, (0, 2))]) == "<p>Other words</p>"
