"""Question sets over folders of articles: what is asked, and which place in which article answers it.

A set is a folder ``NAME/`` with ``articles/**/*.md`` and one or more ``questions*.jsonl``. One line of those files:
``{"id", "lang", "question", "answerable", "gold": [{"article", "passage", "answer"}], "kind", ...}``. Gold places are
text, never row numbers, so that a set stays valid however articles are cut into passages.

The sets that ship with the project are files ``eval/data/*.jsonl`` over the folder ``articles/``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kb.errors import InvalidInputError, NotFoundError
from kb.types import Span

Split = Literal["dev", "test", "all"]
Level = Literal["passage", "article"]

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED_QUESTIONS = PROJECT / "eval" / "data"
SHIPPED_ARTICLES = PROJECT / "articles"


@dataclass(frozen=True, slots=True)
class Gold:
    """A place known to answer a question.

    ``article_id`` is the path below the articles folder without ``.md``. ``passage`` and ``answer`` are exact
    substrings of the file and of the passage; either may be empty when the source does not say.
    """

    article_id: str
    passage: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set. ``gold`` is empty exactly when ``answerable`` is False.

    ``answers`` are all accepted wordings of the answer. ``group`` is what the dev/test split hashes.
    ``level`` "article" means that only the article is known to be right.
    """

    id: str
    set_name: str
    file: str  # "questions", "questions-xling", ...
    lang: str  # "en", "zh" or "zh-TW"
    text: str
    answerable: bool
    gold: tuple[Gold, ...]
    answers: tuple[str, ...]
    kind: str
    level: Level
    group: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A named list of questions over one folder of articles (None: queries without a corpus)."""

    name: str
    articles: Path | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class GoldSpans:
    """Where a question's gold text stands in its article, in code points of the whole file.

    ``answers`` lists every occurrence of every accepted answer inside a gold passage; empty without answer text.
    """

    article_id: str
    passages: tuple[Span, ...]
    answers: tuple[Span, ...]


def data_root() -> Path | None:
    """Folder of the optional larger sets: ``KB_EVAL_DATA``, else ``../shared/data`` beside the checkout, else None."""
    named = os.environ.get("KB_EVAL_DATA")
    if named is not None:
        return Path(named) if named else None
    beside = PROJECT.parent / "shared" / "data"
    return beside if beside.is_dir() else None


def available_sets(root: Path | None = None) -> tuple[str, ...]:
    """Names of the sets below ``root`` that have questions and articles, sorted; the shipped ones come first."""
    folder = root if root is not None else data_root()
    if folder is None:
        return shipped_sets()
    found = sorted(path.parent.name for path in folder.glob("*/articles") if any(path.parent.glob("questions*.jsonl")))
    return (*shipped_sets(), *found)


def shipped_sets() -> tuple[str, ...]:
    """Names of the sets that ship with the project, sorted; empty where its articles are not installed."""
    if not SHIPPED_ARTICLES.is_dir():
        return ()
    return tuple(file.stem for file in sorted(SHIPPED_QUESTIONS.glob("*-questions.jsonl")))


def load_set(name: str, root: Path | None = None) -> QuestionSet:
    """Load a shipped set or the folder ``root/name``. Raises NotFoundError, InvalidInputError (a malformed line)."""
    shipped = SHIPPED_QUESTIONS / f"{name}.jsonl"
    if shipped.is_file():
        return QuestionSet(name, SHIPPED_ARTICLES, tuple(_read_questions(shipped, name, "questions")))
    folder = root if root is not None else data_root()
    if folder is None or not (folder / name).is_dir():
        raise NotFoundError(f"There is no question set {name!r}.", f"Known sets: {', '.join(available_sets(root))}.")
    return load_folder(folder / name)


def load_folder(folder: Path, articles: Path | None = None) -> QuestionSet:
    """Load every ``questions*.jsonl`` of a folder; articles come from ``articles`` or from ``folder/articles``.

    Raises NotFoundError when the folder holds no question file, InvalidInputError for a malformed line.
    """
    files = sorted(folder.glob("questions*.jsonl"), key=lambda file: file.stem)
    if not files:
        raise NotFoundError(f"{folder} has no questions*.jsonl.", "Write one question per line; see eval/datasets.py.")
    corpus = articles if articles is not None else folder / "articles"
    questions = [question for file in files for question in _read_questions(file, folder.name, file.stem)]
    return QuestionSet(folder.name, corpus if corpus.is_dir() else None, tuple(questions))


def split_of(group: str) -> Literal["dev", "test"]:
    """The half that a group of questions belongs to: a fair coin fixed by SHA-256 of the group's name.

    >>> split_of("normans"), split_of("huguenot")
    ('test', 'dev')
    """
    return "dev" if hashlib.sha256(group.encode()).digest()[0] < 128 else "test"


def select(questions: Iterable[Question], split: Split) -> tuple[Question, ...]:
    """The questions of one half, in their order."""
    return tuple(q for q in questions if split == "all" or split_of(q.group) == split)


def sample(questions: Sequence[Question], limit: int | None) -> tuple[Question, ...]:
    """At most ``limit`` questions, the same ones on every machine: those with the smallest hashes, in file order."""
    if limit is None or limit >= len(questions):
        return tuple(questions)
    order = sorted(range(len(questions)), key=lambda i: hashlib.sha256(questions[i].id.encode()).digest())
    return tuple(questions[i] for i in sorted(order[:limit]))


def locate(question: Question, texts: Mapping[str, str]) -> tuple[GoldSpans, ...]:
    """Resolve gold text to spans; ``texts`` maps article id to the whole file.

    Raises InvalidInputError when a gold article or passage is not there: the set and the articles have drifted apart.
    """
    return tuple(_locate_one(question, gold, texts) for gold in question.gold)


def _locate_one(question: Question, gold: Gold, texts: Mapping[str, str]) -> GoldSpans:
    text = texts.get(gold.article_id)
    if text is None:
        raise InvalidInputError(
            f"Gold article {gold.article_id!r} of question {question.id!r} is not among the articles."
        )
    if not gold.passage:
        return GoldSpans(gold.article_id, (), ())
    passages = tuple(_occurrences(gold.passage, text))
    if not passages:
        raise InvalidInputError(
            f"The gold passage of question {question.id!r} is not in {gold.article_id}.md any more.",
            "Copy the passage from the file again.",
        )
    wordings = dict.fromkeys(wording for wording in (gold.answer, *question.answers) if wording)
    answers = [
        Span(passage.start + found.start, passage.start + found.end)
        for passage in passages
        for wording in wordings
        for found in _occurrences(wording, gold.passage)
    ]
    return GoldSpans(gold.article_id, passages, tuple(answers))


def _occurrences(needle: str, text: str) -> Iterator[Span]:
    start = text.find(needle)
    while start >= 0:
        yield Span(start, start + len(needle))
        start = text.find(needle, start + 1)


def _read_questions(file: Path, set_name: str, kind_of_file: str) -> Iterator[Question]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield _question(json.loads(line), set_name, kind_of_file)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(f"{file}, line {number}: not a question ({error!r}).") from error


def _question(row: Mapping[str, Any], set_name: str, file: str) -> Question:
    gold = tuple(
        Gold(str(g["article"]).removesuffix(".md"), str(g.get("passage", "")), str(g.get("answer", "")))
        for g in row["gold"]
    )
    answerable = bool(row["answerable"])
    if answerable != bool(gold):
        raise ValueError("gold must be given exactly for answerable questions")
    return Question(
        id=str(row["id"]),
        set_name=set_name,
        file=file,
        lang=str(row["lang"]),
        text=str(row["question"]),
        answerable=answerable,
        gold=gold,
        answers=tuple(str(a) for a in row.get("answers", ())),
        kind=str(row["kind"]),
        level="article" if row.get("level") == "article" or not any(g.passage for g in gold) else "passage",
        group=_group(row, gold),
    )


def _group(row: Mapping[str, Any], gold: Sequence[Gold]) -> str:
    """What must stay in one half: the article asked about, or the question where there is none.

    An off-topic question is drawn into several sets with the set's name before ``:x:``; without that prefix the
    same question lands in the same half everywhere.
    """
    if gold:
        return gold[0].article_id
    near = row.get("near") or row.get("topic")
    if near:
        return str(near).removesuffix(".md")
    return str(row["id"]).partition(":x:")[2] or str(row["id"])
