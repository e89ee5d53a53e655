"""The pieces of an answer as elements, each with the numbers of its sources, so that a page can show what proves what.

Input is the sanitised HTML of an answer, in which every piece ends with its citation marks:
``<sup class="citation"><a href="#source-1">1</a></sup>``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

_VOID = frozenset(("br", "hr", "img", "input", "wbr"))
_MARK = re.compile(r"#source-(\d+)")
Label = Callable[[int], str]


@dataclass(slots=True)
class _Node:
    """An element (``start`` is its tag as written) or, without a ``name``, text."""

    name: str = ""
    start: str = ""
    text: str = ""
    inside: list[_Node] = field(default_factory=list)

    @property
    def mark(self) -> int | None:
        """The number of a citation mark, None for anything else."""
        found = _MARK.search(self.inside[0].start) if self.name == "sup" and self.inside else None
        return int(found[1]) if found else None

    def html(self) -> str:
        if not self.name:
            return self.text
        inner = "".join(node.html() for node in self.inside)
        return f"{self.start}{inner}" if self.name in _VOID else f"{self.start}{inner}</{self.name}>"


@dataclass(slots=True)
class _Pieces:
    """``label``: what a mark is called, from its number. ``first``: the number of each source's first piece."""

    label: Label
    first: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def attributes(self, numbers: Sequence[int]) -> str:
        self.count += 1
        for n in numbers:
            self.first.setdefault(n, self.count)
        return f'id="piece-{self.count}" data-n="{" ".join(map(str, numbers))}"'

    def blocks(self, nodes: Iterable[_Node]) -> list[_Node]:
        """Blocks up to and with the one that ends with marks are one piece."""
        done: list[_Node] = []
        waiting: list[_Node] = []
        for node in nodes:
            groups = _groups(node)
            if not groups:
                waiting.append(node)
            elif len(groups) == 1 and _ends_with_mark(node):
                blank = next((i for i, w in enumerate(waiting) if w.name), len(waiting))
                start = f'<div class="piece" {self.attributes(groups[0])}>'
                done += [*waiting[:blank], _Node("div", start, inside=[*waiting[blank:], self._named(node)])]
                waiting = []
            else:
                done += [*waiting, self._inside(node)]
                waiting = []
        return done + waiting

    def _inside(self, node: _Node) -> _Node:
        """``node`` with the pieces that stand in it: items of a list, or sentences of a paragraph."""
        if not any(child.mark for child in node.inside):
            if node.name in ("ul", "ol"):
                return _Node(node.name, node.start, inside=[self._item(child) for child in node.inside])
            return _Node(node.name, node.start, inside=self.blocks(node.inside))
        done: list[_Node] = []
        run: list[_Node] = []
        for child, after in zip(node.inside, [*node.inside[1:], _Node()], strict=True):
            run.append(self._named(child))
            if child.mark and not after.mark:
                numbers = [n.mark for n in run if n.mark]
                done.append(_Node("span", f'<span class="piece" {self.attributes(numbers)}>', inside=run))
                run = []
        return _Node(node.name, node.start, inside=done + run)

    def _item(self, node: _Node) -> _Node:
        groups = _groups(node)
        if node.name != "li" or not groups:
            return node
        if len(groups) == 1 and _ends_with_mark(node):
            start = node.start.removesuffix(">").replace(' class="', ' class="piece ')
            start += "" if 'class="' in start else ' class="piece"'
            return _Node("li", f"{start} {self.attributes(groups[0])}>", inside=[self._named(c) for c in node.inside])
        return self._inside(node)

    def _named(self, node: _Node) -> _Node:
        """``node`` with marks that say what they are: a bare number means nothing when it is read aloud."""
        n = node.mark
        if n is None:
            return _Node(node.name, node.start, node.text, [self._named(child) for child in node.inside])
        link = node.inside[0]
        start = f'{link.start.removesuffix(">")} aria-label="{escape(self.label(n))}">'
        return _Node("sup", node.start, inside=[_Node("a", start, inside=link.inside)])


def with_pieces(html: str, label: Label) -> tuple[str, dict[int, int]]:
    """``html`` with an element ``.piece[data-n]`` around every piece, and by source the number of its first one.

    ``data-n`` holds the numbers of the piece's sources, apart by blanks; its ``id`` is ``piece-<number>``, so that a source can
    lead back to it. ``label``: the accessible name of a mark, from its number; it must contain the number.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    pieces = _Pieces(label)
    return "".join(node.html() for node in pieces.blocks(reader.top.inside)), pieces.first


def _groups(node: _Node) -> list[list[int]]:
    """The marks in ``node`` in reading order; those with nothing but blanks between them are one group."""
    groups: list[list[int]] = []
    open_group = False

    def walk(at: _Node) -> None:
        nonlocal open_group
        if at.mark is not None:
            if not open_group:
                groups.append([])
            groups[-1].append(at.mark)
            open_group = True
        elif not at.name:
            open_group = open_group and not at.text.strip()
        else:
            for child in at.inside:
                walk(child)

    walk(node)
    return groups


def _ends_with_mark(node: _Node) -> bool:
    """Whether nothing but blanks follows the last mark in ``node``."""
    last = next((child for child in reversed(node.inside) if child.name or child.text.strip()), None)
    return last is not None and (last.mark is not None or _ends_with_mark(last))


class _Reader(HTMLParser):
    """Reads sanitised HTML, in which every element is closed, into nodes that write themselves unchanged."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.top = _Node("top")
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, self.get_starttag_text() or "")
        self._open[-1].inside.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].name == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(_Node(text=data))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")
