"""Texts in reading order survive numbering, and merging gives what writing everything afresh gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.index.sequences import UNKNOWN, TermSequences, count_articles, merge_sequences, write_sequences

_TEXTS = st.lists(st.lists(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=3)
_GROUPS = st.lists(_TEXTS, max_size=5)


def _read(sequences: TermSequences, vocabulary: list[str]) -> list[list[list[str]]]:
    return [
        [[vocabulary[column] if column != UNKNOWN else "?" for column in text] for text in sequences.texts_of(group)]
        for group in range(sequences.groups)
    ]


@given(_GROUPS, _GROUPS)
def test_merging_equals_writing_everything_afresh(old: list[list[list[str]]], new: list[list[list[str]]]) -> None:
    kept = [i for i in range(len(old)) if i % 2 == 0]
    stacked = [old[i] for i in kept] + new
    order = sorted(range(len(stacked)), key=lambda i: (i * 7) % 5)
    before, after = list("abcdef"), list("fedba")  # "c" is in no row any more
    numbers = {term: i for i, term in enumerate(after)}
    renumber = np.asarray([numbers.get(term, UNKNOWN) for term in before], dtype=np.int32)
    merged = merge_sequences(
        write_sequences(old, {term: i for i, term in enumerate(before)}),
        kept,
        renumber,
        write_sequences(new, numbers),
        order,
    )
    fresh = write_sequences([stacked[i] for i in order], numbers)
    np.testing.assert_array_equal(merged.terms, fresh.terms)
    np.testing.assert_array_equal(merged.text_starts, fresh.text_starts)
    np.testing.assert_array_equal(merged.group_starts, fresh.group_starts)


def test_a_word_that_no_count_knows_keeps_its_place() -> None:
    sequences = write_sequences([[["a", "z", "b"], []]], {"a": 0, "b": 1})
    assert _read(sequences, ["a", "b"]) == [[["a", "?", "b"], []]]


def test_an_article_is_counted_as_a_whole_with_its_fields() -> None:
    vocabulary = {"a": 0, "b": 1, "c": 2}
    passages = write_sequences([[["b"], ["a", "a"]], [[], ["c"]], [[], ["c"]]], vocabulary)
    articles = write_sequences([[["a"], ["c"], ["b"]], [["z"], []]], vocabulary)
    counts = count_articles(("a", "b", "c"), passages, articles, np.asarray([0, 0, 1]))
    assert counts.starts.tolist() == [0, 3, 4]
    assert counts.columns.tolist() == [0, 1, 2, 2]
    # Title 6 and twice in the text; heading 4 and phrasing 2; synonym 2 and once in the text; once in the other article.
    assert counts.counts.tolist() == [8, 6, 3, 1]
