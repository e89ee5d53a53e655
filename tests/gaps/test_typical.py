"""The wording that stands for a gap."""

from __future__ import annotations

import numpy as np

from kb.gaps.typical import Phrase, typical
from kb.types import FloatArray, Lang


def phrase(question: str, count: int = 1, at: float | None = None, lang: Lang = "en") -> Phrase:
    vector: FloatArray | None = None
    if at is not None:
        vector = np.array([np.cos(np.radians(at)), np.sin(np.radians(at))], dtype=np.float32)
    return Phrase(question, lang, count, tuple(question.split()), vector)


def chosen(*phrases: Phrase) -> str | None:
    found = typical(phrases)
    return None if found is None else found.question


def test_the_middle_one_is_typical_and_counts_weigh() -> None:
    assert chosen(phrase("left", at=0), phrase("middle", at=20), phrase("right", at=40)) == "middle"
    assert chosen(phrase("left", 9, at=0), phrase("middle", at=20), phrase("right", at=40)) == "left"


def test_without_vectors_terms_decide() -> None:
    assert chosen(phrase("late refund"), phrase("refund"), phrase("refund missing"), phrase("bicycle")) == "refund"
    assert chosen(phrase("a b", 3), phrase("c d", 2)) == "a b"


def test_the_language_of_most_questions_names_it() -> None:
    assert chosen(phrase("refund", 2, at=0), phrase("退款", 3, at=0, lang="zh")) == "退款"


def test_equals_are_told_apart_by_count_and_alphabet() -> None:
    assert chosen(phrase("b", at=0), phrase("a", at=0)) == "a"
    assert chosen(phrase("b", 2, at=0), phrase("a", at=0)) == "b"
    assert chosen() is None
