"""What a sentence states that a paraphrase may not change: numbers with their units, names, codes, addresses, and the small
words that turn a meaning round (not, only, unless, within, at least, free).

Both sides of a comparison are read with the same patterns, so an expression that is read wrongly is read wrongly twice
wherever the wording was kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from kb.text.language import HAN

_WORDS = {
    word: str(value)
    for value, words in enumerate(
        """zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen
        |eighteen|nineteen|twenty""".split("|")
    )
    for word in words.split()
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100"}

# Unit -> how it is written behind a number. Longer names first where one begins with another.
_UNITS = (
    ("workday", r"(?:working|business)[\s-]+days?|个?工作日"),
    ("calendarday", r"calendar[\s-]+days?|个?自然日|日历日"),
    ("day", r"days?\b|[天日]"),
    ("week", r"weeks?\b|个?(?:周|星期|礼拜)"),
    ("month", r"months?\b|个?月"),
    ("year", r"years?\b|年"),
    ("hour", r"hours?\b|hrs?\b|个?小时|个?钟头"),
    ("minute", r"minutes?\b|mins?\b|分钟"),
    ("second", r"seconds?\b|secs?\b|秒"),
    ("percent", r"%|per\s?cent\b|％"),
    ("euro", r"euros?\b|eur\b|€|欧元"),
    ("dollar", r"(?:us\s+)?dollars?\b|usd\b|\$|美元"),
    ("pound", r"pounds?\b|gbp\b|£|英镑"),
    ("yuan", r"yuan\b|rmb\b|cny\b|元|块"),
    ("gb", r"gb\b"), ("mb", r"mb\b"), ("kb", r"kb\b"), ("tb", r"tb\b"),
    ("ghz", r"ghz\b"), ("mhz", r"mhz\b"), ("mah", r"mah\b"), ("volt", r"v\b|volts?\b|伏"), ("watt", r"w\b|watts?\b|瓦"),
    ("km", r"km\b|公里|千米"), ("cm", r"cm\b|厘米"), ("mm", r"mm\b|毫米"), ("metre", r"m\b|met(?:re|er)s?\b|米"),
    ("kg", r"kg\b|公斤|千克"), ("gram", r"g\b|grams?\b|克"), ("degree", r"°\s?c?|degrees?\b|摄氏度|度"),
    ("time", r"times\b|次"), ("person", r"people\b|人"), ("point", r"points?\b|积?分"),
)  # fmt: skip
_UNIT = re.compile(r"[\s-]*(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS) + ")")
_CURRENCY = {"€": "euro", "$": "dollar", "£": "pound", "¥": "yuan"}
_HAN_NUMBER = "零〇一二两三四五六七八九十百千"
_NUMBER = re.compile(
    r"(?P<digits>\d+(?:\.\d+)*)"
    f"|(?P<word>\\b(?:{'|'.join(_WORDS)})\\b)"
    f"|(?P<han>[{_HAN_NUMBER}]+)"
)
# Between the two ends of a range, which share the unit that stands behind the second: "5 to 7 days", "5～7 天".
_RANGE = re.compile(r"\s*(?:to|and|or|-|–|—|~|至|到|或|和)\s*$")
_TO = re.compile(f"\\s*(?:至|到|或|~|-|–)\\s*[\\d{_HAN_NUMBER}]")
_CODE = re.compile(r"(?<![a-z0-9])[a-z0-9]+(?:[-_][a-z0-9]+)*(?![a-z0-9])")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9'’.+-]*[A-Za-z0-9+]|[A-Za-z]")
_LINK = re.compile(
    r"[\w.+-]*@[\w.-]+|(?:[a-z][a-z0-9+.-]*:)?//[^\s<>\"'”）)]+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>\"'”）)]*)?"
)
_PHONE = re.compile(r"\+?\d[\d\s()./-]{5,}\d")

# Words whose presence or absence changes what is said. Counted in both texts; see ``Facts``.
_NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|neither|nor|none|nothing|nobody|without|unable|unavailable|impossible|refused?|rejected|forbidden"
    r"|prohibited)\b|n['’]t\b"
    r"|不(?![过同但仅断久妨管论良])|没|无(?![论线])|未|勿|别(?![人的])|禁止|拒绝|除外"
)
_LIMITS = {
    name: re.compile(pattern)
    for name, pattern in {
        "only": r"\b(?:only|solely|exclusively)\b|仅|只(?!要)",
        "except": r"\b(?:unless|except|excluding|excluded|excludes?|apart from|other than)\b|除非|除外|除了|例外",
        "condition": r"\b(?:if|when|once|provided|as long as|as soon as|in case|whether)\b"
        "|如果|若|只要|一旦|的话|时(?!间|候|段|效|区)",
        "before": r"\b(?:before|until|till|prior)\b|之前|以前|前(?![往台面提缀端])",
        "after": r"\b(?:after|since|afterwards)\b|之后|以后|(?<!然)后(?![台续面果悔缀端])",
        "within": r"\b(?:within)\b|之内|以内|(?<=[天日时月年周钟])内",
        "at_least": r"\b(?:at least|minimum|or more|more than|above|over|exceeds?)\b|至少|以上|不少于|最少|超过|起(?=[，。；]|$)",
        "at_most": r"\b(?:at most|maximum|up to|no more than|less than|below|under)\b|最多|至多|以下|不超过|低于",
        "free": r"\b(?:free)\b|免费",
        "half": r"\b(?:half|double|twice)\b|一半|两倍|双倍",
    }.items()
}
# May be left out, must not be added.
_CLAIMS = {
    name: re.compile(pattern)
    for name, pattern in {
        "must": r"\b(?:must|have to|has to|required?|requires|mandatory)\b|必须|务必|必需|一定要",
        "all": r"\b(?:all|every|each|any|always|everything|everyone|anyone)\b|全部|所有|每|任何|总是|一律|随时",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Facts:
    """The hard content of a piece of text, normalised.

    ``numbers``: pairs of value and unit, the unit "" where none follows. ``codes``: words with digits and letters, without
    joiners. ``names``: Latin words that begin with a capital inside a sentence, or stand in Chinese text. ``links``: addresses
    of pages and of mail; ``phones``: long runs of digits. ``negations``: how many. ``limits`` must agree in both texts,
    ``claims`` must not be added.
    """

    numbers: frozenset[tuple[str, str]]
    codes: frozenset[str]
    names: frozenset[str]
    links: frozenset[str]
    phones: frozenset[str]
    negations: int
    limits: frozenset[str]
    claims: frozenset[str]


def read_facts(text: str, *, starts_sentence: bool = True) -> Facts:
    """Read ``text``; ``starts_sentence``: its first word may be capitalised without being a name.

    >>> sorted(read_facts("It takes 5 to 7 working days, not two weeks.").numbers)
    [('2', 'week'), ('5', 'workday'), ('7', 'workday')]
    >>> read_facts("需要两个工作日。").numbers == read_facts("需要 2 个工作日。").numbers
    True
    """
    wide = unicodedata.normalize("NFKC", text)
    flat = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", wide.casefold())
    phones = frozenset(re.sub(r"\D", "", m.group()) for m in _PHONE.finditer(flat))
    codes = frozenset(
        re.sub(r"[-_]", "", m.group())
        for m in _CODE.finditer(flat)
        if re.search(r"\d", m.group()) and re.search("[a-z]", m.group()) and not _is_quantity(m.group())
    )
    return Facts(
        numbers=frozenset(_numbers(flat)),
        codes=codes,
        names=frozenset(_names(wide, starts_sentence)),
        links=frozenset(m.group().rstrip(".,;:!?。，；：！？/") for m in _LINK.finditer(flat)),
        phones=phones,
        negations=len(_NEGATION.findall(flat)),
        limits=frozenset(name for name, pattern in _LIMITS.items() if pattern.search(flat)),
        claims=frozenset(name for name, pattern in _CLAIMS.items() if pattern.search(flat)),
    )


def numbers_stand_in(stated: Facts, quoted: Facts) -> bool:
    """Whether every number of ``stated`` is in ``quoted``, with its unit where it has one."""
    values = {value for value, _ in quoted.numbers}
    return all(pair in quoted.numbers if pair[1] else pair[0] in values for pair in stated.numbers)


def with_digits(text: str) -> str:
    """``text`` flattened, its numerals in digits: "Two working days" and "两个工作日" hold a 2."""
    flat = flattened(text)
    return _NUMBER.sub(lambda match: _value(match, _counts(flat, match)) or match.group(), flat)


def flattened(text: str) -> str:
    """``text`` in the form in which addresses and telephone numbers are compared: NFKC, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def _is_quantity(word: str) -> bool:
    match = re.match(r"\d+(?:\.\d+)?", word)
    return match is not None and _UNIT.fullmatch(word[match.end() :]) is not None


