"""Filling numbers and words into a sentence of a table, with the word that the number asks for."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any


class _Filler(string.Formatter):
    """``str.format`` whose format specification may name two words: ``{n:vote|votes}``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, either, many = format_spec.partition("|")
        if not either:
            return str(super().format_field(value, format_spec))
        return one if value in (1, "1") else many


_FILLER = _Filler()


def fill(template: str, values: Mapping[str, Any]) -> str:
    """``template.format(**values)``, where ``{n:one|many}`` gives the first word when ``n`` is 1, else the second.

    >>> fill("{n} {n:person|people}", {"n": 1}), fill("{n} {n:person|people}", {"n": 3})
    ('1 person', '3 people')
    """
    return _FILLER.vformat(template, (), values) if "|" in template else template.format(**values)
