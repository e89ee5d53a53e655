"""Examples for fitting the confidence: real questions, the same with their article hidden, and questions about other things.

An example is what was found for one question, as features, and whether the first passage was right. Negatives are of the
kinds that a help centre meets: a missing article (the question's own article is hidden from the search), a near miss
(SQuAD 2.0's adversarial questions), and another topic (customers of a bank, chit-chat).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import orjson

from eval.corpus import Corpus, Progress, cache_folder, open_corpus
from eval.datasets import Question, Split, data_root, load_set, locate, sample, select, split_of
from eval.retrieval import rank, response
from eval.scoring import judge
from kb.answer.find import Findings, find
from kb.answer.known import KNOWN_CONFIDENCE
from kb.answer.question import understand
from kb.calibration.fit import Outcomes
from kb.calibration.own import outcomes_of, own_questions, try_questions
from kb.types import Filters

# Queries without a corpus: nothing in the help centres of the other sets is about them.
ELSEWHERE = ("clinc150-queries", "banking77-queries")
_HIDDEN_SHARE = 0.35  # of the answerable questions, asked once more with their article hidden
_ELSEWHERE_COUNT = 60
_LEXICAL_SHARE = 0.4
WORDS_ALONE = "questions-lexical"  # in place of the file's name: not one of the set's own files

Origin = Literal["set", "hidden", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Example:
    """One question's features and whether its first passage was right. ``model``: the ranker's regime.

    ``origin``: "set" as the set has it, "hidden" with its article hidden, "elsewhere" from a set without a corpus. ``known``:
    the words of a title or known phrasing, whose score does not come from the model alone. ``half``: "dev" or "test".
    """

    set_name: str
    model: str
    features: Mapping[str, float]
    right: bool
    answerable: bool
    origin: Origin = "set"
    kind: str = ""
    file: str = "questions"
    half: str = "dev"
    known: bool = False
    id: str = ""

    def served(self, probability: float) -> float:
        """The score that the service gives for a probability of the model."""
        return max(probability, KNOWN_CONFIDENCE) if self.known else probability


def collect(
    set_name: str, split: Split, limit: int | None, progress: Progress, *, reuse: bool = False
) -> list[Example]:
    """Examples of one set, at most ``limit`` questions of each of its files; a question that found nothing is no example.

    ``reuse``: take what an earlier run with the same arguments found, if it is still in the cache folder.
    """
    cache = cache_folder() / "confidence" / f"{set_name}-{split}-{limit}.json"
    if reuse and cache.is_file():
        return [Example(**row) for row in orjson.loads(cache.read_bytes())]
    question_set = load_set(set_name)
    if question_set.articles is None:
        return []
    corpus = open_corpus(question_set.articles, set_name, progress)
    asked: list[Question] = []
    for file in dict.fromkeys(question.file for question in question_set.questions):
        own = [question for question in question_set.questions if question.file == file]
        asked += sample(select(own, split), limit)
    examples = _examples(set_name, corpus, asked, "set", progress)
    answerable = [question for question in asked if question.answerable]
    hidden = sample(answerable, round(_HIDDEN_SHARE * len(answerable)))
    examples += _examples(set_name, corpus, hidden, "hidden", progress)
    examples += _examples(set_name, corpus, elsewhere(split), "elsewhere", progress)
    examples += lexical_examples(set_name, corpus, asked, split, progress)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(orjson.dumps([asdict(example) for example in examples]))
    return examples


def lexical_examples(
    set_name: str, corpus: Corpus, asked: Sequence[Question], split: Split, progress: Progress
) -> list[Example]:
    """A part of the questions once more with words alone: what a service without vectors for a language finds."""
    own = [question for question in asked if question.file == "questions"]
    some = sample(own, round(_LEXICAL_SHARE * len(own)))
    answerable = [question for question in some if question.answerable]
    hidden = sample(answerable, round(_HIDDEN_SHARE * len(answerable)))
    away = elsewhere(split)
    away = list(sample(away, round(_LEXICAL_SHARE * len(away))))
    parts: list[tuple[Sequence[Question], Origin]] = [(some, "set"), (hidden, "hidden"), (away, "elsewhere")]
    unskilled = replace(corpus, card=replace(corpus.card, skill={}))
    return [
        e for part, origin in parts for e in _examples(set_name, unskilled, part, origin, progress, words_alone=True)
    ]


def elsewhere(split: Split) -> list[Question]:
    """A few questions of every set without a corpus; none where the larger sets are not at hand."""
    root = data_root()
    present = [name for name in ELSEWHERE if root is not None and (root / name).is_dir()]
    return [q for name in present for q in sample(select(load_set(name).questions, split), _ELSEWHERE_COUNT)]


def _examples(
    set_name: str,
    corpus: Corpus,
    questions: Sequence[Question],
    origin: Origin,
    progress: Progress,
    words_alone: bool = False,
) -> list[Example]:
    hidden = [frozenset(g.article_id for g in q.gold) if origin == "hidden" else None for q in questions]
    examples = []
    for question, found in zip(questions, rank(corpus, questions, progress, hidden=hidden), strict=True):
        if not found.features:
            continue
        answerable = question.answerable and origin == "set"
        right = answerable and judge(question, locate(question, corpus.texts), response(found)).right
        examples.append(
            Example(
                set_name=set_name,
                model=found.regime,
                features={name: round(value, 5) for name, value in found.features.items()},
                right=right,
                answerable=answerable,
                origin=origin,
                kind=question.kind,
                file=WORDS_ALONE if words_alone else question.file,
                half=split_of(question.group),
                known="known_wording" in found.features,
                id=question.id,
            )
        )
    return examples


def own_outcomes(set_name: str, progress: Progress, limit: int = 120) -> Outcomes:
    """What the questions made from a set's own articles give, as ``kb calibrate`` makes them; none without a corpus."""
    question_set = load_set(set_name)
    if question_set.articles is None:
        return Outcomes((), ())
    corpus = open_corpus(question_set.articles, set_name, progress)
    asked = own_questions(corpus.snapshot, datetime.now(UTC).date(), limit)
    vectors = dict(
        zip((q.text for q in asked), corpus.question_vectors([q.text for q in asked], progress), strict=True)
    )

    def search(text: str, hidden: frozenset[str]) -> Findings:
        question = understand(text)
        return find(
            corpus.snapshot,
            question,
            vectors[text],
            skill=corpus.card.skill,
            written=question.lang,
            filters=Filters(),
            today=datetime.now(UTC).date(),
            hidden=hidden,
        )

    return outcomes_of(try_questions(asked, search, lambda done: progress("own questions", done, len(asked))))
