"""Which of the offered options a visitor means who types instead of pressing: its label, or its place in the list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.text.tokenize import normalize
from kb.types import Option

_NAMED = {name: place for place, name in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1)}
_NAMED |= {name: place for place, name in enumerate("一二三四五六", 1)} | {"两": 2}
_LAST = frozenset({"last", "最后"})
_PLACE_EN = re.compile(
    r"\W*(?:(?:ok|okay|yes|i\s+mean|i\s+want|i\s+choose|take|please)\W+)*(?:the\s+)?(?:(?:option|number|choice|answer|no|nr)\W*)?"
    r"(?P<place>[1-9]|first|second|third|fourth|fifth|sixth|last)(?:\s+(?:one|option|choice))?(?:\W+please)?\W*"
)
_PLACE_ZH = re.compile(
    r"\W*(?:我)?(?:选择|选|要|想要|想问|问的是|指的是|说的是|是)?(?:那个)?(?:"
    r"第?(?P<digit>[1-9])(?:个|项|条|种|号|点)?|第(?P<place>[一二两三四五六])(?:个|项|条|种|号|点)?"
    r"|(?P<bare>[一二三四五六])(?:号|项)?|(?P<last>最后)(?:一)?(?:个|项|条|种))(?:选项)?(?:吧|的|呢)?\W*"
)


def choice_among(words: str, options: Sequence[Option]) -> str | None:
    """The id of the option that ``words`` name by its label or its place; None when they name none of them.

    >>> choice_among("the second one", (Option("1a", "Refunds", "refunds", ""), Option("2b", "Returns", "returns", "")))
    '2b'
    """
    said = normalize(words).strip()
    for option in options:
        if normalize(option.label).strip() == said:
            return option.id
    place = _place(said, len(options))
    return options[place - 1].id if place is not None and 1 <= place <= len(options) else None


def may_choose(words: str) -> bool:
    """Whether ``words`` can be a choice of a list, before the list is known: a place in it, or the label of a section."""
    return "›" in words or _place(normalize(words).strip(), 1) is not None


def _place(said: str, size: int) -> int | None:
    found = _PLACE_EN.fullmatch(said) or _PLACE_ZH.fullmatch(said)
    if found is None:
        return None
    named = next(value for value in found.groups() if value is not None)
    return size if named in _LAST else _NAMED.get(named) or int(named)
