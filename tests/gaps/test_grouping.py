"""The same need in other words joins; another need does not; gaps do not creep."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.gaps.grouping import GapDirectory, GroupingParameters
from kb.gaps.wordings import Cell, GapWording
from kb.types import FloatArray

TERMS = st.lists(
    st.sampled_from("refund invoice reset phone password order points delivery 退款 发票".split()), max_size=5
)


def vector(*values: float) -> FloatArray:
    raw = np.array(values, dtype=np.float32)
    return raw / np.float32(np.linalg.norm(raw))


def member(gap_id: str, *terms: str, at: FloatArray | None = None, encoder: str | None = None) -> Cell:
    return Cell(gap_id, gap_id, (GapWording(" ".join(terms), gap_id, terms, "en", at, encoder),))


def test_the_first_question_opens_a_gap_and_its_twin_joins() -> None:
    directory = GapDirectory()
    first = directory.assign(["refund", "late"])
    second = directory.assign(["late", "refund", "refund"])
    assert first.is_new
    assert first.gap_id.startswith("gap_")
    assert (second.gap_id, second.is_new) == (first.gap_id, False)
    assert second.similarity == pytest.approx(1.0)
    assert len(directory) == 1


def test_another_need_opens_another_gap() -> None:
    directory = GapDirectory()
    assert directory.assign(["refund", "late"]).gap_id != directory.assign(["reset", "password"]).gap_id


def test_rare_words_weigh_more_than_common_ones() -> None:
    members = [member(f"g{n}", "order", f"word{n}") for n in range(50)]
    directory = GapDirectory(members)
    joined = directory.assign(["word7", "parcel"])
    alone = directory.assign(["order", "parcel"])
    assert (joined.gap_id, joined.is_new) == ("g7", False)
    assert alone.is_new


def test_given_weights_replace_learned_ones() -> None:
    weights = {"how": 0.1, "pay": 3.0, "cancel": 3.0}
    directory = GapDirectory([member("g", "how", "pay")], idf=lambda term: weights.get(term, 1.0))
    assert directory.assign(["how", "cancel"]).is_new
    assert directory.assign(["pay"]).gap_id == "g"


def test_a_cosine_by_hand() -> None:
    """Terms a, b against b, c with weights 1, 2, 3: 4 / sqrt((1 + 4) * (4 + 9))."""
    weights = {"a": 1.0, "b": 2.0, "c": 3.0}
    directory = GapDirectory(
        [member("g", "a", "b")], idf=weights.__getitem__, parameters=GroupingParameters(lexical=0.49)
    )
    assert directory.assign(["b", "c"]).similarity == pytest.approx(4 / 65**0.5)


def test_gaps_do_not_creep() -> None:
    """Each wording shares two of three terms with the one before it; the last shares nothing with the first."""
    chain = [["a", "b", "c"], ["b", "c", "d"], ["c", "d", "e"], ["d", "e", "f"]]
    directory = GapDirectory(parameters=GroupingParameters(lexical=0.5), idf=lambda _: 1.0)
    gaps = [directory.assign(terms).gap_id for terms in chain]
    assert gaps[0] == gaps[1]
    assert gaps[3] != gaps[0]


def test_vectors_join_other_words_and_only_of_the_same_model() -> None:
    directory = GapDirectory([member("g", "refund", at=vector(1, 0.1), encoder="m")])
    near = vector(1, 0.2)
    joined = directory.assign(["money", "back"], near, encoder="m")
    assert (joined.gap_id, joined.is_new) == ("g", False)
    assert joined.similarity == pytest.approx(float(near @ vector(1, 0.1)), abs=1e-3)
    assert directory.assign(["cash"], near, encoder="other").is_new
    assert directory.assign(["coins"], vector(0.1, 1), encoder="m").is_new


def test_beside_vectors_half_the_words_are_not_enough_but_the_same_words_are() -> None:
    parameters = GroupingParameters(lexical=0.5, vector=0.65, same_words=0.8)
    representative = member("g", "a", "b", at=vector(1, 0), encoder="m")
    far = vector(0, 1)
    for terms, joins in ((["a", "c"], False), (["a", "b"], True)):
        directory = GapDirectory([representative], parameters=parameters, idf=lambda _: 1.0)
        assert directory.assign(terms, far, encoder="m").is_new is not joins
    without = GapDirectory([member("g", "a", "b")], parameters=parameters, idf=lambda _: 1.0)
    assert without.assign(["a", "c"], far, encoder="m").gap_id == "g"


def test_gaps_that_were_merged_keep_absorbing() -> None:
    merged = Cell("h", "g", member("h", "money").wordings)
    directory = GapDirectory([member("g", "refund"), merged])
    assert directory.assign(["refund"]).gap_id == directory.assign(["money"]).gap_id == "g"
    assert directory.assign(["money"]).cell == "h"


def test_questions_without_terms_never_join_anything() -> None:
    directory = GapDirectory([member("g", "refund")])
    assert directory.assign([]).is_new
    assert directory.assign([]).is_new
    assert directory.assign(["refund"]).gap_id == "g"


@settings(deadline=None)
@given(st.lists(TERMS, max_size=30), TERMS)
def test_a_rebuilt_directory_decides_the_same(history: list[list[str]], question: list[str]) -> None:
    directory = GapDirectory()
    members = []
    for terms in history:
        assignment = directory.assign(terms)
        if assignment.is_new:
            members.append(member(assignment.gap_id, *terms))
    rebuilt = GapDirectory(members)
    one, other = directory.assign(question), rebuilt.assign(question)
    assert (one.is_new, one.similarity) == (other.is_new, other.similarity)
    assert one.is_new or one.gap_id == other.gap_id


@settings(deadline=None)
@given(st.lists(TERMS, max_size=30))
def test_what_joined_is_near_its_representative(history: list[list[str]]) -> None:
    parameters = GroupingParameters()
    directory = GapDirectory(parameters=parameters)
    representatives: dict[str, set[str]] = {}
    for terms in history:
        assignment = directory.assign(terms)
        if assignment.is_new:
            representatives[assignment.gap_id] = set(terms)
        else:
            assert assignment.similarity >= parameters.lexical - 1e-9
            assert assignment.similarity <= 1 + 1e-9
            assert representatives[assignment.gap_id] & set(terms)


def test_threads_asking_the_same_open_one_gap() -> None:
    directory = GapDirectory()
    found: list[str] = []

    def ask() -> None:
        found.append(directory.assign(["refund", "late"]).gap_id)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1


def test_twenty_thousand_gaps_are_searched_in_milliseconds() -> None:
    rng = np.random.default_rng(0)
    words = np.minimum(rng.zipf(1.2, size=(20_000, 8)), 30_000)
    directory = GapDirectory([member(f"g{n}", *map(str, row)) for n, row in enumerate(words)], idf=lambda _: 1.0)
    times = []
    for row in words[:50]:
        started = time.perf_counter()
        directory.assign([str(word) for word in row])
        times.append(time.perf_counter() - started)
    assert sorted(times)[25] < 0.05  # usually below a millisecond; a busy machine gets room
