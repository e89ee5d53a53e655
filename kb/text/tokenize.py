"""Text to search terms: one function for indexing and for asking.

English words are stemmed (Snowball, M. Porter 2001); Chinese is brought to simplified characters (OpenCC ``t2s``) and cut
into overlapping character bigrams; codes such as ``E-203`` or ``tidb_mem_quota`` give their joined form and their parts,
so that every way of writing them meets.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Set
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kb.text.codes import join_code, model_of, named_numbers
from kb.text.language import HAN
from kb.types import Span

if TYPE_CHECKING:
    import opencc
    import Stemmer

# Part of every snapshot's identity: raise it whenever the same text would give other terms.
TOKENIZER_VERSION = "5"

_HAN_PRESENT = re.compile(f"[{HAN}]")
_PIECE = re.compile(
    f"(?P<han>[{HAN}]+)"
    r"|(?P<word>[^\W_]+(?:[-‐_.'’/+&][^\W_]+)*[+#]{0,2})"
)
_PART = re.compile(f"[{HAN}]+|[^\\W\\d_{HAN}]+|\\d+")
_ASCII_LETTERS = re.compile(r"[a-z]+")
_MIXED_SCRIPT = re.compile(f"(?<=[{HAN}])(?=[^{HAN}])|(?<=[^{HAN}])(?=[{HAN}])")
# Possessive and contracted endings carry no meaning for search: "what's", "user’s".
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m|t)$")
_OUTER = "-‐_.'’/&"  # joiners with nothing to join
_MAX_TERM_LENGTH = 64

_local = threading.local()


@cache
def _simplifier() -> opencc.OpenCC:
    import opencc

    return opencc.OpenCC("t2s")


def _stemmer() -> Stemmer.Stemmer:
    # A Snowball stemmer keeps state while it works, so each thread has its own.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        import Stemmer

        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return stemmer


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word)) if _ASCII_LETTERS.fullmatch(word) else word


def stem_word(word: str) -> str:
    """The term of one case-folded word: its Snowball stem when it is English, else the word itself."""
    return _stem(word)


def simplify(text: str) -> str:
    """Traditional characters to simplified ones; text without Chinese is returned unchanged."""
    return str(_simplifier().convert(text)) if _HAN_PRESENT.search(text) else text


def normalize(text: str) -> str:
    """NFKC (full-width digits, ligatures), case folding, simplified characters."""
    return simplify(unicodedata.normalize("NFKC", text).casefold())


def tokenize(text: str) -> list[str]:
    """Return the search terms of ``text`` in reading order, repeated as often as they occur.

    Codes whose number stands apart ("iPhone 15") come last, once each, beside the terms of their words.

    >>> tokenize("Resetting the router (E-203)")
    ['reset', 'the', 'router', 'e203', '203']
    >>> tokenize("iPhone 15"), tokenize("E 203")
    (['iphon', '15', 'iphone15'], ['e', '203', 'e203'])
    >>> tokenize("兩步驗證")
    ['两步', '步验', '验证']
    """
    terms: list[str] = []
    normal = normalize(text)
    for piece in _PIECE.finditer(normal):
        if piece.lastgroup == "han":
            _add_han(piece.group(), terms)
        else:
            terms.extend(_word_terms(piece.group()))
    terms.extend(code for code in dict.fromkeys(named_numbers(normal)) if code not in terms)
    return terms


def split_pieces(normal: str) -> Iterator[tuple[str, bool, int]]:
    """The words and runs of Chinese characters of a normalized text: each with whether it is Chinese and where it ends.

    Words are without possessive endings and without joiners around them; "iphone充电" is two pieces.
    """
    for piece in _PIECE.finditer(normal):
        if piece.lastgroup == "han":
            yield piece.group(), True, piece.end()
            continue
        end = piece.start()
        for part in _MIXED_SCRIPT.split(piece.group()):
            end += len(part)
            han = _HAN_PRESENT.match(part) is not None
            yield part if han else _CLITIC.sub("", part).strip(_OUTER), han, end


def split_word(word: str) -> tuple[str, ...]:
    """The runs of letters and of digits in one word: ``("e", "203")`` of ``e-203``."""
    return tuple(_PART.findall(word))


def find_matches(text: str, terms: Set[str], beginnings: tuple[str, ...] = ()) -> list[Span]:
    """Spans of ``text`` whose search terms are among ``terms``: in order, merged where they touch.

    ``beginnings``: words that begin like one of these match as well, and so do these very Chinese characters. Spans count code
    points of ``text`` as it is; matching ignores case, width, endings and the Chinese script used.
    """
    spans: list[Span] = []
    for span in iter_matches(text, terms, beginnings):
        _extend(spans, span)
    return spans


def iter_matches(text: str, terms: Set[str], beginnings: tuple[str, ...] = ()) -> Iterator[Span]:
    """What ``find_matches`` finds, one word or some characters at a time, by where they begin; those may overlap."""
    for piece in _PIECE.finditer(text):
        end = piece.start()
        for part in _MIXED_SCRIPT.split(piece.group()):
            start, end = end, end + len(part)
            if _HAN_PRESENT.match(part):
                yield from _match_han(part, start, terms, beginnings)
            else:
                found, forms = _terms_and_forms(part)
                if not terms.isdisjoint(found) or (beginnings and any(f.startswith(beginnings) for f in forms)):
                    yield Span(start, end)


def _match_han(run: str, offset: int, terms: Set[str], beginnings: Iterable[str]) -> list[Span]:
    simplified = simplify(run)
    if len(simplified) != len(run):  # never seen, but then positions would not mean anything
        return []
    size = min(2, len(run))
    wanted = [simplified[i : i + size] for i in range(len(run) - size + 1)]
    spans = [Span(offset + i, offset + i + size) for i, term in enumerate(wanted) if term in terms]
    for typed in beginnings:
        place = simplified.find(typed)
        while place >= 0:
            spans.append(Span(offset + place, offset + place + len(typed)))
            place = simplified.find(typed, place + len(typed))
    return sorted(spans)


@lru_cache(maxsize=65536)
def _terms_and_forms(word: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The search terms of one word as it is written, and the word without stemming: joined, and each of its parts."""
    normal = [found for found, _, _ in split_pieces(normalize(word))]
    forms = dict.fromkeys(form for found in normal for form in (join_code(found), *split_word(found)) if form)
    return frozenset(tokenize(word)), tuple(forms)


