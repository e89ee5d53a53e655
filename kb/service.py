"""The order of the steps between a question and its answer, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Writer
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kb.answer.account import account_question, account_question_in_context
from kb.answer.calibration import DEFAULT_BUDGET, Calibration
from kb.answer.clarify import chosen_hit
from kb.answer.compose import Place, cite, compose
from kb.answer.confidence import grade, shipped_calibration, weights_for
from kb.answer.conversation import asked_back, repeats
from kb.answer.decide import Decision, DecisionParameters, decide, decide_chosen
from kb.answer.expand import Expanded, expand, find_in_any_wording
from kb.answer.explain import explain
from kb.answer.find import Findings, find, prefer
from kb.answer.links import article_url
from kb.answer.manner import manner_of
from kb.answer.question import Question, language_of, understand
from kb.answer.replies import about_own_data, not_twice, reply_to
from kb.answer.rerank import Reranker
from kb.answer.search import search_articles
from kb.answer.verify import verify_citation
from kb.documents import answer_document
from kb.errors import NotFoundError
from kb.gaps.grouping import GapDirectory
from kb.ids import new_id
from kb.index.live import LiveIndex
from kb.index.snapshot import Snapshot
from kb.question_vectors import QuestionVectors
from kb.reading import Reading, read
from kb.records import Records, Signal, SignalKind
from kb.signals import Need, Signals
from kb.text.redact import Redaction, redact
from kb.text.synonyms import NO_SYNONYMS, Synonyms
from kb.tokens import TokenSigner
from kb.types import (
    Answer,
    Audience,
    Citation,
    Encoder,
    Explanation,
    Filters,
    FloatArray,
    Handoff,
    IndexInfo,
    Lang,
    Outcome,
    Query,
    Reason,
    ReasonCode,
    Related,
    SearchPage,
    Timings,
    Turn,
    Verification,
)

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop
    from kb.generator.generator import Generator
    from kb.generator.wording import Piece


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What an operator may decide. ``open_encoder`` gets the folder of a prepared model below ``models``.

    ``wrong_answer_budget``: share of the given answers that may be wrong. ``calibration``: the help centre's own for scores of an
    embedding model, by its fingerprint; None for the shipped one.
    """

    models: Path
    open_encoder: Callable[[Path], Encoder]
    site_url: str = ""
    handoff_channels: tuple[str, ...] = ()
    wrong_answer_budget: float = DEFAULT_BUDGET
    calibration: Callable[[str], Calibration | None] = lambda fingerprint: None
    synonyms: Callable[[], Synonyms] = lambda: NO_SYNONYMS
    reranker: Reranker | None = None
    today: Callable[[], date] = lambda: datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class _Draft:
    """An extractive answer that is not written down yet, with all that led to it."""

    answer: Answer
    snapshot: Snapshot
    query: Query
    question: Question
    decision: Decision
    need: Need
    signals: Sequence[Signal]
    wordable: bool  # there is a generator, and something for it to word