def _numbers(flat: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, int]] = []  # first ends of ranges: value, where it ends
    for match in _NUMBER.finditer(flat):
        unit = _UNIT.match(flat, match.end())
        name = unit.lastgroup or "" if unit else _CURRENCY.get(flat[: match.start()].rstrip()[-1:], "")
        value = _value(match, _counts(flat, match))
        if value is None:
            continue
        if waiting and not _RANGE.match(flat[waiting[-1][1] : match.start()]):
            found += [(earlier, "") for earlier, _ in waiting]
            waiting = []
        if name:
            found += [(earlier, name) for earlier, _ in waiting]
            waiting = []
            found.append((value, name))
        else:
            waiting.append((value, match.end()))
    return found + [(earlier, "") for earlier, _ in waiting]


def _counts(flat: str, match: re.Match[str]) -> bool:
    """Whether a unit follows, or the other end of a range."""
    return _UNIT.match(flat, match.end()) is not None or _TO.match(flat, match.end()) is not None


def _value(match: re.Match[str], has_unit: bool) -> str | None:
    if match["digits"]:
        return str(match["digits"]).lstrip("0") or "0"
    if match["word"]:
        # "one" is mostly a pronoun.
        return _WORDS[match["word"]] if match["word"] != "one" or has_unit else None
    return _han_value(match["han"]) if has_unit else None


def _han_value(digits: str) -> str | None:
    """The value of a Chinese numeral below ten thousand; None for what is none (一百一).

    >>> [_han_value(n) for n in ("两", "十", "二十四", "三百六十五", "一千")]
    ['2', '10', '24', '365', '1000']
    """
    total, digit = 0, 0
    for character in digits:
        if character in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
        else:
            digit = "零一二三四五六七八九".find(character.replace("两", "二").replace("〇", "零"))
    return str(total + digit)


def _names(wide: str, starts_sentence: bool) -> list[str]:
    chinese = re.search(f"[{HAN}]", wide) is not None
    words = list(_LATIN.finditer(wide))
    return [
        re.sub(r"['’]s$", "", word.group()).casefold()
        for i, word in enumerate(words)
        if (chinese and len(word.group()) > 1)
        or (word.group()[0].isupper() and word.group() != "I" and not (i == 0 and starts_sentence))
    ]
