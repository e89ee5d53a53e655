"""Which texts of a passage are searched, and how much each field counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kb.text.sentences import split_sentences
from kb.text.tokenize import tokenize
from kb.types import Article, Passage


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How many times a term of each field counts beside one in the body (BM25 over weighted counts:
    Robertson, Zaragoza & Taylor, "Simple BM25 Extension to Multiple Weighted Fields", 2004).

    Chosen by measurement, see ``eval/LOG.md``.
    """

    title: int = 6
    heading: int = 4
    questions: int = 2
    synonyms: int = 2


def passage_terms(article: Article, passage: Passage, weights: FieldWeights = FieldWeights()) -> Counter[str]:
    """Weighted term counts of ``passage`` with the fields of its article."""
    counts = Counter(tokenize(passage.plain))
    _add(counts, article.title, weights.title)
    _add(counts, "\n".join(passage.heading_path[1:]), weights.heading)
    _add(counts, "\n".join(article.questions), weights.questions)
    _add(counts, "\n".join((*article.synonyms, *article.tags)), weights.synonyms)
    return counts


def passage_texts(passage: Passage) -> list[list[str]]:
    """The terms of the headings below the title, then of every sentence: a group of ``kb.index.sequences``."""
    headings = tokenize("\n".join(passage.heading_path[1:]))
    return [headings, *(tokenize(passage.plain[s.start : s.end]) for s in split_sentences(passage.plain))]


def article_texts(article: Article) -> list[list[str]]:
    """The terms of the title, of the synonyms with the tags, then of every known phrasing: a group of ``kb.index.sequences``."""
    synonyms = tokenize("\n".join((*article.synonyms, *article.tags)))
    return [tokenize(article.title), synonyms, *(tokenize(question) for question in article.questions)]


def embedding_text(passage: Passage) -> str:
    """What is embedded for a passage: where it stands, then what it says."""
    return " › ".join(passage.heading_path) + "\n" + passage.plain


def wording_texts(article: Article) -> tuple[str, ...]:
    """How the article is asked for: its title and its known phrasings, each embedded by itself."""
    return tuple(dict.fromkeys((article.title, *article.questions)))


def _add(counts: Counter[str], text: str, weight: int) -> None:
    if text and weight:
        for term in tokenize(text):
            counts[term] += weight
