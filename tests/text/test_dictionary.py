"""The translation table: what a word may mean, and what the shipped table knows."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import EncoderError
from kb.text.dictionary import TABLE, Dictionary, shipped_dictionary, table_arrays
from kb.text.words import chinese_words

ENGLISH = ["cancel", "order", "refund", "return"]
CHINESE = ["取消", "订单", "退款", "退货"]
ENTRIES = [(0, 0, 0.9), (1, 1, 0.8), (2, 2, 0.6), (2, 3, 0.2), (3, 2, 0.2), (3, 3, 0.5)]


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    file = tmp_path_factory.mktemp("table") / "table.npz"
    np.savez_compressed(file, **table_arrays(ENGLISH, CHINESE, ENTRIES))
    return Dictionary(file)


def test_translations_come_best_first_with_their_share(dictionary: Dictionary) -> None:
    (first, more), (second, less) = dictionary.translations("退款", "en")
    assert (first, second) == ("refund", "return")
    assert (more, less) == (pytest.approx(0.75, abs=1e-3), pytest.approx(0.25, abs=1e-3))
    assert [word for word, _ in dictionary.translations("return", "zh")] == ["退货", "退款"]


@pytest.mark.parametrize(
    ("word", "written"), [("退", "en"), ("龘", "en"), ("", "en"), ("refund", "en"), ("zzz", "zh"), ("退款", "zh")]
)
def test_an_unknown_word_has_no_translation(dictionary: Dictionary, word: str, written: str) -> None:
    assert dictionary.translations(word, "en" if written == "en" else "zh") == ()


def test_a_long_word_falls_to_its_known_parts(dictionary: Dictionary) -> None:
    assert dictionary.pieces("取消的订单退") == ["取消", "订单"]
    assert dictionary.pieces("退") == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no table at all"])
def test_a_broken_table_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "table.npz"
    file.write_bytes(content)
    with pytest.raises(EncoderError, match=r"table\.npz cannot be read") as error:
        Dictionary(file)
    assert "Install" in error.value.hint


def test_a_missing_table_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="cannot be read"):
        Dictionary(tmp_path / "table.npz")


@pytest.mark.parametrize(
    ("word", "written", "translation"),
    [
        ("退款", "en", "refund"),
        ("密码", "en", "password"),
        ("发票", "en", "invoic"),
        ("设备", "en", "devic"),
        ("订单", "en", "order"),
    ],
)
def test_the_shipped_table_knows_a_help_centre(word: str, written: str, translation: str) -> None:
    assert shipped_dictionary().translations(word, "en")[0][0] == translation


@pytest.mark.parametrize(("term", "translation"), [("password", "密码"), ("refund", "退款"), ("order", "订单")])
def test_the_shipped_table_knows_the_way_back(term: str, translation: str) -> None:
    assert shipped_dictionary().translations(term, "zh")[0][0] == translation


@settings(deadline=None)
@given(st.one_of(st.sampled_from(["密码", "设备", "app", "sign", "帐户"]), st.text(max_size=12)))
def test_shares_are_a_probability(word: str) -> None:
    for found in (shipped_dictionary().translations(word, "en"), shipped_dictionary().translations(word, "zh")):
        shares = [share for _, share in found]
        assert shares == sorted(shares, reverse=True)
        assert not shares or sum(shares) == pytest.approx(1.0)


def test_the_card_describes_the_table_that_is_shipped() -> None:
    card = json.loads(TABLE.with_name("card.json").read_text("utf-8"))
    assert card["sha256"] == sha256(TABLE.read_bytes()).hexdigest()
    assert "CC-BY-SA-4.0" in card["licences"]
    assert "intune" not in card["sources"]
    assert TABLE.stat().st_size < 3_000_000


def test_words_are_cut_in_either_script() -> None:
    assert (
        chinese_words("怎樣重設密碼 iPhone 15？")
        == chinese_words("怎样重设密码 iPhone 15？")
        == ["怎样", "重设", "密码"]
    )
    assert chinese_words("no Chinese") == []
