"""Examples for fitting the ranker: the candidates of every answerable question with their features, and which are right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from eval.corpus import Corpus, Progress, cache_folder, open_corpus
from eval.datasets import GoldSpans, Question, load_set, locate, sample, split_of
from eval.scoring import Place, is_hit
from kb.answer.find import find
from kb.answer.question import understand
from kb.answer.rank import REGIMES, Ranker
from kb.answer.rank_features import FEATURES
from kb.answer.retrieve import RetrievalParameters
from kb.types import BoolArray, Filters, FloatArray, IntArray

# Every candidate that the ranker would see, in the order of the fused score.
_UNRANKED = Ranker(np.asarray([1.0, *[0.0] * (len(FEATURES) - 1)], dtype=np.float32), 0.0)


BY_WORDS = " by words"


@dataclass(frozen=True, eq=False)
class Examples:
    """Candidates of many questions, one behind the other; a question without candidates has none.

    ``features``: shape ``(candidates, len(FEATURES))``; ``article_right``, ``passage_right``: shape ``(candidates,)``;
    ``counts``: candidates of each question. By question: ``labels`` (set, or set/file), ``regimes`` (position in ``REGIMES``, -1
    where nothing was found), ``dev`` (which half) and ``by_passage`` (whether the right passage is known, or only the article).
    """

    features: FloatArray
    article_right: BoolArray
    passage_right: BoolArray
    counts: IntArray
    labels: tuple[str, ...]
    regimes: IntArray
    dev: BoolArray
    by_passage: BoolArray

    @property
    def starts(self) -> IntArray:
        """Position of each question's first candidate."""
        starts: IntArray = np.cumsum(self.counts) - self.counts
        return starts

    @property
    def right(self) -> BoolArray:
        """What the ranker is to put first: the right passage where it is known, else any of the right article."""
        chosen: BoolArray = np.where(np.repeat(self.by_passage, self.counts), self.passage_right, self.article_right)
        return chosen


def collect(set_name: str, limit: int | None, progress: Progress, *, by_words: bool = False) -> Examples:
    """Both halves of one set, at most ``limit`` questions of each of its files; kept below the cache folder.

    ``by_words``: as a server without any model for the language would find them, with ``BY_WORDS`` behind the labels; questions
    in another language than the articles are left out then.
    """
    question_set = load_set(set_name)
    if question_set.articles is None:
        return join([])
    corpus = open_corpus(question_set.articles, set_name, progress)
    questions: list[Question] = []
    for file in dict.fromkeys(question.file for question in question_set.questions):
        own = [question for question in question_set.questions if question.file == file and question.answerable]
        questions += sample(own, limit)
    if by_words:
        questions = [question for question in questions if question.file != "questions-xling"]
    cache = cache_folder() / "rank" / f"{set_name}-{'words-' * by_words}{_key(corpus, questions)}.npz"
    if not cache.is_file():
        examples = _collect(corpus, questions, by_words, progress)
        cache.parent.mkdir(parents=True, exist_ok=True)
        with cache.open("wb") as stream:
            np.savez(stream, **{name: getattr(examples, name) for name in _ARRAYS}, labels=np.asarray(examples.labels))
    with np.load(cache, allow_pickle=False) as stored:
        return Examples(**{name: stored[name] for name in _ARRAYS}, labels=tuple(map(str, stored["labels"])))


_ARRAYS = ("features", "article_right", "passage_right", "counts", "regimes", "dev", "by_passage")


def join(parts: Sequence[Examples]) -> Examples:
    """All questions of ``parts``."""
    empty = np.zeros((0, len(FEATURES)), dtype=np.float32)
    bools, whole = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    return Examples(
        features=np.concatenate([empty, *(part.features for part in parts)]),
        article_right=np.concatenate([bools, *(part.article_right for part in parts)]),
        passage_right=np.concatenate([bools, *(part.passage_right for part in parts)]),
        counts=np.concatenate([whole, *(part.counts for part in parts)]),
        labels=tuple(label for part in parts for label in part.labels),
        regimes=np.concatenate([whole, *(part.regimes for part in parts)]),
        dev=np.concatenate([bools, *(part.dev for part in parts)]),
        by_passage=np.concatenate([bools, *(part.by_passage for part in parts)]),
    )


def take(examples: Examples, chosen: BoolArray) -> Examples:
    """The questions where ``chosen`` (shape ``(questions,)``) is true."""
    candidates = np.repeat(chosen, examples.counts)
    return Examples(
        features=examples.features[candidates],
        article_right=examples.article_right[candidates],
        passage_right=examples.passage_right[candidates],
        counts=examples.counts[chosen],
        labels=tuple(label for label, keep in zip(examples.labels, chosen.tolist(), strict=True) if keep),
        regimes=examples.regimes[chosen],
        dev=examples.dev[chosen],
        by_passage=examples.by_passage[chosen],
    )


def _collect(corpus: Corpus, questions: Sequence[Question], by_words: bool, progress: Progress) -> Examples:
    texts = [question.text for question in questions]
    vectors = [None] * len(texts) if by_words else corpus.question_vectors(texts, progress)
    parts = []
    for number, question in enumerate(questions):
        parts.append(_example(corpus, question, locate(question, corpus.texts), vectors[number]))
        progress("collect candidates", number + 1, len(questions))
    return join(parts)


def _example(corpus: Corpus, question: Question, gold: Sequence[GoldSpans], vector: FloatArray | None) -> Examples:
    articles = {place.article_id for place in gold}
    written = {corpus.snapshot.articles[article].lang for article in articles}
    asked = understand(question.text)
    findings = find(
        corpus.snapshot,
        asked,
        vector,
        skill=corpus.card.skill,
        written=asked.lang if asked.lang in written else min(written),
        filters=Filters(),
        today=datetime.now(UTC).date(),
        limit=RetrievalParameters().ranked,
        rankers=dict.fromkeys(REGIMES, _UNRANKED),
    )
    hits = findings.hits
    places = [Place(hit.article.id, hit.passage.span) for hit in hits]
    return Examples(
        features=np.asarray([list(hit.features.values()) for hit in hits], np.float32).reshape(-1, len(FEATURES)),
        article_right=np.asarray([place.article_id in articles for place in places], dtype=np.bool_),
        passage_right=np.asarray([any(is_hit(place, one) for one in gold) for place in places], dtype=np.bool_),
        counts=np.asarray([len(hits)], dtype=np.int64),
        labels=(_label(question) + ("" if vector is not None else BY_WORDS),),
        regimes=np.asarray([REGIMES.index(findings.regime) if hits else -1], dtype=np.int64),
        dev=np.asarray([split_of(question.group) == "dev"], dtype=np.bool_),
        by_passage=np.asarray([question.level == "passage"], dtype=np.bool_),
    )


def _label(question: Question) -> str:
    return question.set_name + question.file.removeprefix("questions").replace("-", "/", 1)


# The code that decides which candidates a question has and what is said about them.
_CODE = ("kb/answer/*.py", "kb/index/*.py")


def _key(corpus: Corpus, questions: Sequence[Question]) -> str:
    digest = hashlib.sha256(corpus.snapshot.revision.encode())
    root = Path(__file__).resolve().parents[1]
    for pattern in _CODE:
        for file in sorted(root.glob(pattern)):
            if file.name.startswith(
                ("rank_features", "retrieve", "lookup", "fuse", "question", "translate", "lexical", "vector")
            ):
                digest.update(file.read_bytes())
    for question in questions:
        digest.update(f"{question.id}\n{question.text}\n".encode())
    return digest.hexdigest()[:16]
