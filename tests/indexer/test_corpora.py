"""The promises of passages, held on every article of the real corpora."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from indexer.frontmatter import read_article
from indexer.passages import PassageLimits, split_passages
from indexer.sources import scan
from kb.text.markdown import to_html, to_plain
from kb.types import BlockKind

ROOT = Path(__file__).parents[2]
CORPORA = Path(os.environ.get("KB_EVAL_DATA", ROOT.parent / "shared" / "data"))
FOLDERS = [*sorted(CORPORA.glob("*/articles")), ROOT / "articles"]
# What must not be left of markup in readable text that holds no code.
SOUP = re.compile(
    r":::|\{\{[<%]|\{%|\[![A-Za-z]|(?<!\*)\*\*(?!\*)|\|\s*-{3}|\[\^|<(?:div|span|br|p|td|tr|ul|li|a|img|summary)\b|<!--"
)

pytestmark = pytest.mark.corpora


@pytest.mark.skipif(len(FOLDERS) < 2, reason="the evaluation data is not here; set KB_EVAL_DATA to its folder")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_real_articles_are_read_quoted_and_readable(folder: Path) -> None:
    listing = scan(folder)
    assert not [problem for problem in listing.problems if problem.fatal]
    limits = PassageLimits()
    passages = soup = above = 0
    for source in listing.files:
        result = read_article(source)
        article = result.article
        assert article is not None, result.problems
        assert source.raw.decode("utf-8") == article.text
        found = split_passages(article)
        assert found, article.path
        assert len({passage.id for passage in found}) == len(found)
        lines = re.split(r"\r\n?|\n", article.text)
        for passage in found:
            assert article.text[passage.span.start : passage.span.end] == passage.text
            quoted = lines[passage.lines[0] - 1 : passage.lines[1]]
            assert passage.text.split("\n")[0].strip() in quoted[0]
            assert passage.text.rstrip().split("\n")[-1].strip() in quoted[-1]
            has_code = any(block.kind is BlockKind.CODE for block in passage.blocks) or "`" in passage.text
            soup += not has_code and SOUP.search(passage.plain) is not None
            above += limits.width(passage.plain) > limits.maximum
        passages += len(found)
        assert "<script" not in to_html(article.text[article.body_start :])
    assert soup <= passages * 0.001
    assert above <= passages * 0.002


@pytest.mark.skipif(len(FOLDERS) < 2, reason="the evaluation data is not here; set KB_EVAL_DATA to its folder")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_blocks_of_real_passages_read_alike_alone(folder: Path) -> None:
    """A block quoted alone says what it says inside its passage, references to elsewhere aside."""
    same = total = 0
    for source in scan(folder).files[::5]:
        article = read_article(source).article
        assert article is not None
        for passage in split_passages(article):
            for block in passage.blocks:
                alone = to_plain(article.text[block.span.start : block.span.end], block.kind)
                total += 1
                same += re.sub(r"\W+", " ", alone).strip() in re.sub(r"\W+", " ", passage.plain)
    assert same >= total * 0.98
