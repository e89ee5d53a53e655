"""Pieces of an answer on a page: which element each is, and that nothing of the answer is lost or changed."""

from __future__ import annotations

import re

import pytest

from api.pages.pieces import with_pieces


def mark(n: int) -> str:
    return f'<sup class="citation"><a href="#source-{n}">{n}</a></sup>'


def pieces(html: str) -> tuple[str, dict[int, int]]:
    made, first = with_pieces(html, lambda n: f"Source {n}")
    bare = re.sub(r' aria-label="Source \d+"', "", made)
    bare = re.sub(r'<(div|span) class="piece" id="piece-\d+" data-n="[\d ]+">', "", bare)
    assert re.sub(r"<[^>]*>", "", bare) == re.sub(r"<[^>]*>", "", html)
    return made, first


def test_blocks_up_to_a_mark_are_one_piece() -> None:
    made, first = pieces(
        f"<p>To reset:</p>\n<ol>\n<li>Press &amp; hold.</li>\n<li>Wait. {mark(1)}</li>\n</ol>\n\n"
        f"<p>Then &#39;go&#39;. {mark(2)}</p>\n"
    )
    assert made.startswith('<div class="piece" id="piece-1" data-n="1"><p>To reset:</p>\n<ol>')
    assert made.count('class="piece"') == 2
    assert '<div class="piece" id="piece-2" data-n="2"><p>Then &#39;go&#39;.' in made
    assert 'href="#source-2" aria-label="Source 2">2</a>' in made
    assert first == {1: 1, 2: 2}


def test_a_table_keeps_the_mark_below_it_and_all_its_numbers() -> None:
    made, first = pieces(f"<table><tbody><tr><td>Visa</td></tr></tbody></table>\n<p>{mark(1)}{mark(2)}</p>")
    assert 'data-n="1 2"><table>' in made
    assert first == {1: 1, 2: 1}


def test_sentences_of_one_paragraph_and_items_of_one_list_are_pieces_of_their_own() -> None:
    made, first = pieces(
        f"<p>One <b>bold</b>. {mark(2)} Two. {mark(1)}{mark(3)}</p><ul><li>Three {mark(2)}</li><li>Four {mark(4)}</li></ul>"
    )
    assert '<p><span class="piece" id="piece-1" data-n="2">One <b>bold</b>.' in made
    assert '<span class="piece" id="piece-2" data-n="1 3"> Two.' in made
    assert '<li class="piece" id="piece-3" data-n="2">Three' in made
    assert first == {2: 1, 1: 2, 3: 2, 4: 4}


@pytest.mark.parametrize(
    "html",
    [
        "",
        '<p>No mark at all, a <br> and <img src="/x.png" alt="a &gt; b"></p>',
        f"<p>Marked {mark(1)} and a rest without.</p>",
        f'<ul><li class="task">☐ a {mark(1)}</li><li>b</li></ul><p>rest</p>',
        f"<blockquote><p>x {mark(1)}</p><p>y {mark(2)}</p></blockquote>",
        f"<ul><li>a<ul><li>b {mark(1)}</li><li>c {mark(2)}</li></ul></li></ul>",
    ],
)
def test_everything_that_was_there_stays(html: str) -> None:
    made, first = pieces(html)
    assert len(first) == html.count("#source-")
    for tag in ("<p>", "<li", "<img", "<br>", "<ul>", "<blockquote>"):
        assert made.count(tag) == html.count(tag)
