"""The order of the steps between a question and its written-down answer, and nothing else."""

from __future__ import annotations

from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Unpack

from kb.answer.choosing import choice_among, may_choose
from kb.answer.conversation import asked_back
from kb.answer.find import Findings
from kb.answer.housekeeping import is_housekeeping
from kb.answer.question import Question
from kb.answer.verify import verify_citation
from kb.answering import Answerer, AnswerOptions, Draft
from kb.documents import answer_document
from kb.earlier import Earlier, goes_on
from kb.errors import KbError, NotAllowedError, NotFoundError
from kb.gaps.grouping import GapDirectory
from kb.index.live import LiveIndex
from kb.index.snapshot import Snapshot
from kb.persons import People
from kb.records import Records, Signal
from kb.repeats import Repeats
from kb.signals import Signals
from kb.text.redact import redact
from kb.tokens import TokenSigner
from kb.types import Answer, Article, Explanation, FloatArray, Outcome, Query, SearchHow, SearchPage, Turn, Verification

if TYPE_CHECKING:
    from kb.generator.endpoint import Stop
    from kb.generator.generator import Generator
    from kb.generator.wording import Piece


@dataclass(frozen=True, slots=True)
class _Asked:
    """A draft with what it is evidence of; ``wordable``: there is a generator, and something for it to word."""

    draft: Draft
    answer: Answer
    signals: Sequence[Signal]
    wordable: bool


