"""Learning a translation table: a tiny language is learned, twice the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval.encoder.pairs import Pair
from eval.translation.alignment import AlignmentParameters, align
from eval.translation.parallel import ParallelTexts, chinese_side, english_side, read_texts
from eval.translation.table import TableLimits, choose, write_table
from kb.text.dictionary import Dictionary

_PAIRS = (
    ("Reset the password", "重置密码"),
    ("Change the password", "更改密码"),
    ("Change the address", "更改地址"),
    ("Reset the address", "重置地址"),
    ("Password and address", "密码和地址"),
    ("Cancel the order with Azure", "使用 Azure 取消订单"),
    ("Change the order", "更改订单"),
    ("Cancel Azure", "取消 Azure"),
)


def texts(glosses: dict[str, list[str]] | None = None) -> ParallelTexts:
    return read_texts([Pair(english, chinese, "test", "MIT") for english, chinese in _PAIRS], glosses or {})


def learn(parallel: ParallelTexts, folder: Path) -> Dictionary:
    alignment = align(parallel, AlignmentParameters(iterations=10, lift=0.5), lambda line: None)
    write_table(
        folder,
        choose(parallel, alignment, TableLimits(share=0.2)),
        sources={"test": 8},
        licences={"MIT": 8},
        settings={},
    )
    return Dictionary(folder / "table.npz")


@pytest.mark.parametrize(
    ("word", "term"), [("密码", "password"), ("地址", "address"), ("订单", "order"), ("更改", "chang")]
)
def test_what_stands_together_is_a_translation(tmp_path: Path, word: str, term: str) -> None:
    dictionary = learn(texts(), tmp_path)
    assert dictionary.translations(word, "en")[0][0] == term
    assert dictionary.translations(term, "zh")[0][0] == word


def test_probabilities_of_a_source_word_sum_to_one() -> None:
    alignment = align(texts(), AlignmentParameters(lift=0.5), lambda line: None)
    for side, probability in (
        (alignment.term, alignment.word_given_term),
        (alignment.word, alignment.term_given_word),
    ):
        sums = np.bincount(side, weights=probability)
        assert sums[np.unique(side)] == pytest.approx(1.0)


def test_equal_texts_give_equal_bytes(tmp_path: Path) -> None:
    learn(texts(), tmp_path / "one")
    learn(texts(), tmp_path / "two")
    assert (tmp_path / "one" / "table.npz").read_bytes() == (tmp_path / "two" / "table.npz").read_bytes()
    card = json.loads((tmp_path / "one" / "card.json").read_text("utf-8"))
    assert card["sources"] == {"test": 8}
    assert card["entries"] > 0


def test_a_name_that_both_sides_share_is_not_a_translation() -> None:
    assert "azur" not in texts().terms


def test_a_gloss_teaches_a_word_that_no_sentence_has(tmp_path: Path) -> None:
    dictionary = learn(texts({"发票": ["invoice"], "A股": ["shares"], "怎么": ["how?"]}), tmp_path)
    assert [term for term, _ in dictionary.translations("发票", "en")] == ["invoic"]
    assert "怎么" not in texts({"怎么": ["how"]}).words


def test_each_distinct_pair_counts_once() -> None:
    twice = read_texts([Pair(*_PAIRS[0], "a", "MIT"), Pair(*_PAIRS[0], "b", "MIT")], {})
    assert len(twice.weights) == 1


def test_sides_are_what_is_searched() -> None:
    assert english_side("How do I sign-in? Yes/No E-203") == ["signin", "sign", "yes"]
    assert chinese_side("我怎么重設密碼？") == ["重设", "密码"]
