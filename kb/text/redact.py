"""Personal data out of a text before it is written anywhere.

What has a check digit is checked (payment cards by Luhn, ISO/IEC 7812; resident identity numbers, GB 11643; IBAN, ISO
13616), what has a numbering plan is checked against it (telephone numbers, by the metadata of libphonenumber), so that
order numbers, error codes, versions, dates and prices stay readable. In doubt between the two a bare row of digits is
kept.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Redaction:
    """``text`` with each finding replaced by its kind in brackets, and how many there were."""

    text: str
    count: int


class _Found(NamedTuple):
    start: int
    end: int
    mark: str


_ANY_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
# Every expression begins behind a look-behind of its own first class: a run is tried once, not from each of its places.
_JWT = re.compile(r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
_OPAQUE = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{20,}")
_TOKEN_PREFIX = re.compile(
    r"(?:sk|pk|rk|kb_sk|kb_pk)[-_]|gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|AIza|hf_|npm_|pypi-|ya29"
)
_PIECES = re.compile(r"[-_]")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![A-Za-z0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![A-Za-z0-9-])")
# Groups of digits with one space or hyphen between: how cards and identity numbers are written.
_DIGIT_GROUPS = re.compile(r"(?<![0-9A-Za-z])[0-9]+(?:[ -][0-9]+)*(?:[ -]?[0-9]*[Xx](?![0-9A-Za-z]))?(?![0-9A-Za-z])")
_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
_MAX_NUMBER_GROUPS = 6  # cards: 4 4 4 4 3 or 4 6 5; identity numbers: 6 8 4 or 6 4 4 4
# Something with the look of a telephone number: at least seven digits, only the usual signs between them.
_PHONE_LIKE = re.compile(r"(?<![0-9A-Za-z])(?<![0-9][.:])[+(]{0,2}[0-9](?:[ ().\-]{0,3}[0-9]){6,}(?![0-9A-Za-z])")
# A row of numbers is looked at in pieces, which bounds the time; a number that a cut would split stands between signs.
_MAX_WINDOW = 120
# A national number has at most so many groups and one long one; a row of small numbers has neither.
_MAX_GROUPS = 5
_DOTTED = re.compile(r"(?:1\.)?[0-9]{3}\.[0-9]{3}\.[0-9]{4}")
_LONG_GROUP = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}([-.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])")
_MOBILE_CN = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+ ?|00)?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|([ -])[0-9]{4}\1[0-9]{4})(?![0-9A-Za-z])"
)
_NUMBERED = re.compile(
    r"(?:order|invoice|ticket|serial|tracking|reference|ref|case|id|sn|no|number|code|#|订单|訂單|单号|單號|编号|編號|运单|運單|流水|序列|号码牌|工单)"
    r"(?:号|號|码|碼)?[\s.:#=：为是為]*$",
    re.IGNORECASE,
)
# First digits and lengths of the card schemes (ISO/IEC 7812 issuer ranges as the schemes publish them).
_CARD_RANGES = re.compile(
    r"4[0-9]{15}(?:[0-9]{3})?|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}|3[47][0-9]{13}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|35[0-9]{14}|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|62[0-9]{14,17}|(?:5018|5020|5038|6304|6759|676[1-3])[0-9]{8,15}"
)
_MAX_PASSES = 8


def redact(text: str) -> Redaction:
    """Mask e-mail addresses, telephone, card and identity numbers, IBANs, access tokens. Never raises; idempotent.

    The marks are ``[email] [phone] [card] [id] [token]``. Full-width and other scripts' digits count as digits.

    >>> redact("Mail bob@example.com or call 138 1234 5678 about order 202411220001")
    Redaction(text='Mail [email] or call [phone] about order 202411220001', count=2)
    """
    count = 0
    for _ in range(_MAX_PASSES):
        # What stands beside a mark is judged again, until nothing is left to find: that makes it idempotent.
        found = _find(text)
        if not found:
            break
        count += len(found)
        pieces: list[str] = []
        end = 0
        for item in found:
            pieces += (text[end : item.start], item.mark)
            end = item.end
        text = "".join(pieces) + text[end:]
    return Redaction(text, count)


def _find(text: str) -> list[_Found]:
    """Findings in reading order without overlap; of two that overlap the one whose kind is surer."""
    has_at = "@" in text or "＠" in text
    digits = sum(1 for _ in _ANY_DIGIT.finditer(text))
    if not has_at and digits < 7 and len(text) < 20:
        return []
    plain = text if text.isascii() else text.translate(_plain_signs())
    searches: list[Callable[[str], Iterator[_Found]]] = []
    if len(text) >= 20:
        searches.append(_tokens)
    if has_at:
        searches.append(_emails)
    if digits >= 7:
        searches += (_numbers, _phones)
    found: list[_Found] = []
    covered = bytearray(len(text))
    for search in searches:
        for item in search(plain):
            if not any(covered[item.start : item.end]):
                covered[item.start : item.end] = b"\1" * (item.end - item.start)
                found.append(item)
    return sorted(found)


@cache
def _plain_signs() -> dict[int, str]:
    """One character to one character, so that places stay: digits of all scripts, and full-width signs, to ASCII."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table[0x3000] = " "
    table |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-") | {0xA0: " "}
    for code in range(0x660, sys.maxunicode):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            table[code] = str(digit)
    return table