class AnswerService:
    """Everything a door may ask for. Thread-safe; one instance serves all requests of a process."""

    def __init__(
        self,
        live: LiveIndex,
        records: Records,
        signer: TokenSigner,
        options: AnswerOptions,
        generator: Generator | None = None,
        people: People | None = None,
    ) -> None:
        """``people``: who is the same person in several channels; None: nobody is recognised."""
        self.live = live
        self.people = people
        self.answerer = Answerer(options, signer.sign)
        self._earlier = Earlier(
            lambda snapshot, query, turns: self.answerer.draft(snapshot, query, turns, rendered=False).answer
        )
        self._generator = generator
        self._records = records
        self._signer = signer
        self.repeats = Repeats(records, signer.sign)
        self.gaps = GapDirectory(source=records.grouping.news)
        self.gaps.sync()
        self.signals = Signals(self.gaps, self._embed, self.articles)

    @property
    def generator(self) -> Generator | None:
        """The optional writer of answers; None unless an endpoint is configured."""
        return self._generator

    def warm_up(self, snapshot: Snapshot | None = None) -> None:
        """Load what the first question would wait for, to ``snapshot`` or to the one in use.

        Raises what ``ask`` would raise for an unusable index.
        """
        self.answerer.warm_up(snapshot or self.live.current())

    def ask(self, query: Query, stop: Stop | None = None) -> Answer:
        """Answer a question and write it down. ``stop``: set when nobody waits any more, which ends the wording by a model.

        Raises IndexMissingError, IndexMismatchError, IndexCorruptError, EncoderError.
        """
        asked = self._ask(query)
        answer = asked.answer
        if asked.wordable:
            from kb.generator.wording import finished

            answer = finished(self._word(asked, stop, streamed=False))
        self._log(asked, answer)
        return answer

    def ask_in_pieces(self, query: Query, stop: Stop | None = None) -> Iterator[Answer | Piece]:
        """Answer a question as it is being worded: the extractive answer first, then pieces, then the answer that is served.

        Raises what ``ask`` raises, before the first item. ``stop``: set when nobody waits any more; the question is
        written down all the same.
        """
        asked = self._ask(query)
        answer = asked.answer
        try:
            yield answer
            if asked.wordable:
                answer = yield from self._word(asked, stop, streamed=True)
        finally:
            self._log(asked, answer)
        yield answer

    def _ask(self, query: Query) -> _Asked:
        """Everything up to the extractive answer."""
        snapshot = self.live.current()
        query, turns = self._conversation(snapshot, query)
        draft = self.answerer.draft(snapshot, query, turns)
        chosen = query.option_id is not None  # a place that was chosen is no question that was not answered
        signals = [] if chosen else self.signals.of_answer(draft, turns)
        answer = replace(draft.answer, gap_id=signals[0].gap_id if signals else None)
        wordable = self._generator is not None and answer.outcome is Outcome.ANSWERED and not chosen
        if query.earlier is not None and not is_housekeeping(query.question):
            self._earlier.remember(snapshot, query, answer)
        return _Asked(draft, answer, signals, wordable)

    def _conversation(self, snapshot: Snapshot, query: Query) -> tuple[Query, Sequence[Turn]]:
        """The question in its conversation, and what was said there before.

        A stored conversation that the caller names goes before the messages that the caller sends; one that only belongs to the
        same person has to end as they do.
        """
        named = query.conversation_id is not None
        if self.people is not None and not is_housekeeping(query.question):
            query = self.people.continued(query)
        stored = self._records.turns(query.conversation_id) if query.conversation_id else []
        if query.earlier is None or (stored and (named or goes_on(stored, query))):
            return self._with_choice(snapshot, query, stored), stored
        before = self._earlier.before(snapshot, query)
        conversation_id = query.conversation_id or before.conversation_id
        option_id = query.option_id or before.chosen(query.question)
        return replace(query, conversation_id=conversation_id, option_id=option_id), before.turns

    def _with_choice(self, snapshot: Snapshot, query: Query, turns: Sequence[Turn]) -> Query:
        """``query`` with the option that its words name, of those that the last of ``turns`` was answered with."""
        if query.option_id is not None or not asked_back(turns) or not may_choose(query.question):
            return query
        # The question that was asked back is drafted once more: the records keep no options.
        asked = replace(query, question=turns[-1].question, lang=turns[-1].lang, earlier=None)
        options = self.answerer.draft(snapshot, asked, turns[:-1], rendered=False).answer.options
        return replace(query, option_id=choice_among(query.question, options))

    def _word(self, asked: _Asked, stop: Stop | None, *, streamed: bool) -> Writer[Piece, None, Answer]:
        """Let the generator word the extractive answer, where that can be checked."""
        from kb.generator.wording import Material, reword  # only who has an endpoint waits for this import

        assert self._generator is not None
        draft, options = asked.draft, self.answerer.options
        material = Material(
            question=redact(draft.question.text).text,
            places=draft.decision.places,
            hits=draft.decision.hits,
            weigh=draft.snapshot.lexical.idf_of,
            similarity=self.answerer.vectors.similarity(draft.snapshot, draft.question.lang),
            site_url=options.site_url,
            today=options.today(),
        )
        answer = yield from reword(self._generator, asked.answer, material, stop, streamed=streamed)
        took = answer.generation.ms if answer.generation else 0.0
        return replace(answer, timings_ms=replace(answer.timings_ms, total=answer.timings_ms.total + took))

    def search(self, text: str, **how: Unpack[SearchHow]) -> SearchPage:
        """Articles that match, best first; ``typeahead`` completes the last word and uses no model."""
        return self.answerer.search(self.live.current(), text, **how)

    def explain(self, query: Query, article_id: str | None = None) -> Explanation:
        """Why this answer and why not ``article_id``; writes nothing down. Raises NotFoundError for an unknown article."""
        return self.answerer.explain(self.live.current(), query, article_id)

    def verify_citation(self, article_id: str, content_hash: str, quote: str) -> Verification:
        """Whether a quote that was given out still stands in its article."""
        snapshot = self.live.current()
        article = snapshot.articles.get(article_id)
        rows = snapshot.rows_of_article.get(article_id, range(0))
        return verify_citation(article, [snapshot.passages[row] for row in rows], content_hash, quote)

    def may_vote(self, answer_id: str, token: str) -> bool:
        """Whether ``token`` is the one that came with that answer."""
        try:
            self._signer.check(token, answer_id)
        except NotAllowedError:
            return False
        return True

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
        signal = self.signals.of_complaint(document, reasons) if rating == "down" else None
        return self._records.vote(
            answer_id, rating, reasons=reasons, comment=comment, resolved=resolved, signal=signal
        ).created

    def try_question(self, text: str, hidden: frozenset[str] = frozenset()) -> Findings:
        """What is found in the question's own language without ``hidden`` articles; writes nothing down."""
        return self.answerer.try_question(self.live.current(), text, hidden)

    def _embed(self, question: Question) -> tuple[FloatArray, str] | None:
        """For signals, which are made without an index or a model too."""
        try:
            snapshot = self.live.current()
            vector = self.answerer.vectors.vector(snapshot, question, ("en", "zh"))
        except KbError:
            return None
        return None if vector is None else (vector, snapshot.identity.model_fingerprint)

    def articles(self) -> Mapping[str, Article]:
        """The articles of the index in use; none without an index."""
        try:
            return self.live.current().articles
        except KbError:
            return {}

    def _log(self, asked: _Asked, answer: Answer) -> None:
        draft = asked.draft
        if is_housekeeping(draft.query.question):
            return  # a chat program asked, not a visitor
        shown = answer.citations or answer.suggestions
        self._records.log_answer(
            answer_document(answer),
            channel=draft.query.channel,
            visitor=draft.query.visitor,
            page_url=draft.query.page_url,
            category=draft.snapshot.articles[shown[0].article_id].category if shown else None,
            passage_ids=[hit.passage.id for hit in draft.decision.hits[:10]],
            terms=draft.need.question.content,
            signals=asked.signals,
            person=self._person(draft.query),
            request=draft.query.request,
        )

    def _person(self, query: Query) -> str | None:
        return None if self.people is None or query.person_ref is None else self.people.key(query.person_ref)
