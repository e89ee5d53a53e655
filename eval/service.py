"""The service itself over a set's index: its questions go through ``AnswerService.ask`` like those of any door."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.corpus import Corpus, Progress
from eval.datasets import Question
from eval.scoring import Place, Response
from kb.answering import AnswerOptions
from kb.index.live import LiveIndex
from kb.records import Records
from kb.service import AnswerService
from kb.text.embedding import open_encoder
from kb.text.remembered import RememberingEncoder
from kb.tokens import TokenSigner
from kb.types import Answer, Encoder, FloatArray, Outcome, Query, Span


def remembering(encoder: Encoder, known: Mapping[str, FloatArray]) -> Encoder:
    """The index's encoder with the vectors of ``known`` questions at hand, so that a repeated run embeds nothing."""

    def embed(texts: Sequence[str], query: bool) -> Sequence[FloatArray]:
        if query and all(text in known for text in texts):
            return [known[text] for text in texts]
        return list(encoder.encode(texts, query=query))

    return RememberingEncoder(encoder, embed)


@contextlib.contextmanager
def open_service(corpus: Corpus, known: Mapping[str, FloatArray] | None = None) -> Iterator[AnswerService]:
    """An AnswerService over the corpus's index that writes its records into a temporary folder.

    ``known``: vectors of questions that will be asked.
    """

    def opened(folder: Path) -> Encoder:
        return remembering(open_encoder(folder), known or {})

    with tempfile.TemporaryDirectory(prefix="kb-eval-") as scratch, Records.open(Path(scratch)) as records:
        live = LiveIndex(corpus.data)
        options = AnswerOptions(models=corpus.model.parent, open_encoder=opened)
        try:
            yield AnswerService(live, records, TokenSigner(secrets.token_bytes(32)), options)
        finally:
            live.close()


def ask_all(corpus: Corpus, questions: Sequence[Question], progress: Progress) -> list[Response]:
    """Ask every question once; responses in the order of ``questions``."""
    texts = [question.text for question in questions]
    vectors = corpus.question_vectors(texts, progress)
    spans = {passage.id: passage.span for passage in corpus.snapshot.passages}
    responses = []
    with open_service(corpus, dict(zip(texts, vectors, strict=True))) as service:
        for number, text in enumerate(texts):
            answer = service.ask(Query(question=text.strip()[:1000], channel="eval"))
            responses.append(as_response(answer, spans))
            progress("ask the service", number + 1, len(texts))
    return responses


def as_response(answer: Answer, spans: Mapping[str, Span]) -> Response:
    """An answer as a response that can be judged; ``spans`` maps passage id to its place in the file.

    Places are the passages that the citations come from, then those of the suggestions, each once. Quotes are the
    pieces that were stated as the answer.
    """
    shown = dict.fromkeys((c.article_id, c.passage_id) for c in (*answer.citations, *answer.suggestions))
    return Response(
        places=tuple(Place(article_id, spans[passage_id]) for article_id, passage_id in shown),
        quotes=tuple(Place(citation.article_id, citation.source_span) for citation in answer.citations),
        score=answer.confidence.score,
        calibrated=True,
        answered=answer.outcome is Outcome.ANSWERED,
    )