def _extend(spans: list[Span], span: Span) -> None:
    if spans and span.start <= spans[-1].end:
        spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
    else:
        spans.append(span)


@lru_cache(maxsize=32768)
def cached_terms(text: str) -> tuple[str, ...]:
    """``tokenize`` with a memory, for the sentences and headings that questions keep coming back to."""
    return tuple(tokenize(text))


def _add_han(run: str, terms: list[str]) -> None:
    if len(run) == 1:
        terms.append(run)
    else:
        terms.extend(run[i : i + 2] for i in range(len(run) - 1))


@lru_cache(maxsize=65536)
def _word_terms(piece: str) -> tuple[str, ...]:
    """The terms of a run of letters and digits with its joiners; remembered, because text is made of the same words."""
    terms: list[str] = []
    for part in _MIXED_SCRIPT.split(piece):
        if _HAN_PRESENT.match(part):
            _add_han(part, terms)
        else:
            _add_word(part, terms)
    return tuple(terms)


def _add_word(word: str, terms: list[str]) -> None:
    word = _CLITIC.sub("", word).strip(_OUTER)
    parts = _PART.findall(word)
    if len(parts) < 2:
        terms.extend(_stem(part)[:_MAX_TERM_LENGTH] for part in [word if word[-1:] in "+#" else "".join(parts)] if part)
        return
    joined = join_code(word)
    if len(joined) <= _MAX_TERM_LENGTH:
        terms.append(joined)
        terms.extend(model_of(word, parts))
    # The "E" of "E-203" or the "3" of "v2.3" says nothing by itself and would match every other code.
    terms.extend(_stem(part) for part in parts if 1 < len(part) <= _MAX_TERM_LENGTH)
