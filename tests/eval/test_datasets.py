"""Reading question sets, splitting them by article, and finding gold text in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.datasets import (
    Gold,
    Question,
    available_sets,
    data_root,
    load_folder,
    load_set,
    locate,
    sample,
    select,
    split_of,
)
from kb.errors import InvalidInputError, NotFoundError
from kb.types import Span

ROW: dict[str, Any] = {
    "id": "q1",
    "lang": "en",
    "question": "When?",
    "answerable": True,
    "gold": [{"article": "a/b.md", "passage": "in 1989 or 1990", "answer": "1989"}],
    "answers": ["1989", "1990"],
    "kind": "span",
}


def write_set(folder: Path, rows: list[dict[str, Any]], file: str = "questions.jsonl") -> Path:
    (folder / "articles" / "a").mkdir(parents=True, exist_ok=True)
    (folder / "articles" / "a" / "b.md").write_text("# B\n\nIt was in 1989 or 1990, not 1989.\n", "utf-8")
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def question(id_: str = "q", group: str = "g", gold: tuple[Gold, ...] = ()) -> Question:
    return Question(id_, "s", "questions", "en", "?", bool(gold), gold, (), "span", "passage", group)


def test_a_line_becomes_a_question(tmp_path: Path) -> None:
    loaded = load_folder(write_set(tmp_path / "mine", [ROW]))
    assert loaded.name == "mine"
    assert loaded.articles == tmp_path / "mine" / "articles"
    only = loaded.questions[0]
    assert (only.id, only.set_name, only.file, only.lang) == ("q1", "mine", "questions", "en")
    assert only.gold == (Gold("a/b", "in 1989 or 1990", "1989"),)
    assert only.answers == ("1989", "1990")
    assert (only.level, only.group) == ("passage", "a/b")


def test_all_question_files_are_read_and_keep_their_names(tmp_path: Path) -> None:
    folder = write_set(tmp_path, [ROW])
    write_set(tmp_path, [ROW | {"id": "q1-x", "lang": "zh"}], "questions-xling.jsonl")
    assert [(q.id, q.file) for q in load_folder(folder).questions] == [
        ("q1", "questions"),
        ("q1-x", "questions-xling"),
    ]


def test_gold_without_passage_is_judged_by_article(tmp_path: Path) -> None:
    row = ROW | {"gold": [{"article": "a/b.md", "passage": "", "answer": ""}], "answers": []}
    assert load_folder(write_set(tmp_path, [row])).questions[0].level == "article"


@pytest.mark.parametrize(
    "change",
    [{"gold": []}, {"answerable": False}, {"gold": [{}]}, {"gold": None}],
    ids=["answerable without gold", "gold though unanswerable", "no article", "no list"],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = write_set(tmp_path, [ROW, ROW | change])
    with pytest.raises(InvalidInputError, match=r"questions\.jsonl, line 2"):
        load_folder(folder)


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no questions"):
        load_folder(tmp_path)


def test_an_unknown_set_names_the_known_ones(tmp_path: Path) -> None:
    write_set(tmp_path / "mine", [ROW])
    with pytest.raises(NotFoundError, match="mine"):
        load_set("other", tmp_path)
    assert "mine" in available_sets(tmp_path)
    assert load_set("mine", tmp_path).questions


def test_the_data_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KB_EVAL_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.setenv("KB_EVAL_DATA", "")
    assert data_root() is None


def test_gold_text_is_found_where_it_stands(tmp_path: Path) -> None:
    loaded = load_folder(write_set(tmp_path, [ROW]))
    assert loaded.articles is not None
    text = (loaded.articles / "a" / "b.md").read_text("utf-8")
    (spans,) = locate(loaded.questions[0], {"a/b": text})
    assert [text[s.start : s.end] for s in spans.passages] == ["in 1989 or 1990"]
    # The second "1989" stands outside the gold passage and does not count.
    assert spans.answers == (
        Span(text.index("1989"), text.index("1989") + 4),
        Span(text.index("1990"), text.index("1990") + 4),
    )


def test_gold_that_left_the_articles_is_an_error() -> None:
    gold = (Gold("a", "gone", ""),)
    with pytest.raises(InvalidInputError, match=r"not in a\.md any more"):
        locate(question(gold=gold), {"a": "other text"})
    with pytest.raises(InvalidInputError, match="not among the articles"):
        locate(question(gold=gold), {})


def test_questions_on_one_article_stay_in_one_half(tmp_path: Path) -> None:
    rows = [
        {**ROW, "id": f"{article}-{i}", "gold": [{"article": f"{article}.md", "passage": "", "answer": ""}]}
        for article in map(str, range(40))
        for i in range(3)
    ]
    rows += [{**ROW, "id": f"n{i}", "gold": [], "answerable": False, "near": f"{i}.md"} for i in range(40)]
    questions = load_folder(write_set(tmp_path, rows)).questions
    dev, test = select(questions, "dev"), select(questions, "test")
    assert len(dev) + len(test) == len(questions) == len(select(questions, "all"))
    assert len(dev) > 0 < len(test)
    assert not {q.group for q in dev} & {q.group for q in test}


def test_an_off_topic_question_is_in_the_same_half_in_every_set(tmp_path: Path) -> None:
    rows = [{**ROW, "id": f"{name}:x:clinc:7", "gold": [], "answerable": False} for name in ("one", "two")]
    assert {q.group for q in load_folder(write_set(tmp_path, rows)).questions} == {"clinc:7"}


def test_the_halves_are_about_equal() -> None:
    share = sum(split_of(f"article-{number}") == "dev" for number in range(4000)) / 4000
    assert 0.47 < share < 0.53


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_sample_grows_without_dropping_questions(small: int, more: int) -> None:
    questions = [question(str(i)) for i in range(50)]
    first, second = sample(questions, small), sample(questions, small + more)
    assert set(first) <= set(second)
    assert len(first) == min(small, 50)
    assert [q.id for q in second] == sorted((q.id for q in second), key=int)
    assert sample(questions, None) == tuple(questions)
