"""Questions in the other language: which words are looked up, and what their score is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.answer.question import understand
from kb.answer.translate import Alternative, TranslatedWord, look_up_translated, translate
from kb.index.lexical import LexicalIndex, build_lexical, count_terms
from kb.text.dictionary import Dictionary, table_arrays
from kb.text.tokenize import tokenize

ENGLISH_TEXTS = (
    "Ask for a refund of your order",
    "Return an item and get the money back",
    "Cancel your order before it ships",
    "Reset the password of your account, then sign in with the new password",
)
CHINESE_TEXTS = ("申请退款", "退货并取回款项", "发货前取消订单", "重置帐户的密码，然后用新密码登录")


def index(texts: tuple[str, ...]) -> LexicalIndex:
    counts = [{term: tokenize(text).count(term) for term in tokenize(text)} for text in texts]
    return build_lexical(count_terms(counts))


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    file = tmp_path_factory.mktemp("table") / "table.npz"
    entries = [(0, 0, 0.9), (1, 3, 0.8), (2, 2, 0.9), (3, 4, 0.6), (3, 5, 0.4), (4, 1, 0.7)]
    english, chinese = (
        ["cancel", "order", "password", "refund", "return", "money"],
        ["取消", "退款", "密码", "退货", "订单"],
    )
    places = sorted(range(6), key=english.__getitem__)
    words = sorted(range(5), key=chinese.__getitem__)
    moved = sorted((words.index(word), places.index(term), weight) for word, term, weight in entries)
    np.savez_compressed(file, **table_arrays(sorted(english), sorted(chinese), moved))
    return Dictionary(file)


def best(texts: tuple[str, ...], question: str, dictionary: Dictionary) -> int:
    asked = understand(question)
    written = "en" if asked.lang == "zh" else "zh"
    found = look_up_translated(index(texts), translate(asked, written, dictionary))
    assert found.scores.max() <= found.ideal + 1e-5
    return int(np.argmax(found.scores))


@pytest.mark.parametrize(
    ("question", "row"), [("怎么退款？", 0), ("我想取消訂單", 2), ("密碼忘了怎麼辦", 3), ("怎样退货", 1)]
)
def test_a_chinese_question_finds_the_english_text(dictionary: Dictionary, question: str, row: int) -> None:
    assert best(ENGLISH_TEXTS, question, dictionary) == row


@pytest.mark.parametrize(
    ("question", "row"), [("How do I get a refund?", 0), ("cancel my order", 2), ("lost my password", 3)]
)
def test_an_english_question_finds_the_chinese_text(dictionary: Dictionary, question: str, row: int) -> None:
    assert best(CHINESE_TEXTS, question, dictionary) == row


def test_the_shipped_table_serves_both_directions() -> None:
    assert {a.terms for a in translate(understand("怎么退款"), "en")[0].alternatives} >= {("refund",)}
    assert ("密码",) in {a.terms for a in translate(understand("lost my password"), "zh")[-1].alternatives}


def test_names_and_codes_stand_for_themselves(dictionary: Dictionary) -> None:
    words = translate(understand("错误 E-203 怎么办，VPN 也不行"), "en", dictionary)
    assert {"e203", "vpn"} <= {
        word.source for word in words if word.alternatives == (Alternative((word.source,), 1.0),)
    }
    kept = translate(understand("What does error E-203 mean?"), "zh", dictionary)
    assert Alternative(("e203",), 1.0) in {alternative for word in kept for alternative in word.alternatives}


def test_what_only_frames_a_question_is_not_looked_up(dictionary: Dictionary) -> None:
    assert [word.source for word in translate(understand("请问怎么取消订单呢"), "en", dictionary)] == ["取消", "订单"]


def test_a_word_nobody_knows_lowers_the_share_of_the_best_possible_score(dictionary: Dictionary) -> None:
    whole = look_up_translated(index(ENGLISH_TEXTS), translate(understand("退款"), "en", dictionary))
    half = look_up_translated(index(ENGLISH_TEXTS), translate(understand("退款 魑魅"), "en", dictionary))
    assert half.ideal > whole.ideal
    assert half.scores == pytest.approx(whole.scores)
    assert half.weights.covered(["refund"]) < whole.weights.covered(["refund"]) == pytest.approx(1.0)


def test_the_likelier_translation_counts_for_more() -> None:
    words = (TranslatedWord("x", (Alternative(("refund",), 0.7), Alternative(("cancel",), 0.3))),)
    scores = look_up_translated(index(ENGLISH_TEXTS), words).scores
    assert scores[0] > scores[2] > 0.0 == scores[1]


def test_the_terms_of_an_alternative_must_stand_together() -> None:
    words = (TranslatedWord("x", (Alternative(("新密", "密码"), 1.0),)),)
    assert look_up_translated(index(CHINESE_TEXTS), words).scores.nonzero()[0].tolist() == [3]
    apart = (TranslatedWord("x", (Alternative(("退款", "密码"), 1.0),)),)
    assert not look_up_translated(index(CHINESE_TEXTS), apart).scores.any()


def test_the_best_translation_in_one_line_uses_words_of_the_articles(dictionary: Dictionary) -> None:
    english = look_up_translated(index(ENGLISH_TEXTS), translate(understand("怎么取消订单"), "en", dictionary))
    chinese = look_up_translated(index(CHINESE_TEXTS), translate(understand("cancel it"), "zh", dictionary))
    assert (english.searched, chinese.searched) == (("cancel", "order"), ("取消",))


def test_two_ways_to_say_a_word_are_one_word() -> None:
    """Two synonyms in a text saturate as two occurrences of one word do, and do not add up as two words would."""
    both = TranslatedWord("x", (Alternative(("order",), 0.5), Alternative(("cancel",), 0.5)))
    apart = tuple(TranslatedWord(term, (Alternative((term,), 1.0),)) for term in ("order", "cancel"))
    texts = index(ENGLISH_TEXTS)
    assert look_up_translated(texts, (both,)).scores[2] < look_up_translated(texts, apart).scores[2]


def test_without_translation_the_order_is_that_of_bm25() -> None:
    texts = index(ENGLISH_TEXTS)
    plain = texts.scores(["order"])
    expected = look_up_translated(texts, (TranslatedWord("order", (Alternative(("order",), 1.0),)),)).scores
    assert np.flatnonzero(expected).tolist() == np.flatnonzero(plain).tolist()
    ratio = expected[plain > 0] / plain[plain > 0]
    assert ratio == pytest.approx(float(ratio[0]), rel=1e-3)


TERMS = st.sampled_from(sorted({term for text in ENGLISH_TEXTS for term in tokenize(text)} | {"unknown"}))
WORDS = st.lists(
    st.builds(
        TranslatedWord,
        st.just("x"),
        st.lists(st.builds(Alternative, st.tuples(TERMS), st.floats(0.01, 1.0)), max_size=4).map(tuple),
    ),
    max_size=5,
)


@given(WORDS)
@settings(deadline=None)
def test_scores_stay_between_nothing_and_the_ideal(words: list[TranslatedWord]) -> None:
    found = look_up_translated(index(ENGLISH_TEXTS), words)
    assert np.isfinite(found.scores).all()
    assert (found.scores >= 0.0).all()
    assert found.scores.max(initial=0.0) <= found.ideal + 1e-4
    assert all(0.0 <= weight <= found.weights.total + 1e-6 for weight in found.weights.weights.values())


def test_a_table_can_be_read_from_any_place(tmp_path: Path) -> None:
    file = tmp_path / "one.npz"
    np.savez_compressed(file, **table_arrays(["refund"], ["退款"], [(0, 0, 1.0)]))
    assert [w.source for w in translate(understand("退款"), "en", Dictionary(file))] == ["退款"]
