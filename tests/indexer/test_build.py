"""Building: only what changed is done again, a broken article keeps its last good version, nothing is ever half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from indexer.build import BuildReport, build
from indexer.embedding_cache import EmbeddingCache
from kb.errors import InvalidInputError, KbError, StorageError
from kb.index.storage import load_snapshot
from tests.conftest import ENCODER, Site

Index = Callable[[Path, Path], BuildReport]


def _edit(site: Site, name: str, old: str, new: str) -> None:
    file = site.articles / name
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_nothing_is_done_again_when_nothing_changed(site: Site, index_into: Index) -> None:
    before = index_into(site.articles, site.data).revision
    report = index_into(site.articles, site.data)
    assert (report.changed, report.embedded, report.reread, report.revision) == (False, 0, 0, before)


def test_one_edited_sentence_embeds_one_passage(site: Site, index_into: Index) -> None:
    _edit(site, "en/devices/router.md", "Hold the reset button", "Press the reset button")
    report = index_into(site.articles, site.data)
    assert (report.changed, report.embedded, report.reread) == (True, 1, 1)


def test_an_incremental_index_is_the_one_a_fresh_build_gives(site: Site, index_into: Index, tmp_path: Path) -> None:
    _edit(site, "en/devices/router.md", "Hold the reset button", "Press the reset button")
    (site.articles / "zh/devices/two-step.md").unlink()
    (site.articles / "en/new.md").write_text("---\ntitle: New\n---\n\nBrand new words here.\n", "utf-8")
    index_into(site.articles, site.data)
    index_into(site.articles, tmp_path / "fresh")
    old, fresh = load_snapshot(site.data), load_snapshot(tmp_path / "fresh")
    assert list(old.articles) == list(fresh.articles)
    assert [p.id for p in old.passages] == [p.id for p in fresh.passages]
    assert old.counts.vocabulary == fresh.counts.vocabulary
    np.testing.assert_array_equal(old.counts.counts, fresh.counts.counts)
    np.testing.assert_array_equal(old.counts.columns, fresh.counts.columns)
    np.testing.assert_allclose(old.vectors, fresh.vectors, atol=2e-3)


def test_a_deleted_article_is_gone_from_the_next_index(site: Site, index_into: Index) -> None:
    (site.articles / "en/billing/invoices.md").unlink()
    index_into(site.articles, site.data)
    snapshot = load_snapshot(site.data)
    assert "en/billing/invoices" not in snapshot.articles
    assert all(p.article_id != "en/billing/invoices" for p in snapshot.passages)


@pytest.mark.parametrize(
    "broken",
    [
        b"---\ntitle: [unclosed\n---\ntext\n",
        b"---\ntitle: ok\nvalid_from: someday\n---\ntext\n",
        b"\xff\xfe\x00bad",
        b"no title",
    ],
)
def test_a_broken_article_keeps_its_last_good_version_until_it_is_repaired(
    site: Site, index_into: Index, broken: bytes
) -> None:
    file = site.articles / "en/billing/refunds.md"
    good = file.read_bytes()
    file.write_bytes(broken)
    report = index_into(site.articles, site.data)
    assert report.needs_attention
    assert [p.path for p in report.problems if p.fatal] == ["en/billing/refunds.md"]
    kept = load_snapshot(site.data).articles["en/billing/refunds"]
    assert kept.text == good.decode()
    assert index_into(site.articles, site.data).needs_attention, "it is reported as long as it is broken"
    file.write_bytes(good)
    assert not index_into(site.articles, site.data).needs_attention


def test_an_article_that_was_never_good_is_left_out_and_the_rest_indexed(site: Site, index_into: Index) -> None:
    (site.articles / "en/bad.md").write_bytes(b"---\ntitle: {\n---\n")
    report = index_into(site.articles, site.data)
    assert report.needs_attention
    assert [(p.path, p.line > 0) for p in report.problems if p.fatal] == [("en/bad.md", True)]
    assert "en/bad" not in load_snapshot(site.data).articles
    assert report.articles == 6


def test_a_change_of_owners_reaches_unchanged_articles(site: Site, index_into: Index) -> None:
    (site.articles / "owners.yaml").write_text("default: somebody\n", "utf-8")
    report = index_into(site.articles, site.data)
    articles = load_snapshot(site.data).articles
    assert articles["en/devices/router"].owner == "somebody"
    assert articles["en/billing/refunds"].owner == "billing-docs"
    assert report.embedded == 0


def test_a_draft_is_withdrawn_not_kept(site: Site, index_into: Index) -> None:
    _edit(site, "en/devices/router.md", "category: devices", "category: devices\ndraft: true")
    report = index_into(site.articles, site.data)
    assert not report.needs_attention
    assert "en/devices/router" not in load_snapshot(site.data).articles


def test_an_empty_folder_gives_an_empty_index(tmp_path: Path, index_into: Index) -> None:
    (tmp_path / "articles").mkdir()
    report = index_into(tmp_path / "articles", tmp_path / "data")
    assert (report.articles, report.passages) == (0, 0)
    assert len(load_snapshot(tmp_path / "data").passages) == 0


def test_a_folder_that_lost_all_its_articles_does_not_empty_the_index(site: Site, index_into: Index) -> None:
    for file in site.articles.rglob("*.md"):
        file.unlink()
    with pytest.raises(InvalidInputError, match="holds no articles"):
        index_into(site.articles, site.data)
    assert len(load_snapshot(site.data).articles) == 6


def test_a_data_folder_that_is_a_file_is_a_clear_error(site: Site, index_into: Index, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StorageError, match="writable folder"):
        build(site.articles, tmp_path / "file", encoder=ENCODER)


def test_a_missing_folder_is_a_clear_error(tmp_path: Path, index_into: Index) -> None:
    with pytest.raises(KbError, match="nowhere"):
        index_into(tmp_path / "nowhere", tmp_path / "data")


def test_killed_at_any_moment_the_old_index_stands_and_the_next_build_succeeds(site: Site, index_into: Index) -> None:
    before = load_snapshot(site.data).revision
    _edit(site, "en/devices/router.md", "Hold the reset button", "Press the reset button")
    code = (
        "from pathlib import Path; from indexer.build import build; print('ready', flush=True);"
        f"build(Path({str(site.articles)!r}), Path({str(site.data)!r}), encoder={ENCODER!r}, light=True)"
    )
    for delay in (0.0, 0.05, 0.2, 0.4):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert load_snapshot(site.data).passages
    assert before in {entry.name for entry in (site.data / "index").iterdir()}
    index_into(site.articles, site.data)
    assert "Press the reset button" in load_snapshot(site.data).articles["en/devices/router"].text
    assert not list((site.data / "index").glob(".building.*"))


def test_the_cache_forgets_a_record_that_was_cut_off(tmp_path: Path) -> None:
    keys = [bytes([i]) * 32 for i in range(3)]
    cache = EmbeddingCache(tmp_path / "c.f32", 4)
    cache.add(keys, np.arange(12, dtype=np.float32).reshape(3, 4))
    with (tmp_path / "c.f32").open("r+b") as stream:
        stream.truncate(2 * 48 + 10)
    reopened = EmbeddingCache(tmp_path / "c.f32", 4)
    assert set(reopened.get(keys)) == set(keys[:2])
    reopened.add(keys[2:], np.ones((1, 4), dtype=np.float32))
    assert EmbeddingCache(tmp_path / "c.f32", 4).get(keys)[keys[2]].tolist() == [1, 1, 1, 1]


def test_the_cache_does_not_grow_with_history(tmp_path: Path) -> None:
    file = tmp_path / "c.f32"
    keys = [i.to_bytes(32, "big") for i in range(1000)]
    EmbeddingCache(file, 4).add(keys, np.ones((1000, 4), dtype=np.float32))
    cache = EmbeddingCache(file, 4)
    cache.trim(keys[:10])
    assert file.stat().st_size == 10 * 48
    assert len(EmbeddingCache(file, 4).get(keys)) == 10
