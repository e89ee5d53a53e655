"""The passages that a generator may use, cut into the units that can support a sentence of its."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from kb.answer.question import understand
from kb.generator.facts import Facts, flattened, read_facts, with_digits
from kb.text.markdown import to_plain
from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms, normalize
from kb.types import Article, Block, BlockKind, Lang, Passage, Span

# Parts of a sentence that state something by themselves. A comma in "1,000" is followed by a digit.
_CLAUSE_END = re.compile(
    r"[;:](?=\s)|,(?=\s)|[，；：、]|\s+[-–—]+\s+|\s\|\s"
    r"|\s+(?=(?:and|but|or|while|whereas|though|although|so|unless|except)\s)|(?<=\w)(?=但是|不过|然而|而且|并且|否则|除非)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|(?P<number>\d{1,9})[.)])[ \t]+", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[\s|:+-]+$")
# A sentence that says "it" is about what the one before it named.
_REFERS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|this|these|those|such)\b|它|其(?!他|它|中)|该|此", re.IGNORECASE
)
# Words that arrange an answer and state nothing.
_GLUE = """then next finally follow following step make sure ensure also however therefore thus please here there note via able
    using use by take takes 但是 然而 不过 因此 所以 首先 最后 随后 接着 即可 然后"""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with what it states. ``terms``: content terms; ``order``: all its terms as they are read."""

    text: str
    terms: tuple[str, ...]
    order: tuple[str, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece of a passage that is quoted as evidence: a sentence, an item, a row.

    ``span`` indexes the article's file. ``context``: terms of what stands above it (headings, lead-in, table head).
    ``procedure``: number of the list of steps it belongs to, -1 for none.
    """

    span: Span
    plain: str
    same: str  # normalised, to recognise a sentence that was copied
    flat: str
    characters: frozenset[str]
    terms: frozenset[str]
    order: tuple[str, ...]
    words: frozenset[str]
    clauses: tuple[Clause, ...]
    facts: Facts
    context: frozenset[str]
    procedure: int = -1


@dataclass(frozen=True, slots=True)
class Source:
    """Passage number ``n`` of a prompt."""

    n: int
    article: Article
    passage: Passage
    units: tuple[Unit, ...]

    @property
    def procedures(self) -> dict[int, frozenset[Span]]:
        """The steps of each list of steps."""
        steps: dict[int, set[Span]] = {}
        for unit in self.units:
            if unit.procedure >= 0:
                steps.setdefault(unit.procedure, set()).add(unit.span)
        return {number: frozenset(spans) for number, spans in steps.items()}


def read_source(n: int, article: Article, passage: Passage) -> Source:
    """Cut ``passage`` into units."""
    return Source(n, article, passage, _units(article.lang, passage))


@lru_cache(maxsize=256)
def _units(lang: Lang, passage: Passage) -> tuple[Unit, ...]:
    """The units of a passage in source order; remembered, because popular passages are asked for again."""
    above = frozenset(cached_terms(" ".join(passage.heading_path)))
    units: list[Unit] = []
    lead_in = frozenset[str]()
    for number, block in enumerate(passage.blocks):
        for span, head in _pieces(passage, block):
            plain = to_plain(_slice(passage, span), block.kind).strip()
            if plain:
                procedure = number if block.kind is BlockKind.PROCEDURE else -1
                context = above | lead_in | frozenset(cached_terms(head))
                if units and _REFERS_BACK.search(plain):
                    context |= units[-1].terms
                units.append(_unit(lang, span, _without_marker(plain), context, procedure))
        lead_in = frozenset(cached_terms(_slice(passage, block.span))) if block.lead_in else frozenset()
    return tuple(units)


def _unit(lang: Lang, span: Span, plain: str, context: frozenset[str], procedure: int) -> Unit:
    order = cached_terms(with_digits(plain))
    return Unit(
        span=span,
        plain=plain,
        same=bare(plain),
        flat=flattened(plain),
        characters=frozenset(normalize(with_digits(plain))),
        terms=frozenset(order),
        order=order,
        words=frozenset(re.findall(r"[a-z0-9'’.+-]*[a-z0-9+]", flattened(plain))),
        clauses=read_clauses(plain, lang),
        facts=read_facts(plain),
        context=context,
        procedure=procedure,
    )


def read_clauses(sentence: str, lang: Lang) -> tuple[Clause, ...]:
    """The clauses of a sentence; one without content joins its neighbour."""
    cuts = [0, *(m.end() for m in _CLAUSE_END.finditer(sentence)), len(sentence)]
    parts: list[str] = []
    for start, end in pairwise(cuts):
        part = sentence[start:end]
        if parts and not (content_terms(part, lang) and content_terms(parts[-1], lang)):
            parts[-1] += part
        elif part.strip():
            parts.append(part)
    return tuple(
        Clause(
            part, content_terms(part, lang), cached_terms(with_digits(part)), read_facts(part, starts_sentence=i == 0)
        )
        for i, part in enumerate(parts)
    )


def content_terms(text: str, lang: Lang) -> tuple[str, ...]:
    """The distinct terms of ``text`` that state something; numbers and codes are facts and compared as such."""
    content = understand(with_digits(text), lang).content
    return tuple(term for term in content if term not in _glue() and not any(c.isdigit() for c in term))


@cache
def _glue() -> frozenset[str]:
    return frozenset(cached_terms(_GLUE))


def bare(text: str) -> str:
    """``text`` normalised, without white space and the punctuation that may differ in a copy."""
    return re.sub(r"[\s.。!！,，;；:：\"'“”‘’「」*`|-]+", "", normalize(text))


def sources_of(found: Iterable[tuple[Article, Passage]], numbers: Sequence[int] = ()) -> tuple[Source, ...]:
    """Sources of distinct passages in order; ``numbers``: those of the first ones, further ones count on."""
    sources: dict[str, Source] = {}
    last = max(numbers, default=0)
    for i, (article, passage) in enumerate(found):
        if passage.id in sources:
            continue
        last += i >= len(numbers)
        sources[passage.id] = read_source(numbers[i] if i < len(numbers) else last, article, passage)
    return tuple(sources.values())


def _pieces(passage: Passage, block: Block) -> Iterator[tuple[Span, str]]:
    """Where the units of a block stand, each with the text that heads it."""
    source, start = _slice(passage, block.span), block.span.start
    if block.kind in (BlockKind.LIST, BlockKind.PROCEDURE):
        begins = [m.start() for m in _ITEM.finditer(source)]
        for begin, end in zip(begins or [0], [*begins[1:], len(source)], strict=True):
            item = source[begin:end].rstrip()
            yield Span(start + begin, start + begin + len(item)), ""
    elif block.kind is BlockKind.TABLE:
        yield from _rows(source, start)
    elif block.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE):
        for sentence in split_sentences(source):
            yield Span(start + sentence.start, start + sentence.end), ""
    else:
        yield block.span, ""


def _rows(source: str, start: int) -> Iterator[tuple[Span, str]]:
    position, head = 0, ""
    for line in source.splitlines(keepends=True):
        row = line.strip()
        if row and not _TABLE_RULE.match(row):
            begin = start + position + line.index(row)
            if head:
                yield Span(begin, begin + len(row)), head
            else:
                head = row
        position += len(line)


def _slice(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.span.start : span.end - passage.span.start]


def _without_marker(plain: str) -> str:
    return _ITEM.sub("", plain, count=1)
