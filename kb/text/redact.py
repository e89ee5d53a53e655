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
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![A-Za-z0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![A-Za-z0-9-])")
# Groups of digits with one space or hyphen between: how cards and identity numbers are written.
_DIGIT_GROUPS = re.compile(r"(?<![0-9A-Za-z])[0-9]+(?:[ -][0-9]+)*(?:[ -]?[0-9]*[Xx](?![0-9A-Za-z]))?(?![0-9A-Za-z])")
_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
# Something with the look of a telephone number: at least seven digits, only the usual signs between them.
_PHONE_LIKE = re.compile(r"(?<![0-9A-Za-z])[+(]{0,2}[0-9](?:[ ().\-/]{0,3}[0-9]){6,}(?![0-9A-Za-z])")
# Long enough for any number with its country code, prefix and extension; longer rows are lists or tables.
_MAX_PHONE_DIGITS = 18
_MOBILE_CN = re.compile(r"(?:0?0?86)?1[3-9][0-9]{9}")
_NUMBERED = re.compile(
    r"(?:order|invoice|ticket|serial|tracking|reference|ref|case|id|sn|no|number|code|#|订单|訂單|单号|單號|编号|編號|运单|運單|流水|序列|号码牌|工单)"
    r"(?:号|號|码|碼)?[\s.:#=：为是為]*$",
    re.IGNORECASE,
)
# First digits and lengths of the card schemes (ISO/IEC 7812 issuer ranges as the schemes publish them).
_CARD_RANGES = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6][0-9]|7[01])[0-9]{13}|3[47][0-9]{13}"
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
    taken: list[_Found] = []
    for search in searches:
        for item in search(plain):
            if all(item.end <= other.start or item.start >= other.end for other in taken):
                taken.append(item)
    return sorted(taken)


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
    """A known prefix, hexadecimal digits without end, or letters of both cases and digits in a long wild mix."""
    if _TOKEN_PREFIX.match(run):
        return any(character.isdigit() for character in run)
    if _HEX.fullmatch(run):
        return not run.isdigit()
    if len(run) < 32 or "--" in run:
        return False
    changes = sum(1 for a, b in pairwise(run) if a.isdigit() != b.isdigit())
    return run != run.lower() and run != run.upper() and changes >= 6


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
        for last in range(first, len(groups)):
            joined += text[slice(*groups[last])]
            if len(joined) > 19:
                break
            mark = _card_or_id(joined)
            if mark:
                yield _Found(groups[first][0], groups[last][1], mark)
                step = last - first + 1
                break
        first += step


def _card_or_id(number: str) -> str:
    from stdnum import luhn
    from stdnum.cn import ric

    if len(number) == 18 and ric.is_valid(number):
        return "[id]"
    if _CARD_RANGES.fullmatch(number) and len(set(number)) > 2 and luhn.is_valid(number):
        return "[card]"
    return ""


def _phones(text: str) -> Iterator[_Found]:
    for match in _PHONE_LIKE.finditer(text):
        if sum(character.isdigit() for character in match.group()) <= _MAX_PHONE_DIGITS:
            yield from _phones_in(text, match.start(), match.end())


def _phones_in(text: str, start: int, end: int) -> Iterator[_Found]:
    from phonenumbers import PhoneNumberMatcher

    window = text[start:end]
    for region in ("CN", "US"):
        found = False
        for match in PhoneNumberMatcher(window, region):
            if _is_bare_identifier(match.raw_string, text[max(0, start + match.start - 16) : start + match.start]):
                continue
            found = True
            yield _Found(start + match.start, start + match.end, "[phone]")
        if found:
            return


def _is_bare_identifier(number: str, before: str) -> bool:
    """A row of digits without any sign is a telephone number only as a Chinese mobile, and not behind "order no."."""
    if not number.isdigit():
        return False
    return _MOBILE_CN.fullmatch(number) is None or _NUMBERED.search(before) is not None
