"""What an article says, statement by statement, so that a new one can be told from one that has only moved."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from kb.index.snapshot import Snapshot
from kb.text.sentences import split_sentences
from kb.text.tokenize import cached_terms
from kb.types import Article

_WORD = re.compile(r"\w+")
# The number of a step and the box of a task say nothing: a step in front must not make all later ones new.
_MARKER = re.compile(r"^[\s>]*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})\s+)?(?:\[[ xX]\]\s+)?")


def statements_of(text: str) -> list[str]:
    """The statements of Markdown ``text`` in order: each sentence, list item or table row by its words alone.

    Two texts that differ in white space, line breaks, case, punctuation, emphasis or numbers of steps give the same.

    >>> statements_of("Pay **by card**.\\n1. Open\\n   it.")
    ['pay by card', 'open it']
    """
    found = (_words(text[span.start : span.end]) for span in split_sentences(text))
    return [words for words in found if words]


def _words(sentence: str) -> str:
    folded = unicodedata.normalize("NFKC", _MARKER.sub("", sentence, count=1)).casefold()
    return " ".join(_WORD.findall(folded.replace("_", " ")))


def digest(statement: str) -> bytes:
    """First 16 bytes of the SHA-256 of a statement."""
    return hashlib.sha256(statement.encode()).digest()[:16]


def phrasings_of(article: Article) -> list[str]:
    """What an article is asked by: title, headings, known phrasings and synonyms, as statements."""
    texts = [article.title, *(heading.text for heading in article.headings), *article.questions, *article.synonyms]
    return [words for text in texts if (words := _words(text))]


def digests_of(snapshot: Snapshot, article_ids: Sequence[str]) -> Iterator[bytes]:
    """The digests of all that the named articles of ``snapshot`` say and are asked by."""
    for article_id in article_ids:
        article = snapshot.articles[article_id]
        yield from map(digest, phrasings_of(article))
        for row in snapshot.rows_of_article[article_id]:
            passage = snapshot.passages[row]
            for block in passage.blocks:
                text = passage.text[block.span.start - passage.span.start : block.span.end - passage.span.start]
                yield from map(digest, statements_of(text))


def still_says(snapshot: Snapshot, article_id: str | None, quote: str) -> bool:
    """Whether every statement of ``quote`` still stands in the article."""
    if article_id is None or article_id not in snapshot.articles:
        return False
    return {digest(statement) for statement in statements_of(quote)} <= set(digests_of(snapshot, [article_id]))


def kept_share(snapshot: Snapshot, quote: str, texts: Sequence[str]) -> float:
    """How much of what ``quote`` says, by the weight of its words in ``snapshot``, stands in ``texts``; in [0, 1]."""
    held = {term for text in texts for term in cached_terms(text)}
    weights = {term: snapshot.lexical.idf_of(term) for term in cached_terms(quote)}
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / total if total else 1.0
