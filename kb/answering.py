"""From a question and a snapshot to an answer, and nothing written down: what every door, replay and check asks through."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from kb.answer.account import account_question
from kb.answer.assemble import Presentation, assemble
from kb.answer.calibration import DEFAULT_BUDGET, Calibration
from kb.answer.clarify import chosen_hit
from kb.answer.confidence import shipped_calibration, weights_for
from kb.answer.decide import Decision, DecisionParameters, decide, decide_chosen
from kb.answer.expand import Expanded, expand, find_in_any_wording
from kb.answer.explain import explain
from kb.answer.find import Findings, find, prefer
from kb.answer.governed import category_of, govern, judge_turn, under_policy
from kb.answer.manner import manner_of
from kb.answer.question import Question, language_of, understand
from kb.answer.replies import about_own_data, reply_to
from kb.answer.rerank import Reranker
from kb.answer.search import search_articles
from kb.answer.typeahead import search_typed
from kb.errors import NotFoundError
from kb.index.snapshot import Snapshot
from kb.policy import NO_POLICY, Policy
from kb.question_vectors import QuestionVectors
from kb.reading import Reading, decide_turn, read
from kb.text.redact import Redaction, redact
from kb.text.synonyms import NO_SYNONYMS, Synonyms
from kb.types import (
    Answer,
    Audience,
    Encoder,
    Explanation,
    Filters,
    FloatArray,
    Lang,
    Query,
    SearchPage,
    Timings,
    Turn,
)


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """What an operator may decide. ``open_encoder`` gets the folder of a prepared model below ``models``.

    ``wrong_answer_budget``: share of the given answers that may be wrong. ``calibration``: the help centre's own for scores of an
    embedding model, by its fingerprint; None for the shipped one.
    """

    models: Path
    open_encoder: Callable[[Path], Encoder]
    site_url: str = ""
    handoff_channels: tuple[str, ...] = ()
    handoff_contact: str = ""
    accepts_handoffs: Callable[[], bool] = lambda: False
    wrong_answer_budget: float = DEFAULT_BUDGET
    calibration: Callable[[str], Calibration | None] = lambda fingerprint: None
    synonyms: Callable[[], Synonyms] = lambda: NO_SYNONYMS
    policy: Callable[[], Policy] = lambda: NO_POLICY
    reranker: Reranker | None = None
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Need:
    """A question as it may be kept: masked. ``vector`` (with the ``encoder`` that made it) only if nothing was masked."""

    question: Question
    label: str
    vector: FloatArray | None = None
    encoder: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An extractive answer that is not written down, with all that led to it. ``lang``: of the articles it was found in."""

    answer: Answer
    snapshot: Snapshot
    query: Query
    question: Question
    decision: Decision
    need: Need
    lang: Lang


