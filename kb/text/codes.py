"""Product names, error codes, versions and identifiers: ``E-203``, ``iPhone 15``, ``v2.3.1``, ``KB_DATA``.

A code has one form however it is written: case folded, without joiners and without the space before its number. ``e203`` is
what ``E-203``, ``Ｅ－２０３`` and ``E 203`` have in common, and what ``E-204`` and ``E-20`` have not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from kb.text.language import HAN

_LETTER = f"[^\\W\\d_{HAN}]"
# Hyphens and dashes that typesetting puts where a code has "-"; NFKC has brought the full-width one to "-" already.
_DASHES = "-‐‑‒–—−"
_DASH = "\\" + _DASHES  # inside a character class
_WORD = re.compile(f"[^\\s{HAN}]+")
_DIGIT = re.compile(r"\d")
_DIGIT_OR_UNDERSCORE = re.compile(r"[\d_]")
_PIECE = re.compile(f"(?<!\\d,)[^\\W_{HAN}]+(?:[{_DASH}_.]+[^\\W_{HAN}]+)*(?!,\\d)")
_PART = re.compile(f"{_LETTER}+|\\d+")
# A point between digits stays: "3.5" is not "35".
_JOINERS = re.compile(f"[{_DASH}_'’/&]|(?<!\\d)\\.|\\.(?!\\d)")

# An amount is no code: "15 GB", "2nd", "30-day", "7 天".
_UNIT = (
    r"(?:st|nd|rd|th|s|ms|sec|secs|seconds?|min|mins|minutes?|h|hrs?|hours?|days?|weeks?|months?|years?|times?|percent|"
    r"kb|mb|gb|tb|kib|mib|gib|bytes?|bits?|kbps|mbps|gbps|hz|khz|mhz|ghz|px|dpi|mm|cm|m|km|inch|inches|g|kg|lbs?|w|kw|v|mah|"
    r"thousand|million|billion|trillion|euros?|eur|usd|dollars?|pounds?|yuan|cents?|people|users?|items?|pieces?|steps?|characters?|words?|lines?)"
)
_HAN_UNIT = "[年月日天号號周週时時小分秒次个個件位名人元块塊台条條款种種步倍岁歲页頁章级級]"
_AMOUNT = re.compile(f"\\d+(?:[.,]\\d+)*[{_DASH}]?{_UNIT}")
_NUMBER_OF = re.compile(f"\\d+[{_DASH}]{_LETTER}{{3,}}")  # "2-factor", "30-day"

# Words before a number that do not name a product with it: "within 7", "step 2", "in 2020".
_NO_NAMES = frozenset(
    """a about above after all an and any approximately are around as at be been before below between but by can cost costs
    day days do does each every exceed exceeds figure first for from get gets had has have how i if in into is it its item
    items last least less more most my need next no not number of off on only or over page past pay paid per plus price row
    save section see since step table takes than that the then there these they this those through to total under until up
    was wait were when which will with within without you your""".split()
)
# Nothing of a word before it; a Chinese character is none: 显示E 203.
_BEGIN = f"(?<![^\\W{HAN}])(?<![.'’{_DASH}])"
_NAMED_NUMBER = re.compile(
    f"{_BEGIN}(?P<word>{_LETTER}{{1,20}}(?:-{_LETTER}{{1,20}})?)[ \\u00a0{_DASH}]{{1,3}}"
    f"(?P<number>\\d{{1,6}}(?:\\.\\d+)*)(?!{_LETTER}|[\\d_%％°]|[{_DASH}.,:/]\\w|"
    f"[ \\u00a0]?(?:{_UNIT}\\b|{_HAN_UNIT}|[%％€$£¥°]))"
)
# These say what kind of number follows; the number alone is the code, as it stands in a table of codes.
_KIND = re.compile(f"(?:error|errors|code|codes|err|status|exit|http|fault)(?:-{_LETTER}+)?")
_HAN_KIND = re.compile(
    r"(?:错误|錯誤|代码|代碼|故障|报错|報錯|状态|狀態|异常|異常)码?碼?\s*[:：#]?\s*(\d{2,6})(?![A-Za-z\d_.])"
)
_VERSION = re.compile(
    _BEGIN + r"(?:v(?:er(?:sion)?)?\.?[ \u00a0]?|版本号?[:：]?[ \u00a0]?)(\d+(?:\.\d+)+)(?![a-z_]|\.?\d)"
)
_BARE_VERSION = re.compile(_BEGIN + r"(\d+(?:\.\d+){2})(?![a-z_]|\.?\d)")
_LONGEST = 64


def join_code(word: str) -> str:
    """``word`` without its joiners; a point between digits stays.

    >>> join_code("e-203"), join_code("v2.3.1"), join_code("kb_data")
    ('e203', 'v2.3.1', 'kbdata')
    """
    return _JOINERS.sub("", word)


@lru_cache(maxsize=16384)
def codes(text: str) -> frozenset[str]:
    """The codes that ``text`` names, in any width, case and way of joining; empty for most sentences.

    They are among the terms of ``kb.text.tokenize.tokenize(text)``.

    >>> sorted(codes("错误E-203怎么办")), sorted(codes("Does the iPhone 15 show Ｅ２０３ within 7 days?"))
    (['e203'], ['e203', 'iphone15'])
    >>> codes("iPhone 15") & codes("iPhone 5, iPhone 14"), codes("AX 1800") == codes("ax-1800")
    (frozenset(), True)
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    named = frozenset(named_numbers(folded))
    if named:  # the 15 of "iPhone 15" is no code beside it
        folded = _NAMED_NUMBER.sub(lambda match: match.group() if _KIND.fullmatch(match["word"]) else " ", folded)
    # Most words hold neither, and these are cheap to leave out.
    words = [word for word in _WORD.findall(folded) if _DIGIT_OR_UNDERSCORE.search(word)]
    pieces = (piece for word in words for piece in _PIECE.findall(word))
    return named.union(code for piece in pieces for code in _codes_of_piece(piece))


