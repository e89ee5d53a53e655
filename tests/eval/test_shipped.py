"""The whole measuring line over the articles that ship with the project, with the real model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from eval import run
from eval.ablations import without
from eval.bench.naive_server import make_app
from eval.calibrate import collect
from eval.corpus import Corpus, open_corpus
from eval.datasets import SHIPPED_ARTICLES, Question, load_set, locate, shipped_sets
from eval.fuzz import files_of, fuzz
from eval.retrieval import Legs, rank, response
from eval.run import evaluate
from eval.scoring import judge
from eval.service import ask_all, open_service
from eval.systems import no_progress

LEGS: tuple[Legs, ...] = ("ranked", "bm25", "vectors")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def questions() -> tuple[Question, ...]:
    return tuple(question for name in shipped_sets() for question in load_set(name).questions)


def test_every_shipped_question_still_fits_the_articles(
    shipped_corpus: Corpus, questions: tuple[Question, ...]
) -> None:
    assert {q.lang for q in questions} >= {"en", "zh"}
    assert any(not q.answerable for q in questions)
    assert len({q.id for q in questions}) == len(questions)
    for question in questions:
        for gold in locate(question, shipped_corpus.texts):
            assert question.level == "article" or gold.passages, question.id


def test_quotes_hold_whatever_is_asked(shipped_corpus: Corpus, questions: tuple[Question, ...]) -> None:
    titles = [article.title for article in shipped_corpus.snapshot.articles.values()]  # sure to be answered
    texts = [question.text for question in questions] + titles
    with open_service(shipped_corpus) as service:
        counts, broken = fuzz(service.ask, files_of(shipped_corpus, SHIPPED_ARTICLES), texts, 150, seed=7)
    assert broken == []
    assert counts["questions"] == 150
    assert counts["answered"] > 15
    assert counts["quotes"] > 150


def test_the_service_beats_guessing_by_far(shipped_corpus: Corpus, questions: tuple[Question, ...]) -> None:
    answerable = [q for q in questions if q.answerable][::4]
    judged = [
        judge(question, locate(question, shipped_corpus.texts), given)
        for question, given in zip(answerable, ask_all(shipped_corpus, answerable, no_progress), strict=True)
    ]
    assert sum(j.article_rank == 1 for j in judged) / len(judged) > 0.4


def test_evaluate_returns_one_document_with_every_system(small_corpus: Corpus, tmp_path: Path) -> None:
    gold = {"article": "en/billing/refunds"}
    asked = {"How do I return an order?": [gold], "When is a refund paid?": [gold], "Do you deliver to the moon?": []}
    rows = [
        {"id": question, "lang": "en", "question": question, "answerable": bool(found), "gold": found, "kind": "own"}
        for question, found in asked.items()
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    steps: list[str] = []
    articles = small_corpus.data.parent / "articles"
    result = evaluate(folder=tmp_path, articles=articles, progress=lambda step, done, of: steps.append(step))
    measured = result["sets"][tmp_path.name]
    assert measured["passages"] == len(small_corpus.snapshot.passages)
    assert list(measured["systems"]) == ["bm25", "minilm", "rrf", "ranking", "kb"]
    assert measured["systems"]["kb"]["n"] == 3
    assert 0 <= measured["systems"]["kb"]["ece"] <= 1
    assert set(measured["differences"]) == {"bm25", "minilm", "rrf"}
    assert "ask the service" in steps
    json.dumps(result)


def test_a_users_own_folder_can_be_measured(shipped_corpus: Corpus, tmp_path: Path) -> None:
    row = {"id": "1", "lang": "en", "question": "reset password", "answerable": False, "gold": [], "kind": "absent"}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row), "utf-8")
    result = evaluate(folder=tmp_path, articles=SHIPPED_ARTICLES, systems=("bm25",))
    assert result["sets"][tmp_path.name]["systems"]["bm25"]["n_answerable"] == 0


def test_the_command_prints_a_table_and_writes_a_file(
    shipped_corpus: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written: list[dict[str, Any]] = []
    monkeypatch.setattr(run, "write_result", lambda result: written.append(result) or tmp_path / "x.json")
    run.main(["--sets", shipped_sets()[0], "--limit", "4", "--systems", "bm25", "--split", "test"])
    assert "rank-bm25" not in capsys.readouterr().out.partition("bm25")[0]
    assert written[0]["split"] == "test"


def test_an_index_is_reused_and_its_vectors_survive_other_parsers(
    shipped_corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = shipped_corpus.data / "parsers.sha256"
    stamp.write_text("made by other code")
    steps: list[str] = []
    again = open_corpus(SHIPPED_ARTICLES, shipped_sets()[0], lambda step, done, of: steps.append(f"{step} {of}"))
    assert again.snapshot.revision == shipped_corpus.snapshot.revision
    assert stamp.read_text() != "made by other code"
    assert not any(": embed" in step for step in steps)


def test_legs_and_fields_can_be_switched_off(small_corpus: Corpus, questions: tuple[Question, ...]) -> None:
    some = [q for q in questions if q.lang == "en"][:5]
    fused, lexical, semantic = (rank(small_corpus, some, no_progress, legs=legs) for legs in LEGS)
    assert all(hit.vector == 0 for found in lexical for hit in found.hits)
    assert all(found.vector_weight == 1 for found in semantic)
    assert any(0 < found.vector_weight < 1 for found in fused)
    assert response(semantic[0]).places
    bare = without(small_corpus, "neither", no_progress)
    assert bare.snapshot.vectors.shape == small_corpus.snapshot.vectors.shape
    assert bare.snapshot.counts.counts.sum() < small_corpus.snapshot.counts.counts.sum()
    untitled = len(small_corpus.snapshot.wordings.article) - len(small_corpus.snapshot.articles)
    assert len(bare.snapshot.wordings.article) == untitled


def test_examples_for_calibration_come_from_both_models(shipped_corpus: Corpus) -> None:
    examples = collect(shipped_sets()[0], "all", 24, no_progress)
    assert {example.right for example in examples} == {True, False}
    assert all(0 <= example.features["coverage"] <= 1 for example in examples)


def test_the_naive_server_answers(small_corpus: Corpus) -> None:
    client = TestClient(make_app(small_corpus.snapshot))
    assert client.get("/readyz").json() == {"ready": True}
    citations = client.post("/v1/ask", json={"question": "How do I return an order?"}).json()["citations"]
    assert len(citations) == 4
    first = citations[0]
    assert small_corpus.texts[first["article_id"]][first["start"] : first["end"]] == first["quote"]
