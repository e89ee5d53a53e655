"""A machine-written first version is marked, is left out of an index, and ends no front matter early."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Scripted

from indexer.frontmatter import read_article
from indexer.sources import scan
from kb.errors import GeneratorError
from kb.generator.drafting import MAX_CHARACTERS, Material, write_draft

MATERIAL = Material("en", "title: Refund time\n", ("How long does it take?",), ("Refunds take 5 days.",))


def test_a_machine_written_draft_stays_out_of_the_index_until_a_person_takes_the_mark_away(tmp_path: Path) -> None:
    text = write_draft(Scripted("## How long?\n\nFive days."), MATERIAL)
    (tmp_path / "new.md").write_text(text, encoding="utf-8")
    (source,) = scan(tmp_path).files
    assert read_article(source).article is None
    (tmp_path / "new.md").write_text(text.replace("draft: true\n", ""), encoding="utf-8")
    (source,) = scan(tmp_path).files
    article = read_article(source).article
    assert article is not None
    assert article.title == "Refund time"
    assert article.extra["machine_written"] is True


@pytest.mark.parametrize(
    "written", ["```markdown\n## A\n\nB.\n```", "---\ntitle: Mine\ndraft: false\n---\n## A\n\nB.", "\n\n## A\n\nB.\n"]
)
def test_fences_and_front_matter_of_the_model_are_taken_off(written: str) -> None:
    assert write_draft(Scripted(written), MATERIAL).endswith("machine_written: true\n---\n## A\n\nB.\n")


@pytest.mark.parametrize(
    ("written", "kind"), [("", "empty"), ("``` \n```", "empty"), ("x" * (MAX_CHARACTERS + 1), "too_long")]
)
def test_nothing_usable_is_a_named_failure(written: str, kind: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        write_draft(Scripted(written, size=4000), MATERIAL)
    assert caught.value.kind == kind
