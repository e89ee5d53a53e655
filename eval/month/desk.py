"""The service under a clock of its own: answers, records, harvest and proof as one process would hold them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from eval.corpus import Progress, cache_folder
from eval.service import remembering
from indexer.embedding_cache import ModelVectors
from kb.answering import Answerer, AnswerOptions, Draft
from kb.harvest import Harvester
from kb.ids import new_id
from kb.index.live import LiveIndex
from kb.index.snapshot import Snapshot
from kb.proof.keeper import DEFAULT_LIMITS, GapKeeper
from kb.records import Records
from kb.regrouping import Regrouper
from kb.service import AnswerService
from kb.text.embedding import DEFAULT_MODEL, open_encoder, prepare_model
from kb.tokens import TokenSigner
from kb.types import Encoder, FloatArray, Query, Turn


class MonthClock:
    """A clock that stands where it was put."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class RememberingAnswerer(Answerer):
    """Answers each distinct question once for each snapshot; repeats get that answer under an id and a time of their own.

    The same question to the same articles gets the same answer, so a month of questions costs as much as its distinct ones.
    """

    def __init__(self, options: AnswerOptions, sign: Callable[[str], str], clock: Callable[[], datetime]) -> None:
        super().__init__(options, sign)
        self._clock = clock
        self._drafts: dict[tuple[str, str, str], Draft] = {}

    def draft(self, snapshot: Snapshot, query: Query, turns: Sequence[Turn] = (), *, rendered: bool = True) -> Draft:
        key = (snapshot.revision, query.question, query.lang)
        plain = not turns and query.option_id is None
        known = self._drafts.get(key) if plain else None
        if known is None:
            known = super().draft(snapshot, query, turns)
            if plain:
                self._drafts[key] = known
        answer_id = new_id("ans")
        answer = replace(
            known.answer,
            id=answer_id,
            created_at=self._clock(),
            conversation_id=query.conversation_id or new_id("cnv"),
            feedback_token=self._sign(answer_id),
        )
        return replace(known, answer=answer, query=query)


@dataclass(frozen=True)
class Desk:
    """Everything that is open, over one data folder."""

    data: Path
    clock: MonthClock
    live: LiveIndex
    records: Records
    service: AnswerService
    harvester: Harvester
    regrouper: Regrouper
    keeper: GapKeeper

    def settle(self) -> None:
        """Judge and try all that is due, as the background threads do."""
        while self.harvester.sweep():
            pass
        self.records.flush()
        while self.regrouper.run(now=True):
            pass
        while self.keeper.work() and self.records.findability.untried(DEFAULT_LIMITS.age, 1):
            pass


def question_vectors(texts: Sequence[str], progress: Progress) -> dict[str, FloatArray]:
    """The vector of each question, embedded once per machine."""
    folder, card = prepare_model(DEFAULT_MODEL, cache_folder() / "models")
    store = ModelVectors(cache_folder() / "questions", card)
    vectors, _ = store.embed(
        texts,
        lambda missing: open_encoder(folder),
        lambda done, of: progress("embed questions", done, of),
        query=True,
    )
    return dict(zip(texts, vectors, strict=True))


@contextlib.contextmanager
def open_desk(data: Path, now: datetime, known: Mapping[str, FloatArray]) -> Iterator[Desk]:
    """Open the service over an indexed data folder; its records begin empty when the folder has none.

    ``known``: vectors of questions that will be asked.
    """
    clock = MonthClock(now)

    def opened(folder: Path) -> Encoder:
        return remembering(open_encoder(folder), known)

    options = AnswerOptions(models=cache_folder() / "models", open_encoder=opened)
    signer = TokenSigner(secrets.token_bytes(32))
    live = LiveIndex(data)
    with Records.open(data, clock=clock) as records:
        service = AnswerService(live, records, signer, options)
        service.answerer = RememberingAnswerer(options, signer.sign, clock)
        harvester = Harvester(records, service.signals)
        regrouper = Regrouper(records, service.gaps)
        keeper = GapKeeper(data, live, service.answerer, records)
        try:
            yield Desk(data, clock, live, records, service, harvester, regrouper, keeper)
        finally:
            keeper.close()
            live.close()
