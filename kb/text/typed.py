"""Short texts as somebody types them: words as they are written, not stems, so that the beginning of a word is found.

``kb.text.tokenize`` reads finished text. Here "settin" has to meet "Settings", and 退款多 to meet 退款多久到账.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.text.codes import join_code, named_numbers
from kb.text.tokenize import normalize, split_pieces, split_word

# Behind these a word goes on: "E-" is on its way to "E-203".
_JOINERS = "-‐‑_.'’/+&"


@dataclass(frozen=True, slots=True)
class Piece:
    """A Latin word (or one of another alphabet, or a number) or a run of Chinese characters, folded.

    ``parts``: the same word taken apart at its joiners, when it has some: ``wifi`` has ``("wi", "fi")``. ``end``: where it ends
    in the normalized text.
    """

    text: str
    han: bool
    parts: tuple[str, ...]
    end: int


def read_pieces(normal: str) -> Iterator[Piece]:
    """The pieces of a text that ``kb.text.tokenize.normalize`` made, in reading order.

    >>> [p.text for p in read_pieces("wi-fi不通 (e-203)")]
    ['wifi', '不通', 'e203']
    """
    for run, han, end in split_pieces(normal):
        if han:
            yield Piece(run, True, (), end)
        else:
            joined, parts = _forms(run)
            if joined:
                yield Piece(joined, False, parts, end)


def is_unfinished(normal: str, last: Piece) -> bool:
    """Whether the last piece of a text may still be growing: nothing but joiners stands behind it."""
    return not normal[last.end :].strip(_JOINERS)


def fold_lines(texts: Iterable[str]) -> list[tuple[str, ...]]:
    """Each text as one line of words with one space between, and the other ways in which it may be typed.

    Those are: words taken apart at their joiners, and codes whose number stands apart joined.

    >>> fold_lines(["Wi-Fi 设置", "iPhone 15"])
    [('wifi 设置', 'wi fi 设置'), ('iphone 15', 'iphone15')]
    """
    flat = [" ".join(text.split()) for text in texts]
    folded = normalize("\n".join(flat)).split(
        "\n"
    )  # at once: a call into the converter for each would cost more than the rest
    if len(folded) != len(flat):
        folded = [normalize(text) for text in flat]
    return [_fold_line(line) for line in folded]


def _fold_line(normal: str) -> tuple[str, ...]:
    pieces = list(read_pieces(normal))
    line = " ".join(piece.text for piece in pieces)
    apart = " ".join(" ".join(piece.parts) or piece.text for piece in pieces)
    joined = {piece.text for piece in pieces}
    codes = " ".join(code for code in dict.fromkeys(named_numbers(normal)) if code not in joined)
    return tuple(dict.fromkeys(form for form in (line, apart, codes) if form or form is line))


@lru_cache(maxsize=65536)
def _forms(word: str) -> tuple[str, tuple[str, ...]]:
    """A word without its joiners, and its parts where it has several."""
    parts = split_word(word)
    return join_code(word), parts if len(parts) > 1 else ()