class AnswerService:
    """Everything a door may ask for. Thread-safe; one instance serves all requests of a process."""

    def __init__(
        self,
        live: LiveIndex,
        records: Records,
        signer: TokenSigner,
        options: ServiceOptions,
        generator: Generator | None = None,
    ) -> None:
        self.live = live
        self._generator = generator
        self._records = records
        self._signer = signer
        self._options = options
        self._signals = Signals(GapDirectory(records.gap_members()))
        self._vectors = QuestionVectors(options.models, options.open_encoder)
        self._decision = lru_cache(maxsize=4)(self._decision_parameters)

    @property
    def generator(self) -> Generator | None:
        """The optional writer of answers; None unless an endpoint is configured."""
        return self._generator

    def warm_up(self, snapshot: Snapshot | None = None) -> None:
        """Load what the first question would wait for, to ``snapshot`` or to the one in use.

        Raises what ``ask`` would raise for an unusable index.
        """
        if self._options.reranker is not None:
            self._options.reranker.load()
        snapshot = snapshot or self.live.current()
        written = {article.lang for article in snapshot.articles.values()}
        for lang, text in (("en", "warm up"), ("zh", "预热")):  # a model may have a part for each language
            if lang in written:
                self._vectors.vector(snapshot, understand(text), (lang,))
        self._expand(snapshot, understand("wram up"))  # loads the words that typing errors are compared with

    def ask(self, query: Query) -> Answer:
        """Answer a question and write it down. Raises IndexMissingError, IndexMismatchError, IndexCorruptError, EncoderError."""
        draft = self._draft(query)
        answer = draft.answer
        if draft.wordable:
            from kb.generator.wording import finished

            answer = finished(self._word(draft, None, streamed=False))
        return self._finish(draft, answer)

    def ask_in_pieces(self, query: Query, stop: Stop | None = None) -> Iterator[Answer | Piece]:
        """Answer a question as it is being worded: the extractive answer first, then pieces, then the answer that is served.

        Raises what ``ask`` raises, before the first item. ``stop``: set when nobody waits any more; the question is
        written down all the same.
        """
        draft = self._draft(query)
        answer = draft.answer
        try:
            yield answer
            if draft.wordable:
                answer = yield from self._word(draft, stop, streamed=True)
        finally:
            answer = self._finish(draft, answer)
        yield answer

    def _draft(self, query: Query) -> _Draft:
        """Everything up to the extractive answer."""
        started = time.perf_counter()
        snapshot = self.live.current()
        masked = redact(query.question)
        turns = self._records.turns(query.conversation_id) if query.conversation_id else []
        if query.option_id is not None:
            return self._draft_chosen(query, query.option_id, started)
        begun = time.perf_counter()
        reading = self._read(snapshot, query, turns)
        retrieved = time.perf_counter()
        question, findings = reading.question, reading.findings
        decision = self._decide_turn(snapshot, reading, query, turns)
        answer = self._answer(snapshot, query, question, masked, findings, decision)
        need = _need(question, masked, reading.vector, snapshot)
        signals = self._signals.of_answer(need, decision, findings.lang, turns)
        done = time.perf_counter()
        answer = replace(
            answer,
            gap_id=signals[0].gap_id if signals else None,
            timings_ms=Timings(
                embed=reading.embedding * 1e3,
                retrieve=(retrieved - begun - reading.embedding) * 1e3,
                answer=(done - retrieved) * 1e3,
                total=(done - started) * 1e3,
            ),
        )
        wordable = self._generator is not None and answer.outcome is Outcome.ANSWERED
        return _Draft(answer, snapshot, query, question, decision, need, signals, wordable)

    def _draft_chosen(self, query: Query, option_id: str, started: float) -> _Draft:
        """The answer to an option that was chosen: its place is known, so nothing is searched and nothing embedded."""
        snapshot, masked = self.live.current(), redact(query.question)
        hit = chosen_hit(snapshot, option_id, query.filters, self._options.today())
        turns = self._records.turns(query.conversation_id) if query.conversation_id else []
        asked = f"{turns[-1].question} {query.question}" if turns else query.question
        question = understand(asked, language_of(query))
        weights = weights_for(snapshot, question)
        decision = decide_chosen(
            hit,
            question,
            weights,
            max_citations=query.max_citations,
            parameters=self._decision(self._calibration(snapshot)),
        )
        score = decision.confidence.score
        findings = Findings(hit.article.lang, (hit,), weights, {}, score, 0.0)
        answer = self._answer(snapshot, query, question, masked, findings, decision)
        took = (time.perf_counter() - started) * 1e3
        answer = replace(answer, timings_ms=Timings(embed=0.0, retrieve=0.0, answer=took, total=took))
        need = _need(question, masked, None, snapshot)
        return _Draft(answer, snapshot, query, question, decision, need, (), wordable=False)

    def _word(self, draft: _Draft, stop: Stop | None, *, streamed: bool) -> Writer[Piece, None, Answer]:
        """Let the generator word the extractive answer, where that can be checked."""
        from kb.generator.wording import Material, reword  # only who has an endpoint waits for this import

        assert self._generator is not None
        material = Material(
            question=redact(draft.question.text).text,
            places=draft.decision.places,
            hits=draft.decision.hits,
            weigh=draft.snapshot.lexical.idf_of,
            similarity=self._vectors.similarity(draft.snapshot, draft.question.lang),
            site_url=self._options.site_url,
            today=self._options.today(),
        )
        answer = yield from reword(self._generator, draft.answer, material, stop, streamed=streamed)
        took = answer.generation.ms if answer.generation else 0.0
        return replace(answer, timings_ms=replace(answer.timings_ms, total=answer.timings_ms.total + took))

    def _finish(self, draft: _Draft, answer: Answer) -> Answer:
        self._log(answer, draft.query, draft.need, draft.decision, draft.snapshot, draft.signals)
        return answer

    def search(
        self,
        text: str,
        *,
        lang: Literal["auto", "en", "zh"] = "auto",
        category: tuple[str, ...] = (),
        tags: tuple[str, ...] = (),
        audience: tuple[Audience, ...] = ("public",),
        mode: Literal["typeahead", "full"] = "full",
        limit: int = 10,
        offset: int = 0,
    ) -> SearchPage:
        """Articles that match, best first; ``typeahead`` completes the last word and uses no model."""
        snapshot = self.live.current()
        asked = self._expand(snapshot, understand(text, None if lang == "auto" else lang), mode == "typeahead")
        question = asked.question
        vector = (
            self._vectors.vector(snapshot, question, (question.lang,)) if mode == "full" and question.content else None
        )
        return search_articles(
            snapshot,
            asked,
            vector,
            skill=self._vectors.card(snapshot).skill,
            filters=Filters(category, tags, audience),
            lang=None if lang == "auto" else lang,
            prefix=mode == "typeahead",
            limit=limit,
            offset=offset,
            site_url=self._options.site_url,
            today=self._options.today(),
        )

    def explain(self, query: Query, article_id: str | None = None) -> Explanation:
        """Why this answer and why not ``article_id``; writes nothing down. Raises NotFoundError for an unknown article."""
        snapshot = self.live.current()
        if article_id is not None and article_id not in snapshot.articles:
            raise NotFoundError(
                f"There is no article {article_id!r} in the index.", "See GET /v1/articles for the ids."
            )
        asked = self._expand(snapshot, understand(query.question, language_of(query)))
        question = asked.question
        vector = self._vectors.vector(snapshot, question, ("en", "zh")) if question.content else None
        findings = self._find(snapshot, asked, vector, query, limit=200)
        decision = reply_to(manner_of(query.question)) or about_own_data(
            self._decide(snapshot, question, findings, query), account_question(query.question), question
        )
        return explain(
            snapshot,
            asked,
            findings,
            decision,
            article_id=article_id,
            filters=query.filters,
            today=self._options.today(),
        )

    def verify_citation(self, article_id: str, content_hash: str, quote: str) -> Verification:
        """Whether a quote that was given out still stands in its article."""
        snapshot = self.live.current()
        article = snapshot.articles.get(article_id)
        rows = snapshot.rows_of_article.get(article_id, range(0))
        return verify_citation(article, [snapshot.passages[row] for row in rows], content_hash, quote)

    def vote(
        self,
        answer_id: str,
        token: str,
        *,
        rating: Literal["up", "down"] | None,
        reasons: tuple[str, ...] = (),
        comment: str = "",
        resolved: bool | None = None,
    ) -> bool:
        """Let this vote stand on an answer; True when it is the first. Raises NotAllowedError, NotFoundError, InvalidInputError."""
        self._signer.check(token, answer_id)
        document = self._records.get_answer(answer_id)
        if document is None:
            raise NotFoundError(f"There is no answer {answer_id!r}.", "It may have been erased or purged.")
        signal = self._signals.of_complaint(document, reasons) if rating == "down" else None
        return self._records.vote(
            answer_id, rating, reasons=reasons, comment=comment, resolved=resolved, signal=signal
        ).created

    def report_signal(
        self, kind: SignalKind, text: str, lang: Lang | None = None, *, external_id: str | None = None
    ) -> Signal:
        """The signal of an outside event, assigned to a gap; the caller stores it."""
        return self._signals.of_event(kind, redact(text).text, lang, external_id)

    def try_question(self, text: str, hidden: frozenset[str] = frozenset()) -> Findings:
        """What the shipped model finds in the question's own language without ``hidden`` articles; writes nothing down."""
        snapshot = self.live.current()
        question = understand(text)
        return find(
            snapshot,
            question,
            self._vectors.vector(snapshot, question, (question.lang,)) if question.content else None,
            skill=self._vectors.card(snapshot).skill,
            written=question.lang,
            filters=Filters(),
            today=self._options.today(),
            hidden=hidden,
        )

    # Steps

    def _calibration(self, snapshot: Snapshot) -> Calibration:
        return self._options.calibration(snapshot.identity.model_fingerprint) or shipped_calibration()

    def _decision_parameters(self, calibration: Calibration) -> DecisionParameters:
        return DecisionParameters(thresholds=calibration.thresholds(self._options.wrong_answer_budget))

    def _expand(self, snapshot: Snapshot, question: Question, unfinished: bool = False) -> Expanded:
        return expand(question, snapshot, self._options.synonyms(), unfinished=unfinished)

    def _find(
        self, snapshot: Snapshot, asked: Expanded, vector: FloatArray | None, query: Query, limit: int = 20
    ) -> Findings:
        question = asked.question
        skill = self._vectors.card(snapshot).skill
        calibration = self._calibration(snapshot)

        def search(wording: Question, written: Lang) -> Findings:
            return find(
                snapshot,
                wording,
                vector,
                skill=skill,
                written=written,
                filters=query.filters,
                today=self._options.today(),
                limit=limit,
                correction=calibration.correction,
                reranker=self._options.reranker,
            )

        def findings(written: Lang) -> Findings:
            return find_in_any_wording(asked, snapshot, written, partial(search, written=written))

        own = findings(question.lang)
        bar = self._decision(calibration).thresholds.answer
        if not query.cross_language or own.score >= bar or not question.content:
            return own
        return prefer(own, findings("zh" if question.lang == "en" else "en"), bar)

    def _read(self, snapshot: Snapshot, query: Query, turns: Sequence[Turn]) -> Reading:
        def embed(question: Question) -> FloatArray | None:
            written: tuple[Lang, ...] = ("en", "zh") if query.cross_language else (question.lang,)
            return self._vectors.vector(snapshot, question, written)

        return read(
            query,
            turns,
            snapshot,
            expand=lambda question: self._expand(snapshot, question),
            embed=embed,
            search=lambda asked, vector: self._find(snapshot, asked, vector, query),
        )

    def _decide_turn(self, snapshot: Snapshot, reading: Reading, query: Query, turns: Sequence[Turn]) -> Decision:
        decision = reply_to(reading.manner)
        if decision is not None:
            return decision
        decision = self._decide(snapshot, reading.question, reading.findings, query)
        if asked_back(turns):
            decision = not_twice(decision)
        topic = reading.context.topic if reading.context else ""
        asked = account_question_in_context(query.question, topic)
        decision = about_own_data(decision, asked, understand(query.question))
        return replace(decision, offer_person=True) if repeats(query.question, turns) else decision

    def _decide(self, snapshot: Snapshot, question: Question, findings: Findings, query: Query) -> Decision:
        if not question.content:
            reason = Reason(ReasonCode.UNCLEAR_QUESTION, "The question does not say what it is about.")
            return Decision(Outcome.NO_ANSWER, reason, grade(0.0))
        return decide(
            question,
            findings,
            max_citations=query.max_citations,
            parameters=self._decision(self._calibration(snapshot)),
        )

    def _answer(
        self,
        snapshot: Snapshot,
        query: Query,
        question: Question,
        masked: Redaction,
        findings: Findings,
        decision: Decision,
    ) -> Answer:
        options, today = self._options, self._options.today()
        text, citations = compose(decision.places, snapshot.articles, options.site_url, today)
        answer_id = new_id("ans")
        stated = decision.places or decision.suggestions
        offered = decision.offer_person or decision.outcome is not Outcome.ANSWERED
        return Answer(
            id=answer_id,
            created_at=datetime.now(UTC),
            conversation_id=query.conversation_id or new_id("cnv"),
            question=masked.text,
            question_lang=question.lang,
            redactions=masked.count,
            outcome=decision.outcome,
            reason=decision.reason,
            lang=findings.lang if stated else question.lang,
            answer=text if citations else None,
            citations=citations,
            confidence=decision.confidence,
            options=decision.options,
            suggestions=_cite_all(decision.suggestions, options.site_url, today),
            actions=stated[0].article.actions if stated and decision.outcome is not Outcome.NO_ANSWER else (),
            related=tuple(
                Related(hit.article.id, hit.article.title, article_url(hit.article, options.site_url))
                for hit in decision.related
            ),
            handoff=Handoff(offered, options.handoff_channels),
            feedback_token=self._signer.sign(answer_id),
            gap_id=None,
            index=IndexInfo(snapshot.revision, snapshot.built_at),
            timings_ms=Timings(0.0, 0.0, 0.0, 0.0),
        )

    def _log(
        self,
        answer: Answer,
        query: Query,
        need: Need,
        decision: Decision,
        snapshot: Snapshot,
        signals: Sequence[Signal],
    ) -> None:
        shown = answer.citations or answer.suggestions
        self._records.log_answer(
            answer_document(answer),
            channel=query.channel,
            visitor=query.visitor,
            page_url=query.page_url,
            category=snapshot.articles[shown[0].article_id].category if shown else None,
            passage_ids=[hit.passage.id for hit in decision.hits[:10]],
            terms=need.question.content,
            signals=signals,
        )


def _need(question: Question, masked: Redaction, vector: FloatArray | None, snapshot: Snapshot) -> Need:
    """The question as it may be written down: where something was masked, its terms and vector are not kept either."""
    if masked.count:
        return Need(understand(masked.text, question.lang), masked.text)
    encoder = snapshot.identity.model_fingerprint if vector is not None else None
    return Need(question, masked.text, vector, encoder)


def _cite_all(places: Sequence[Place], site_url: str, today: date) -> tuple[Citation, ...]:
    return tuple(cite(place, n, (), site_url, today) for n, place in enumerate(places, start=1))
