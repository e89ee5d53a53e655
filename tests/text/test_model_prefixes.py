"""Families of models are given the words they were trained to see before questions and passages."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from kb.text.embedding import find_prefixes

ENGLISH = "Represent this sentence for searching relevant passages: "


@pytest.mark.parametrize(
    ("place", "prefixes"),
    [
        ("multilingual-e5-small", ("query: ", "passage: ")),
        ("models--intfloat--e5-base-v2/snapshots/0f1a", ("query: ", "passage: ")),
        ("bge-small-en-v1.5", (ENGLISH, "")),
        ("bge-small-zh-v1.5", ("为这个句子生成表示以用于检索相关文章：", "")),
        ("bge-m3", ("", "")),
        ("mxbai-embed-large-v1", (ENGLISH, "")),
        ("snowflake-arctic-embed-m", (ENGLISH, "")),
        ("snowflake-arctic-embed-l-v2.0", ("query: ", "")),
        ("nomic-embed-text-v1.5", ("search_query: ", "search_document: ")),
        ("all-mpnet-base-v2", ("", "")),
        ("safe5-model", ("", "")),
    ],
)
def test_a_family_is_known_by_its_name(tmp_path: Path, place: str, prefixes: tuple[str, str]) -> None:
    assert find_prefixes(tmp_path / place) == prefixes


def test_a_copy_is_known_by_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(orjson.dumps({"_name_or_path": "intfloat/multilingual-e5-small"}))
    assert find_prefixes(tmp_path) == ("query: ", "passage: ")


def test_the_prompts_of_the_model_itself_come_first(tmp_path: Path) -> None:
    prompts = {"prompts": {"query": "ask: ", "document": "text: "}}
    folder = tmp_path / "e5-tuned"
    folder.mkdir()
    (folder / "config_sentence_transformers.json").write_bytes(orjson.dumps(prompts))
    assert find_prefixes(folder) == ("ask: ", "text: ")
    (folder / "config_sentence_transformers.json").write_bytes(b"[]")
    assert find_prefixes(folder) == ("query: ", "passage: ")
