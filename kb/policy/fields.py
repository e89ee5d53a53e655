"""Values of ``policy.yaml`` out of YAML nodes, or the line and the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import yaml

from kb.policy.phrases import LONGEST, Phrase
from kb.text.strict_yaml import WrongError, line_of, pairs
from kb.types import Lang

S = TypeVar("S")
T = TypeVar("T")
LANGS: tuple[Lang, ...] = ("en", "zh")
_MOST_PHRASES = 500  # of one language of one list
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def every(read: Callable[[S], T], given: Iterable[S]) -> list[T]:
    """``read`` of each. Raises ``WrongError`` for one that is wrong, and an ``ExceptionGroup`` of them for several, so that whoever
    mends a file is told of all at once; as all functions here do."""
    found: list[T] = []
    wrong: list[Exception] = []
    for one in given:
        try:
            found.append(read(one))
        except (WrongError, ExceptionGroup) as error:
            wrong.append(error)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else ExceptionGroup("several things are wrong", wrong)
    return found


def wrongs(error: Exception) -> list[WrongError]:
    """What an error of ``every`` holds."""
    if isinstance(error, ExceptionGroup):
        return [one for inner in error.exceptions for one in wrongs(inner)]
    return [error] if isinstance(error, WrongError) else []


def mapping(node: yaml.Node, what: str) -> dict[str, yaml.Node]:
    """The entries of a mapping."""
    return {name: value for name, _, value in _pairs(node, what)}


def entries(node: yaml.Node, what: str, readers: Mapping[str, Callable[[yaml.Node], T]]) -> dict[str, T]:
    """The entries of a mapping, each read by its reader; there are no others."""

    def read(pair: tuple[str, yaml.Node, yaml.Node]) -> tuple[str, T]:
        name, key, value = pair
        if name not in readers:
            raise WrongError(line_of(key), "unknown_key", f"`{what}` has no `{name}`; it has {_listed(list(readers))}.")
        return name, readers[name](value)

    return dict(every(read, _pairs(node, what)))


def written(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The entries of a mapping, as far as it is one: for looking at what is read elsewhere."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _pairs(node: yaml.Node, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
    if is_nothing(node):
        return []
    if not isinstance(node, yaml.MappingNode):
        raise WrongError(line_of(node), "bad_type", f"`{what}` must be entries `name: value`.")
    return list(pairs(node))


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
    found = entries(node, what, {lang: partial(text, what=f"{what}.{lang}") for lang in LANGS})
    return {lang: found[lang] for lang in LANGS if lang in found}


def phrases(node: yaml.Node, what: str) -> dict[Lang, tuple[str, ...]]:
    """Word lists by language, each phrase checked."""
    if not isinstance(node, yaml.MappingNode) and not is_nothing(node):
        raise WrongError(
            line_of(node), "bad_type", f"`{what}` needs a language: `en: [word, two words]` and `zh: [词, 词]`."
        )
    found = entries(node, what, {lang: partial(_phrases, what=f"{what}.{lang}") for lang in LANGS})
    return {lang: found[lang] for lang in LANGS if lang in found}


def _phrases(node: yaml.Node, what: str) -> tuple[str, ...]:
    lines = items(node)
    if len(lines) > _MOST_PHRASES:
        raise WrongError(line_of(lines[_MOST_PHRASES]), "too_big", f"More than {_MOST_PHRASES} phrases.")
    return tuple(every(partial(_phrase, what=what), lines))


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
