"""What somebody has typed so far, read as units to look for: finished words, Chinese words, and the one that is still growing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from kb.answer.lines import Lines
from kb.answer.question import is_frame
from kb.answer.spelling import Speller, misspelt, nearest_beginning, speller_of
from kb.index.snapshot import Snapshot
from kb.text.english import is_english
from kb.text.tokenize import normalize, stem_word
from kb.text.typed import Piece, is_unfinished, read_pieces
from kb.text.words import cut_words
from kb.types import Substitution

_MOST_UNITS = 16
_SHORTEST_ERROR = 4  # letters of an unfinished word from which it may hold a typing error


class UnitKind(Enum):
    WORD = "word"  # a finished Latin word
    BEGINNING = "beginning"  # a Latin word that may still grow
    HAN = "han"  # a Chinese word or character


@dataclass(frozen=True, slots=True)
class Unit:
    """``text`` is folded. ``frame``: it only frames a question. ``corrected``: whether typing errors were corrected to get it."""

    kind: UnitKind
    text: str
    frame: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """``phrase``: everything as one folded line; ``units``: its parts, each once, the last ones of a long text;
    ``runs``: its runs of Chinese characters.
    """

    phrase: str
    units: tuple[Unit, ...]
    runs: tuple[str, ...] = ()
    corrections: tuple[Substitution, ...] = ()


def read_typed(text: str, snapshot: Snapshot, lines: Lines, private: Iterable[str] = ()) -> Typed:
    """Read ``text`` and correct its typing errors by the words of the articles; ``private``: words that are no errors."""
    normal = normalize(text)
    pieces = [part for piece in read_pieces(normal) for part in _as_it_is_known(piece, snapshot, lines)]
    if not pieces:
        return Typed("", ())
    growing = is_unfinished(normal, pieces[-1]) and not pieces[-1].han
    finished = " ".join(piece.text for piece in (pieces[:-1] if growing else pieces))
    known = frozenset(private)
    found = misspelt(finished, snapshot)
    # "passw" is no error but short for a word that is there.
    meant = {s.said: s for s in found if s.said not in known and not len(lines.index.find(s.said))}
    corrections = list(meant.values())
    units: list[Unit] = []
    for piece in pieces[:-1] if growing else pieces:
        units.extend(_read_finished(piece, meant))
    if growing:
        unit, correction = _read_growing(pieces[-1].text, snapshot, lines, known)
        units.append(unit)
        corrections.extend([correction] if correction else [])
    phrase = " ".join(_corrected(pieces, meant, units[-1] if growing else None))
    runs = tuple(piece.text for piece in pieces if piece.han and len(piece.text) > 1)
    return Typed(phrase, tuple(dict.fromkeys(units))[-_MOST_UNITS:], runs, tuple(corrections))


def _as_it_is_known(piece: Piece, snapshot: Snapshot, lines: Lines) -> Iterator[Piece]:
    """A joined word in its parts if nothing begins like it: an error in one part hides the others otherwise. Codes stay whole."""
    if piece.parts and all(part.isalpha() for part in piece.parts) and not is_begun(piece.text, snapshot, lines):
        yield from (Piece(part, False, (), piece.end) for part in piece.parts)
    else:
        yield piece


def _read_finished(piece: Piece, meant: dict[str, Substitution]) -> Iterator[Unit]:
    if piece.han:
        yield from (Unit(UnitKind.HAN, word, is_frame(word)) for word in cut_words(piece.text))
    elif piece.text in meant:
        yield Unit(UnitKind.WORD, meant[piece.text].meant, corrected=True)
    else:
        yield Unit(UnitKind.WORD, piece.text, is_frame(stem_word(piece.text)))


def _corrected(pieces: Sequence[Piece], meant: dict[str, Substitution], growing: Unit | None) -> Iterator[str]:
    for piece in pieces[:-1] if growing else pieces:
        yield meant[piece.text].meant if piece.text in meant else piece.text
    if growing:
        yield growing.text


def _read_growing(
    word: str, snapshot: Snapshot, lines: Lines, private: frozenset[str]
) -> tuple[Unit, Substitution | None]:
    """The last word: as it is if something begins like it, else the beginning that it is probably meant to be."""
    as_it_is = Unit(UnitKind.BEGINNING, word, is_frame(stem_word(word)))
    letters = word.isascii() and word.isalpha() and len(word) >= _SHORTEST_ERROR
    if not letters or word in private or len(lines.index.find(word)) or is_english(word):
        return as_it_is, None
    speller = speller_of(snapshot)
    if stem_word(word) in snapshot.lexical.vocabulary or any(True for _ in begun_forms(word, speller)):
        return as_it_is, None
    # What a title or a heading has is likelier to be meant than what stands somewhere in a text.
    found = nearest_beginning(word, lines.index.words, speller) or nearest_beginning(word, speller.forms(word), speller)
    if found is None:
        return as_it_is, None
    beginning, form = found
    return Unit(UnitKind.BEGINNING, beginning, corrected=True), Substitution(word, form, "spelling")


def is_begun(beginning: str, snapshot: Snapshot, lines: Lines) -> bool:
    """Whether a line or a search term of a passage begins like this."""
    terms = snapshot.lexical.sorted_terms
    place = bisect_left(terms, beginning)
    return (place < len(terms) and terms[place].startswith(beginning)) or len(lines.index.find(beginning)) > 0


def begun_forms(beginning: str, speller: Speller) -> Iterator[str]:
    """The words of the articles, as they are written, that begin like this."""
    forms = speller.by_letter.get(beginning[:1], [])
    for place in range(bisect_left(forms, beginning), len(forms)):
        if not forms[place].startswith(beginning):
            return
        yield forms[place]