class Answerer:
    """Answers from any snapshot whose model can be opened. Thread-safe; keeps no record of what it was asked."""

    def __init__(self, options: AnswerOptions, sign: Callable[[str], str] = lambda answer_id: "") -> None:
        """``sign`` makes the feedback token of an answer; without it nobody can vote on what is answered here."""
        self.options = options
        self.vectors = QuestionVectors(options.models, options.open_encoder)
        self._sign = sign
        self._decision = lru_cache(maxsize=4)(self._decision_parameters)

    def warm_up(self, snapshot: Snapshot) -> None:
        """Load what the first question to ``snapshot`` would wait for. Raises what ``draft`` raises."""
        if self.options.reranker is not None:
            self.options.reranker.load()
        written = {article.lang for article in snapshot.articles.values()}
        for lang, text in (("en", "warm up"), ("zh", "预热")):  # a model may have a part for each language
            if lang in written:
                self.vectors.vector(snapshot, understand(text), (lang,))
        # Loads the words that typing errors are compared with, and the lines that are searched while somebody types.
        self.search(snapshot, "wram 预热 up", mode="typeahead", limit=1)

    def draft(self, snapshot: Snapshot, query: Query, turns: Sequence[Turn] = (), *, rendered: bool = True) -> Draft:
        """The answer to ``query`` after ``turns`` (oldest first). ``rendered``: with HTML, which nobody reads who only checks.

        Raises EncoderError, and InvalidInputError for an unknown option.
        """
        started = time.perf_counter()
        masked = redact(query.question)
        if query.option_id is not None:
            return self._chosen(snapshot, query, query.option_id, masked, turns, started)
        begun = time.perf_counter()
        policy = self.options.policy()
        judged = judge_turn(policy, query.question, turns)
        reading = self._read(snapshot, replace(query, question=policy.heard(query.question, judged)), turns)
        retrieved = time.perf_counter()
        question, findings = reading.question, reading.findings
        found = decide_turn(reading, query, turns, partial(self._decide, snapshot, query=query))
        decision = govern(policy, judged, found, reading.manner)
        shown = self._presentation()
        answer = assemble(snapshot, query, question, masked, findings, decision, shown, rendered=rendered)
        category = category_of(decision, query.filters.category)
        answer = under_policy(answer, policy, judged, reading.manner, category=category, now=self.options.now())
        need = _need(question, masked, reading.vector, snapshot)
        done = time.perf_counter()
        answer = replace(
            answer,
            timings_ms=Timings(
                embed=reading.embedding * 1e3,
                retrieve=(retrieved - begun - reading.embedding) * 1e3,
                answer=(done - retrieved) * 1e3,
                total=(done - started) * 1e3,
            ),
        )
        return Draft(answer, snapshot, query, question, decision, need, findings.lang)

    def _chosen(
        self,
        snapshot: Snapshot,
        query: Query,
        option_id: str,
        masked: Redaction,
        turns: Sequence[Turn],
        started: float,
    ) -> Draft:
        """The answer to an option that was chosen: its place is known, so nothing is searched and nothing embedded."""
        hit = chosen_hit(snapshot, option_id, query.filters, self.options.today())
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
        answer = assemble(snapshot, query, question, masked, findings, decision, self._presentation())
        took = (time.perf_counter() - started) * 1e3
        answer = replace(answer, timings_ms=Timings(embed=0.0, retrieve=0.0, answer=took, total=took))
        return Draft(
            answer, snapshot, query, question, decision, _need(question, masked, None, snapshot), findings.lang
        )

    def search(
        self,
        snapshot: Snapshot,
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
        chosen = None if lang == "auto" else lang
        filters, today = Filters(category, tags, audience), self.options.today()
        if mode == "typeahead":
            return search_typed(
                snapshot,
                text,
                synonyms=self.options.synonyms(),
                filters=filters,
                lang=chosen,
                limit=limit,
                offset=offset,
                site_url=self.options.site_url,
                today=today,
            )
        asked = self._expand(snapshot, understand(text, chosen))
        question = asked.question
        return search_articles(
            snapshot,
            asked,
            self.vectors.vector(snapshot, question, (question.lang,)) if question.content else None,
            skill=self.vectors.card(snapshot).skill,
            filters=filters,
            lang=chosen,
            limit=limit,
            offset=offset,
            site_url=self.options.site_url,
            today=today,
        )

    def explain(self, snapshot: Snapshot, query: Query, article_id: str | None = None) -> Explanation:
        """Why this answer and why not ``article_id``; writes nothing down. Raises NotFoundError for an unknown article."""
        if article_id is not None and article_id not in snapshot.articles:
            raise NotFoundError(
                f"There is no article {article_id!r} in the index.", "See GET /v1/articles for the ids."
            )
        policy = self.options.policy()
        judged = policy.judge(query.question)
        asked = self._expand(snapshot, understand(policy.heard(query.question, judged), language_of(query)))
        question = asked.question
        vector = self.vectors.vector(snapshot, question, ("en", "zh")) if question.content else None
        findings = self._find(snapshot, asked, vector, query, limit=200)
        manner = manner_of(query.question)
        found = reply_to(manner) or about_own_data(
            self._decide(snapshot, question, findings, query), account_question(query.question), question
        )
        decision = govern(policy, judged, found, manner)
        return explain(
            snapshot,
            asked,
            findings,
            decision,
            article_id=article_id,
            filters=query.filters,
            today=self.options.today(),
        )

    def try_question(self, snapshot: Snapshot, text: str, hidden: frozenset[str] = frozenset()) -> Findings:
        """What the shipped model finds in the question's own language without ``hidden`` articles."""
        question = understand(text)
        return find(
            snapshot,
            question,
            self.vectors.vector(snapshot, question, (question.lang,)) if question.content else None,
            skill=self.vectors.card(snapshot).skill,
            written=question.lang,
            filters=Filters(),
            today=self.options.today(),
            hidden=hidden,
        )

    def try_alone(self, snapshot: Snapshot, query: Query, article_id: str) -> tuple[Findings, Decision]:
        """What the article would say to ``query`` if the help centre had no other; ``score`` and margins are flattered by that."""
        others = frozenset(snapshot.articles.keys() - {article_id})
        asked = self._expand(snapshot, understand(query.question, language_of(query)))
        question, written = asked.question, snapshot.articles[article_id].lang

        def search(wording: Question) -> Findings:
            return find(
                snapshot,
                wording,
                self.vectors.vector(snapshot, question, (written,)) if question.content else None,
                skill=self.vectors.card(snapshot).skill,
                written=written,
                filters=query.filters,
                today=self.options.today(),
                correction=self._calibration(snapshot).correction,
                hidden=others,
            )

        findings = find_in_any_wording(asked, snapshot, written, search)
        return findings, self._decide(snapshot, question, findings, query)

    def answering_score(self, snapshot: Snapshot) -> float:
        """The confidence from which an answer is stated from ``snapshot``."""
        return self._decision(self._calibration(snapshot)).thresholds.answer

    # Steps

    def _calibration(self, snapshot: Snapshot) -> Calibration:
        return self.options.calibration(snapshot.identity.model_fingerprint) or shipped_calibration()

    def _decision_parameters(self, calibration: Calibration) -> DecisionParameters:
        return DecisionParameters(thresholds=calibration.thresholds(self.options.wrong_answer_budget))

    def _presentation(self) -> Presentation:
        options = self.options
        return Presentation(
            options.site_url,
            options.handoff_channels,
            options.today(),
            self._sign,
            options.handoff_contact,
            options.accepts_handoffs(),
        )

    def _expand(self, snapshot: Snapshot, question: Question) -> Expanded:
        return expand(question, snapshot, self.options.synonyms())

    def _find(
        self, snapshot: Snapshot, asked: Expanded, vector: FloatArray | None, query: Query, limit: int = 20
    ) -> Findings:
        question = asked.question
        skill = self.vectors.card(snapshot).skill
        calibration = self._calibration(snapshot)

        def search(wording: Question, written: Lang) -> Findings:
            return find(
                snapshot,
                wording,
                vector,
                skill=skill,
                written=written,
                filters=query.filters,
                today=self.options.today(),
                limit=limit,
                correction=calibration.correction,
                reranker=self.options.reranker,
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
            return self.vectors.vector(snapshot, question, written)

        return read(
            query,
            turns,
            snapshot,
            expand=lambda question: self._expand(snapshot, question),
            embed=embed,
            search=lambda asked, vector: self._find(snapshot, asked, vector, query),
        )

    def _decide(self, snapshot: Snapshot, question: Question, findings: Findings, query: Query) -> Decision:
        parameters = self._decision(self._calibration(snapshot))
        return decide(question, findings, max_citations=query.max_citations, parameters=parameters)


def _need(question: Question, masked: Redaction, vector: FloatArray | None, snapshot: Snapshot) -> Need:
    """The question as it may be written down: where something was masked, its terms and vector are not kept either."""
    if masked.count:
        return Need(understand(masked.text, question.lang), masked.text)
    encoder = snapshot.identity.model_fingerprint if vector is not None else None
    return Need(question, masked.text, vector, encoder)