def named_numbers(folded: str) -> Iterator[str]:
    """Codes of which the number stands apart from the name: ``iphone 15``, ``e 203``, ``version 2.3.1``.

    ``folded``: NFKC and case folded.
    """
    if not _DIGIT.search(folded):
        return
    for match in _NAMED_NUMBER.finditer(folded):
        word, number = match["word"], match["number"]
        if _KIND.fullmatch(word):
            if "." not in number and len(number) > 1:
                yield number
        elif word not in _NO_NAMES and word not in {"v", "ver", "version"}:
            yield join_code(word) + number
    for match in _HAN_KIND.finditer(folded):
        yield match[1]
    for pattern in (_VERSION, _BARE_VERSION):
        for match in pattern.finditer(folded):
            yield "v" + match[1]


@lru_cache(maxsize=32768)
def _codes_of_piece(piece: str) -> tuple[str, ...]:
    """Codes in one run of letters, digits and joiners, case folded."""
    piece = piece.strip(_DASHES + "_.")
    parts = _PART.findall(piece)
    has_digit = any(part[0].isdigit() for part in parts)
    has_letter = any(not part[0].isdigit() for part in parts)
    if len(parts) < 2 or len(piece) > _LONGEST:
        # "404" stands in a table of codes; a year is a number of something else.
        is_number = len(piece) in range(3, 7) and piece.isdecimal() and not 1800 <= int(piece) <= 2100
        return (piece,) if is_number else ()
    if not has_letter or not (has_digit or "_" in piece):
        return ()
    if _AMOUNT.fullmatch(piece) or _NUMBER_OF.fullmatch(piece):
        return ()
    return tuple(dict.fromkeys((join_code(piece), *model_of(piece, parts))))


def model_of(piece: str, parts: list[str]) -> tuple[str, ...]:
    """The name and number that a longer code begins with: ``ax1800`` of ``ax-1800-eu`` and ``iphone15`` of ``iphone15pro``.

    ``parts``: the runs of letters and of digits in ``piece``, in order.
    """
    if len(parts) < 3 or not parts[1].isdecimal() or parts[0].isdecimal():
        return ()
    behind = piece.find(parts[1], len(parts[0])) + len(parts[1])
    separated = piece[behind : behind + 1] in tuple(_DASHES + "_")
    return (parts[0] + parts[1],) if separated or (len(parts[2]) > 1 and not parts[2].isdecimal()) else ()
