"""From supported sentences to the answer that is served: text, citations, and the extractive pieces where they are needed."""

from __future__ import annotations

import re
from collections.abc import Generator as Writer
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kb.answer.compose import Place, cite
from kb.generator.endpoint import Stop
from kb.generator.generator import Generator, Sentence, Task, Written
from kb.generator.sources import Source, sources_of
from kb.generator.support import Similarity, Weigh
from kb.text.markdown import to_html
from kb.types import Answer, AnswerText, Citation, Generation, Hit, Span

_MAX_SOURCES = 4
_MARK_OPEN, _MARK_CLOSE = "\ue000", "\ue001"
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~&!:@])")  # what Markdown or an automatic link could read as markup
_LINE_START = re.compile(r"^(\s*)([-+]|\d+[.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that may be shown now; all pieces of one answer together begin ``answer.text``, and ``answer.markdown``."""

    text: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer may be worded from. ``hits``: ranked passages, those of the extractive answer among them."""

    question: str
    places: tuple[Place, ...]
    hits: tuple[Hit, ...]
    weigh: Weigh
    similarity: Similarity | None
    site_url: str
    today: date


def reword(
    generator: Generator, answer: Answer, material: Material, stop: Stop | None = None, *, streamed: bool
) -> Writer[Piece, None, Answer]:
    """Let ``generator`` word ``answer``; yield what may be shown and return the answer to serve.

    ``answer`` is the extractive one and comes back when the model is of no use. ``streamed``: pieces are shown at once. What
    was shown cannot be taken back, so an answer that then proves incomplete goes on with the extractive pieces.
    """
    task = _task(answer, material)
    if task is None:
        return replace(answer, generation=Generation("other_language", 0, 0.0))
    writing = generator.write(task, stop)
    shown = _Text()
    while True:
        try:
            sentence = next(writing)
        except StopIteration as end:
            written: Written = end.value
            break
        known = len(shown.markdown)
        addition = shown.add(sentence)
        if streamed:
            try:
                yield Piece(addition, _marked_markdown(shown.markdown[known:]))
            except GeneratorExit:
                writing.close()
                raise
    outcome = Generation(written.result, written.dropped, written.ms)
    if written.result == "written":
        return _served(answer, material, task.sources, shown, outcome)
    if streamed and written.sentences and written.result != "cancelled":
        return _completed(answer, material, task.sources, shown, outcome)
    return replace(answer, generation=outcome)


def finished(writing: Writer[Piece, None, Answer]) -> Answer:
    """The answer at the end of ``writing``; the pieces are not needed."""
    while True:
        try:
            next(writing)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def _task(answer: Answer, material: Material) -> Task | None:
    """What to write, or None where it could not be checked: a translation shares no words with its source."""
    if answer.answer is None or answer.lang != answer.question_lang:
        return None
    passages = {place.passage.id: (place.article, place.passage) for place in material.places}
    cited = [c for c in answer.citations if c.passage_id in passages]
    first = {c.passage_id: c for c in reversed(cited)}
    numbers = [c.n for c in answer.citations if first.get(c.passage_id) is c]
    found = [passages[c.passage_id] for c in answer.citations if first.get(c.passage_id) is c]
    further = [
        (hit.article, hit.passage)
        for hit in material.hits
        if hit.passage.id not in passages and hit.article.policy == "answer" and hit.article.lang == answer.lang
    ]
    last = max((c.n for c in answer.citations), default=0)
    room = max(0, _MAX_SOURCES - len(found))
    numbers += range(last + 1, last + 1 + min(room, len(further)))
    sources = sources_of([*found, *further[:room]], numbers)
    cited_numbers = frozenset(c.n for c in cited)
    return Task(material.question, answer.lang, sources, cited_numbers, material.weigh, material.similarity)


class _Text:
    """The three forms of a text that grows by sentences, and where each source supports it."""

    def __init__(self) -> None:
        self.text = ""
        self.markdown = ""
        self.spans: dict[int, list[Span]] = {}
        self.quoted: dict[int, list[Span]] = {}
        self._number = 0

    def add(self, sentence: Sentence) -> str:
        """Append a sentence and return what it adds to the plain text."""
        before, marker = self._separator(sentence)
        start = len(self.text) + len(before)
        addition = f"{before}{marker}{sentence.text}"
        self.text += addition
        numbers = sorted({evidence.source.n for evidence in sentence.evidence})
        for n in numbers:
            self.spans.setdefault(n, []).append(Span(start, len(self.text)))
        for evidence in sentence.evidence:
            self.quoted.setdefault(evidence.source.n, []).append(evidence.unit.span)
        marks = "".join(f"{_MARK_OPEN}{n}{_MARK_CLOSE}" for n in numbers)
        gap = "\n\n" if "\n" in before and not marker else before
        self.markdown += f"{gap}{marker}{escaped(sentence.text)} {marks}"
        return addition

    def _separator(self, sentence: Sentence) -> tuple[str, str]:
        marker = ""
        if sentence.line == "1. ":
            self._number += 1
            marker = f"{self._number}. "
        elif sentence.line == "- ":
            marker = "- "
        if sentence.line != "1. " and sentence.line:
            self._number = 0
        if not self.text:
            return "", marker
        if sentence.line:
            return "\n", marker
        return ("" if self.text[-1] in "。！？；…”」" else " "), ""


def _served(answer: Answer, material: Material, sources: Sequence[Source], shown: _Text, outcome: Generation) -> Answer:
    citations = tuple(
        _citation(source, shown.quoted[source.n], shown.spans[source.n], material)
        for source in sources
        if source.n in shown.quoted
    )
    text = AnswerText(_marked_markdown(shown.markdown), _html(shown.markdown), shown.text)
    return replace(answer, answer=text, citations=citations, generation=outcome)


def _completed(
    answer: Answer, material: Material, sources: Sequence[Source], shown: _Text, outcome: Generation
) -> Answer:
    """What was shown, and behind it the extractive answer."""
    assert answer.answer is not None
    offset = len(shown.text) + 2
    by_number = {source.n: source for source in sources}
    citations: list[Citation] = []
    for own in answer.citations:
        moved = tuple(Span(span.start + offset, span.end + offset) for span in own.answer_spans)
        if own.n in shown.quoted:
            quoted = [*shown.quoted[own.n], own.source_span]
            spans = [*shown.spans[own.n], *moved]
            citations.append(_citation(by_number[own.n], quoted, spans, material))
        else:
            citations.append(replace(own, answer_spans=moved))
    used = {c.n for c in citations}
    citations += [
        _citation(by_number[n], shown.quoted[n], shown.spans[n], material)
        for n in sorted(shown.quoted)
        if n not in used
    ]
    text = AnswerText(
        f"{_marked_markdown(shown.markdown)}\n\n{answer.answer.markdown}",
        f"{_html(shown.markdown)}\n{answer.answer.html}",
        f"{shown.text}\n\n{answer.answer.text}",
    )
    return replace(answer, answer=text, citations=tuple(citations), generation=outcome)


def _citation(source: Source, quoted: Iterable[Span], spans: Iterable[Span], material: Material) -> Citation:
    """One citation for all that a passage supports: its quote reaches from the first to the last piece of evidence."""
    pieces = list(quoted)
    hull = Span(min(p.start for p in pieces), max(p.end for p in pieces))
    place = Place(source.article, source.passage, hull)
    return cite(place, source.n, tuple(sorted(spans)), material.site_url, material.today)


def escaped(text: str) -> str:
    """``text`` as Markdown that reads as exactly these characters."""
    return _LINE_START.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", text))


def _marked_markdown(markdown: str) -> str:
    return markdown.replace(_MARK_OPEN, "[").replace(_MARK_CLOSE, "]")


def _html(markdown: str) -> str:
    rendered = to_html(markdown, resolve_link=lambda href: href, anchors=False)
    return re.sub(
        f"{_MARK_OPEN}(\\d+){_MARK_CLOSE}",
        r'<sup class="citation"><a href="#source-\1">\1</a></sup>',
        rendered,
    )
