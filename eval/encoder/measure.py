"""How well texts of two languages find each other: the encoder alone, without words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.datasets import Question, load_set
from kb.types import FloatArray

Embed = Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True, slots=True)
class Recall:
    """Share of questions whose passage is the nearest, and among the five nearest, of ``passages``."""

    first: float
    among_five: float
    questions: int
    passages: int


def recall(questions: Sequence[Question], embed_questions: Embed, embed_passages: Embed) -> Recall:
    """Nearest gold passage for each answerable question; all gold passages of the questions are the candidates."""
    asked = [question for question in questions if question.answerable and question.gold[0].passage]
    passages = sorted({question.gold[0].passage for question in asked})
    similarity = embed_questions([question.text for question in asked]) @ embed_passages(passages).T
    gold = np.array([passages.index(question.gold[0].passage) for question in asked])
    rank = (similarity > similarity[np.arange(len(asked)), gold][:, None]).sum(axis=1)
    return Recall(float((rank == 0).mean()), float((rank < 5).mean()), len(asked), len(passages))


def measure(embed: Embed) -> dict[str, Recall]:
    """Recall on the paragraph sets, in each direction; ``embed`` takes text of either language. Needs the shared sets."""
    zh, en = load_set("xquad-zh").questions, load_set("xquad-en").questions
    files = {
        "zh-zh": [q for q in zh if q.file == "questions"],
        "en-zh": [q for q in zh if q.file == "questions-xling"],
        "zh-en": [q for q in en if q.file == "questions-xling"],
        "cmrc": [q for q in load_set("cmrc2018-zh").questions if q.file == "questions"],
    }
    return {name: recall(questions, embed, embed) for name, questions in files.items()}
