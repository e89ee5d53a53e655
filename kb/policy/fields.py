"""Values of ``policy.yaml`` out of YAML nodes, or the line and the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import yaml

from kb.policy.phrases import LONGEST, Phrase
from kb.text.strict_yaml import WrongError, line_of, pairs
from kb.types import Lang

T = TypeVar("T")
LANGS: tuple[Lang, ...] = ("en", "zh")
_MOST_PHRASES = 500  # of one language of one list
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def mapping(node: yaml.Node, what: str, names: Sequence[str] | None = None) -> dict[str, yaml.Node]:
    """The entries of a mapping; with ``names``, no others. Raises ``WrongError``, as all functions here do."""
    if is_nothing(node):
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise WrongError(line_of(node), "bad_type", f"`{what}` must be entries `name: value`.")
    found = {}
    for name, key, value in pairs(node):
        if names is not None and name not in names:
            raise WrongError(line_of(key), "unknown_key", f"`{what}` has no `{name}`; it has {_listed(names)}.")
        found[name] = value
    return found


def items(node: yaml.Node) -> list[yaml.Node]:
    """The items of a list; one value that is no list is a list of one."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [] if is_nothing(node) else [node]


def text(node: yaml.Node, what: str, *, most: int = 300) -> str:
    if not isinstance(node, yaml.ScalarNode) or is_nothing(node):
        raise WrongError(line_of(node), "bad_type", f"`{what}` must be text.")
    value = " ".join(node.value.split())
    if len(value) > most:
        raise WrongError(line_of(node), "too_big", f"`{what}` has {len(value)} characters; {most} are read.")
    return value


def choice(node: yaml.Node, what: str, allowed: Sequence[T]) -> T:
    value = text(node, what)
    for one in allowed:
        if value == one:
            return one
    raise WrongError(
        line_of(node), "bad_value", f"`{what}` is {_listed([str(one) for one in allowed])}, not {value!r}."
    )


def yes(node: yaml.Node, what: str) -> bool:
    value = text(node, what).lower()
    if value not in _YES:
        raise WrongError(line_of(node), "bad_value", f"`{what}` is yes or no, not {value!r}.")
    return _YES[value]


def is_off(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value.lower() in {"off", "no", "false"}


def is_nothing(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def number(node: yaml.Node, what: str, read: Callable[[str], T], fits: Callable[[T], bool], must: str) -> T:
    value = text(node, what)
    try:
        found = read(value)
    except ValueError:
        found = None
    if found is None or not fits(found):
        raise WrongError(line_of(node), "bad_value", f"`{what}` must be {must}, not {value!r}.")
    return found


def by_language(node: yaml.Node, what: str) -> dict[Lang, str]:
    """A text for each language; one that is not given stays as it was."""
    found = mapping(node, what, LANGS)
    return {lang: text(found[lang], f"{what}.{lang}") for lang in LANGS if lang in found}


def phrases(node: yaml.Node, what: str) -> dict[Lang, tuple[str, ...]]:
    """Word lists by language, each phrase checked."""
    if not isinstance(node, yaml.MappingNode) and not is_nothing(node):
        raise WrongError(
            line_of(node), "bad_type", f"`{what}` needs a language: `en: [word, two words]` and `zh: [词, 词]`."
        )
    found: dict[Lang, tuple[str, ...]] = {}
    named = mapping(node, what, LANGS)
    for lang in LANGS:
        if lang in named:
            lines = items(named[lang])
            if len(lines) > _MOST_PHRASES:
                raise WrongError(line_of(lines[_MOST_PHRASES]), "too_big", f"More than {_MOST_PHRASES} phrases.")
            found[lang] = tuple(_phrase(line, f"{what}.{lang}") for line in lines)
    return found


def _phrase(node: yaml.Node, what: str) -> str:
    source = text(node, what, most=LONGEST * 4)
    try:
        Phrase(what, source).parts  # noqa: B018 - made to see whether it can be made
    except ValueError as error:
        raise WrongError(line_of(node), "bad_value", f"{source!r} cannot be matched: {error}.") from error
    return source


def joined(first: Mapping[Lang, tuple[str, ...]], more: Mapping[Lang, tuple[str, ...]]) -> dict[Lang, tuple[str, ...]]:
    """Both lists, nothing twice."""
    return {lang: tuple(dict.fromkeys((*first.get(lang, ()), *more.get(lang, ())))) for lang in LANGS}


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
