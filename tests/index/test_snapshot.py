"""Snapshots: whole or not at all, checked when opened, swapped under readers."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.errors import EncoderError, IndexCorruptError, IndexMismatchError, IndexMissingError
from kb.index.lexical import count_terms
from kb.index.live import LiveIndex
from kb.index.revisions import current_revision, index_folder, publish
from kb.index.sequences import UNKNOWN, write_sequences
from kb.index.snapshot import Identity, Snapshot, Wordings
from kb.index.storage import load_snapshot, write_snapshot
from kb.types import Article, Block, BlockKind, Passage, Problem, Span

_IDENTITY = Identity("tok-1", "weights", "parser-1", "model", "abc", 4)


def _write(data: Path, text: str = "# Title\n\nBody text.\n", identity: Identity = _IDENTITY) -> str:
    body = Span(9, 19)
    article = Article(
        id="en/a", path="en/a.md", title="Title", lang="en", text=text, body_start=0, content_hash="sha256:0"
    )
    passage = Passage(
        "en/a#.0", "en/a", ("Title",), "", body, (3, 3), text[9:19], text[9:19], (Block(BlockKind.PARAGRAPH, body),)
    )
    vectors = np.zeros((1, 4), dtype=np.float32)
    vectors[0, 0] = 1.0
    return write_snapshot(
        data,
        identity=identity,
        articles_dir=data / "articles",
        articles={"en/a": article},
        passages=[passage],
        problems=[Problem("en/b.md", 2, "bad_yaml", "broken", True)],
        counts=count_terms([{"bodi": 1, "text": 1}]),
        vectors=vectors,
        wordings=Wordings(vectors, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.bool_)),
        passage_texts=write_sequences([[[], ["bodi", "text"]]], {"bodi": 0, "text": 1}),
        article_texts=write_sequences([[["titl"], []]], {"bodi": 0, "text": 1}),
    )


def test_what_was_written_is_what_is_loaded(tmp_path: Path) -> None:
    publish(tmp_path, revision := _write(tmp_path))
    snapshot = load_snapshot(tmp_path, tokenizer="tok-1")
    assert snapshot.revision == revision
    assert snapshot.articles["en/a"].title == "Title"
    assert snapshot.passages[0].text == "Body text."
    assert snapshot.passages[0].blocks == (Block(BlockKind.PARAGRAPH, Span(9, 19)),)
    assert snapshot.problems == (Problem("en/b.md", 2, "bad_yaml", "broken", True),)
    assert snapshot.lexical.scores(["text"])[0] > 0
    assert snapshot.passage_texts.texts_of(0) == [[], [0, 1]]
    assert snapshot.article_texts.texts_of(0) == [[UNKNOWN], []]
    assert snapshot.rows_of_article == {"en/a": range(1)}


def test_nothing_is_published_by_writing(tmp_path: Path) -> None:
    _write(tmp_path)
    with pytest.raises(IndexMissingError, match="kb index"):
        load_snapshot(tmp_path)


def test_equal_content_has_an_equal_name(tmp_path: Path) -> None:
    assert _write(tmp_path) == _write(tmp_path)
    assert _write(tmp_path, "# Title\n\nOther text\n") != _write(tmp_path)


@pytest.mark.parametrize(
    "name", ["articles.json", "passages.json", "terms.json", "counts.npz", "vectors.npy", "wordings.npz", "texts.npz"]
)
@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_file_is_refused_with_the_repair(tmp_path: Path, name: str, damage: str) -> None:
    publish(tmp_path, revision := _write(tmp_path))
    file = index_folder(tmp_path) / revision / name
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(IndexCorruptError, match="kb index"):
        load_snapshot(tmp_path)


def test_another_format_tokenizer_or_model_is_refused_with_the_repair(tmp_path: Path) -> None:
    publish(tmp_path, revision := _write(tmp_path))
    with pytest.raises(IndexMismatchError, match="kb index"):
        load_snapshot(tmp_path, tokenizer="tok-2")
    with pytest.raises(IndexMismatchError, match="KB_ENCODER=model"):
        load_snapshot(tmp_path, encoder="another")
    manifest = index_folder(tmp_path) / revision / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 99}))
    with pytest.raises(IndexMismatchError, match="format 99"):
        load_snapshot(tmp_path)


def test_old_revisions_and_abandoned_builds_are_cleared_away(tmp_path: Path) -> None:
    for i in range(5):
        publish(tmp_path, _write(tmp_path, f"# Title\n\nBody tex{i}.\n"))
    (index_folder(tmp_path) / ".building.999999999").mkdir()
    publish(tmp_path, last := _write(tmp_path))
    left = {entry.name for entry in index_folder(tmp_path).iterdir()}
    assert last in left
    assert len([name for name in left if name.startswith("r-")]) == 2
    assert not [name for name in left if name.startswith(".building")]


def test_readers_see_whole_revisions_while_others_are_published(tmp_path: Path) -> None:
    publish(tmp_path, _write(tmp_path))
    stop, torn, loads = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            snapshot = load_snapshot(tmp_path)
            loads.append(snapshot.revision)
            if snapshot.passages[0].text != snapshot.articles["en/a"].text[9:19]:
                torn.append(snapshot.revision)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(60):
        publish(tmp_path, _write(tmp_path, f"# Title\n\nBody te{i:02d}.\n"))
    stop.set()
    for thread in threads:
        thread.join()
    assert loads
    assert torn == []


def test_a_live_index_follows_the_pointer_and_a_holder_keeps_what_it_has(tmp_path: Path) -> None:
    publish(tmp_path, first := _write(tmp_path))
    changed = threading.Event()
    live = LiveIndex(tmp_path, on_change=lambda snapshot: changed.set())
    held = live.current()
    live.follow()
    try:
        publish(tmp_path, second := _write(tmp_path, "# Title\n\nNew text..\n"))
        assert changed.wait(10)
        assert (held.revision, live.current().revision) == (first, second)
        assert held.passages[0].text == "Body text."
    finally:
        live.close()


def test_a_live_index_goes_on_with_the_old_when_the_new_cannot_be_loaded(tmp_path: Path) -> None:
    publish(tmp_path, first := _write(tmp_path))
    live = LiveIndex(tmp_path)
    live.current()
    publish(tmp_path, second := _write(tmp_path, "# Title\n\nNew text..\n"))
    (index_folder(tmp_path) / second / "vectors.npy").unlink()
    assert live.refresh().revision == first
    assert isinstance(live.failure, IndexCorruptError)


def test_a_live_index_moves_to_another_model_once_that_model_is_open(tmp_path: Path) -> None:
    publish(tmp_path, first := _write(tmp_path))
    missing = [True]

    def open_model(snapshot: Snapshot) -> None:
        if missing:
            raise EncoderError(f"{snapshot.identity.model_name} is not there.", "")

    live = LiveIndex(tmp_path, encoder="model", before_switch=open_model)
    assert live.current().revision == first  # the first one is opened by whoever asks
    publish(
        tmp_path, second := _write(tmp_path, identity=replace(_IDENTITY, model_name="other", model_fingerprint="def"))
    )
    assert live.refresh().revision == first
    assert isinstance(live.failure, EncoderError)
    missing.clear()
    assert (live.refresh().revision, live.failure) == (second, None)
    with pytest.raises(IndexMismatchError):
        LiveIndex(tmp_path, encoder="model").current()


def test_a_live_index_starts_to_work_once_there_is_an_index(tmp_path: Path) -> None:
    live = LiveIndex(tmp_path)
    with pytest.raises(IndexMissingError):
        live.current()
    publish(tmp_path, revision := _write(tmp_path))
    assert live.current().revision == revision
    assert current_revision(tmp_path) == revision