def _tokens(text: str) -> Iterator[_Found]:
    for match in _JWT.finditer(text):
        yield _Found(*match.span(), "[token]")
    for match in _OPAQUE.finditer(text):
        if _looks_secret(match.group()):
            yield _Found(*match.span(), "[token]")


def _looks_secret(run: str) -> bool:
    """A known prefix, hexadecimal digits without end, or a long mix of letters of both cases and digits."""
    if _TOKEN_PREFIX.match(run):
        return any(character.isdigit() for character in run)
    if _HEX.fullmatch(run):
        return not run.isdigit()
    # Words, versions and UUIDs joined by hyphens are an address or a name: the mix must be inside one piece.
    return len(run) >= 32 and any(_is_mixed(piece) for piece in _PIECES.split(run))


def _is_mixed(piece: str) -> bool:
    changes = sum(1 for a, b in pairwise(piece) if a.isdigit() != b.isdigit())
    return len(piece) >= 16 and piece != piece.lower() and piece != piece.upper() and changes >= 4


def _emails(text: str) -> Iterator[_Found]:
    for match in _EMAIL.finditer(text):
        yield _Found(*match.span(), "[email]")


def _numbers(text: str) -> Iterator[_Found]:
    from stdnum import iban
    from stdnum.us import ssn

    for match in _IBAN.finditer(text):
        end = match.end()
        # Capital words behind an IBAN look like more of it: give up group after group.
        while end - match.start() >= 15:
            if iban.is_valid(text[match.start() : end]):
                yield _Found(match.start(), end, "[id]")
                break
            end = max(text.rfind(" ", match.start(), end), 0)
    for match in _SSN.finditer(text):
        if ssn.is_valid(match.group()):
            yield _Found(*match.span(), "[id]")
    for match in _DIGIT_GROUPS.finditer(text):
        if match.end() - match.start() >= 13:
            yield from _cards_and_ids(text, match.start(), match.end())


def _cards_and_ids(text: str, start: int, end: int) -> Iterator[_Found]:
    """Neighbouring groups which together are a card number or a resident identity number."""
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    first = 0
    while first < len(groups):
        joined = ""
        step = 1
        for last in range(first, min(first + _MAX_NUMBER_GROUPS, len(groups))):
            joined += text[slice(*groups[last])]
            if len(joined) > 19:
                break
            mark = _card_or_id(joined) if len(joined) >= 13 else ""
            if mark:
                yield _Found(groups[first][0], groups[last][1], mark)
                step = last - first + 1
                break
        first += step


def _card_or_id(number: str) -> str:
    from stdnum import luhn

    if len(number) == 18 and _is_resident_id(number):
        return "[id]"
    if _CARD_RANGES.fullmatch(number) and luhn.is_valid(number):
        return "[card]"
    return ""


def _is_resident_id(number: str) -> bool:
    """Whether ``number`` is a Chinese resident identity number: date of birth, known place, check digit."""
    from stdnum.cn import ric

    try:
        return bool(ric.is_valid(number))
    except KeyError:
        # The library knows some prefixes as a province without counties and then fails; masking is the safe reading.
        return True


def _phones(text: str) -> Iterator[_Found]:
    mobiles = [match for match in _MOBILE_CN.finditer(text) if not _is_numbered(text, match)]
    for match in mobiles:
        yield _Found(*match.span(), "[phone]")
    # What is found does not go through the numbering plans again: they take a hundred times as long as the expression.
    rest = _blanked(_blanked(text, mobiles), list(_DATE.finditer(text)))
    for match in _PHONE_LIKE.finditer(rest):
        start = match.start()
        while start < match.end():
            end = min(start + _MAX_WINDOW, match.end())
            if end < match.end():
                cut = max(rest.rfind(sign, start + 1, end) for sign in " (+")
                end = cut if cut > 0 else end
            yield from _phones_in(rest, start, end)
            start = end


def _blanked(text: str, matches: list[re.Match[str]]) -> str:
    pieces: list[str] = []
    end = 0
    for match in matches:
        pieces += (text[end : match.start()], "\0" * len(match.group()))
        end = match.end()
    return "".join(pieces) + text[end:]


def _phones_in(text: str, start: int, end: int) -> Iterator[_Found]:
    from phonenumbers import PhoneNumberMatcher

    window = text[start:end]
    if "+" not in window and (window.isdigit() or _LONG_GROUP.search(window) is None):
        return
    for region in ("CN", "US"):
        for match in PhoneNumberMatcher(window, region):
            if _is_written_as_number(match.raw_string):
                yield _Found(start + match.start, start + match.end, "[phone]")


def _is_numbered(text: str, match: re.Match[str]) -> bool:
    """Whether a row of digits without any sign stands behind "order no." and the like."""
    return match.group().isdigit() and _NUMBERED.search(text, max(0, match.start() - 16), match.start()) is not None


def _is_written_as_number(written: str) -> bool:
    """Whether what obeys a numbering plan is also written as a telephone number; a bare row of digits is not."""
    if written.startswith("+"):
        return True
    groups = re.findall(r"[0-9]+", written)
    if "." in written:  # else a decimal or a version
        return _DOTTED.fullmatch(written) is not None
    return 1 < len(groups) <= _MAX_GROUPS and sum(len(group) == 1 for group in groups) <= 1
