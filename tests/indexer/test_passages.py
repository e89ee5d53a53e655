"""Passages quote the file exactly, follow its headings, and keep together what belongs together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.frontmatter import read_article
from indexer.passages import PassageLimits, split_passages
from indexer.sources import source_from_bytes
from kb.types import Article, BlockKind, Passage

DEFAULT = PassageLimits()
SMALL = PassageLimits(target=60, maximum=120, lead_in=40, orphan=10)
SENTENCES = "One two three four. " * 20


def make(body: str, title: str = "T") -> Article:
    raw = f"---\ntitle: {title}\n---\n{body}".encode("utf-8", "replace")
    article = read_article(source_from_bytes("en/a.md", raw)).article
    assert article is not None
    return article


def split(body: str, limits: PassageLimits = DEFAULT) -> list[Passage]:
    return list(split_passages(make(body), limits))


_PIECES = [
    *("# T\n", "# Big\n", "## Sec\n", "### Sub\n", "para. ", "退款。", "Steps:\n", "\n", "\n\n", "\r\n", "\t", "😀"),
    *("- a\n", "1. x\n", "2. y\n", "| h |\n|---|\n| c |\n", "```\ncode\n```\n", "> q\n", "<b>h</b>\n", "[^1]: f\n"),
    *(":::note\n", ":::\n", "word " * 30, "句子很长，没有停顿" * 12, "x" * 400),
]
PIECES = st.sampled_from(_PIECES)
BODIES = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200))


@given(BODIES, st.sampled_from([SMALL, PassageLimits(), PassageLimits(target=1, maximum=1)]))
@settings(deadline=None)
def test_every_passage_quotes_the_file(body: str, limits: PassageLimits) -> None:
    article = make(body)
    position = article.body_start
    passages = split_passages(article, limits)
    for passage in passages:
        assert article.text[passage.span.start : passage.span.end] == passage.text
        assert position <= passage.span.start < passage.span.end
        position = passage.span.end
        first, last = passage.lines
        assert first == len(re.findall(r"\r\n?|\n", article.text[: passage.span.start])) + 1
        assert last == first + len(re.findall(r"\r\n?|\n", passage.text))
        inside = passage.span.start
        for block in passage.blocks:
            assert inside <= block.span.start < block.span.end <= passage.span.end
            inside = block.span.end
        assert (passage.blocks[0].span.start, passage.blocks[-1].span.end) == tuple(passage.span)
        assert passage.heading_path[0] == "T"
    assert len({passage.id for passage in passages}) == len(passages)


@given(BODIES)
@settings(deadline=None)
def test_no_heading_of_the_article_is_inside_a_passage(body: str) -> None:
    article = make(body)
    for passage in split_passages(article):
        assert not [h for h in article.headings if passage.span.start <= h.span.start < passage.span.end]


@given(BODIES)
@settings(deadline=None)
def test_only_what_cannot_be_cut_is_above_the_maximum(body: str) -> None:
    for passage in split(body, SMALL):
        # Two pieces of a cut block may not be above target together; a sentence may reach the maximum.
        assert SMALL.width(passage.plain) <= SMALL.maximum * 2


def test_ids_paths_and_anchors_follow_the_headings() -> None:
    passages = split("intro\n\n# T\n\nunder title\n\n## A\n\none\n\n### B\n\ntwo\n\n## A\n\nthree\n\n# Other\n\nfour\n")
    assert [(p.id, p.anchor, p.heading_path) for p in passages] == [
        ("en/a#.0", "", ("T",)),
        ("en/a#.1", "", ("T",)),
        ("en/a#a.0", "a", ("T", "A")),
        ("en/a#b.0", "b", ("T", "A", "B")),
        ("en/a#a-1.0", "a-1", ("T", "A")),
        ("en/a#other.0", "other", ("T", "Other")),
    ]


def test_a_first_heading_other_than_the_title_is_part_of_the_path() -> None:
    (passage,) = split("# Not the title\n\ntext")
    assert (passage.heading_path, passage.anchor) == (("T", "Not the title"), "not-the-title")


def test_skipped_levels_still_make_a_path() -> None:
    passages = split("#### Deep\n\na\n\n## Up\n\nb")
    assert [passage.heading_path for passage in passages] == [("T", "Deep"), ("T", "Up")]


def test_empty_sections_give_nothing() -> None:
    assert split("# T\n\n## A\n\n## B\n\n<!-- nothing -->\n\n---\n") == []


def test_small_neighbours_are_joined_up_to_the_target_and_never_across_headings() -> None:
    first, second, third = "a" * 25, "b" * 30, "c" * 30
    passages = split(f"{first}\n\n{second}\n\n{third}\n\n## X\n\ne\n", SMALL)
    assert [passage.plain for passage in passages] == [f"{first}\n\n{second}", third, "e"]


def test_a_last_piece_too_small_to_stand_alone_joins_the_one_before() -> None:
    (passage,) = split("a" * 58 + "\n\n" + "b" * 9, SMALL)
    assert len(passage.blocks) == 2
    assert len(split("a" * 58 + "\n\n" + "b" * 10, SMALL)) == 2


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ("- a\n- b", BlockKind.LIST),
        ("1. a\n2. b", BlockKind.PROCEDURE),
        ("| a |\n|---|\n| b |", BlockKind.TABLE),
        ("```\nlook here\n```", BlockKind.CODE),
    ],
)
def test_what_introduces_a_list_table_or_code_stays_with_it(block: str, kind: BlockKind) -> None:
    before = "word " * 11
    passages = split(f"{before}\n\nDo this:\n\n{block}\n", SMALL)
    assert [[(b.kind, b.lead_in) for b in p.blocks] for p in passages] == [
        [(BlockKind.PARAGRAPH, False)],
        [(BlockKind.PARAGRAPH, True), (kind, False)],
    ]


def test_a_short_paragraph_introduces_without_a_colon_and_a_long_one_does_not() -> None:
    short, long = split("Do this now\n\n- " + "x" * 50, SMALL), split("w" * 50 + "\n\n- " + "x" * 50, SMALL)
    assert [len(passage.blocks) for passage in short] == [2]
    assert [len(passage.blocks) for passage in long] == [1, 1]


def test_a_quote_between_paragraph_and_list_is_no_lead_in() -> None:
    (passage,) = split("Do:\n\n> q\n\n- x")
    assert [block.lead_in for block in passage.blocks] == [False, False, False]


def test_steps_that_are_interrupted_stay_together() -> None:
    body = "1. open the box\n2. take it out\n\n```\nlook here\n```\n\nthen do\n\n3. plug it in and wait\n"
    assert len(split(body, PassageLimits(target=20, maximum=200))) == 1
    assert len(split(body.replace("3.", "1."), PassageLimits(target=20, maximum=200))) > 1


def test_a_whole_list_above_the_target_stays_whole() -> None:
    body = "\n".join(f"- item number {n}" for n in range(7))
    (passage,) = split(body, SMALL)
    assert SMALL.target < SMALL.width(passage.plain) <= SMALL.maximum


def test_a_giant_list_is_cut_between_items_and_its_lead_in_stays_with_the_first_part() -> None:
    body = "Steps:\n\n" + "\n".join(f"{n}. item number {n}" for n in range(1, 31))
    passages = split(body, SMALL)
    assert [block.lead_in for block in passages[0].blocks] == [True, False]
    assert all([block.lead_in for block in passage.blocks] == [False] for passage in passages[1:])
    lines = [line for passage in passages for line in passage.plain.splitlines() if line.strip()]
    assert lines == ["Steps:"] + [f"{n}. item number {n}" for n in range(1, 31)]


def test_a_giant_table_is_cut_between_rows() -> None:
    rows = [f"| key {n} | some value {n} |" for n in range(30)]
    passages = split("| k | v |\n|---|---|\n" + "\n".join(rows), SMALL)
    assert len(passages) > 5
    assert "\n".join(passage.text for passage in passages).splitlines()[2:] == rows
    assert {block.kind for passage in passages for block in passage.blocks} == {BlockKind.TABLE}


def test_a_giant_item_is_cut_between_its_own_blocks() -> None:
    body = "- " + "\n\n  ".join(f"paragraph {n} of the one item" for n in range(12))
    passages = split(body, SMALL)
    assert len(passages) > 3
    assert all(block.kind is BlockKind.LIST for passage in passages for block in passage.blocks)


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    passages = split(SENTENCES, SMALL)
    assert len(passages) > 3
    assert all(passage.text.endswith("four.") for passage in passages)
    assert " ".join(passage.text for passage in passages) == SENTENCES.strip()


def test_one_line_of_a_million_signs_is_cut_anyway() -> None:
    passages = split("x" * 1_000_000)
    assert "".join(passage.text for passage in passages) == "x" * 1_000_000
    assert max(len(passage.text) for passage in passages) <= PassageLimits().maximum


def test_a_chinese_sign_is_wider_than_a_letter() -> None:
    assert PassageLimits().width("退款ab") == 7
    assert len(split("退款多久到账。" * 10, SMALL)) > len(split("refund." * 10, SMALL))


def test_rules_and_definitions_between_blocks_do_not_cut_a_passage() -> None:
    (passage,) = split("one [x][r]\n\n---\n\n[r]: /u\n\ntwo")
    assert passage.text == "one [x][r]\n\n---\n\n[r]: /u\n\ntwo"
    assert passage.plain == "one x\n\ntwo"
