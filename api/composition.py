"""Opens a data folder: the one place that joins index, records and answering, for every door alike."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import structlog

from api.agent_links import AgentLinks
from api.reception import Reception, contact_address, is_told
from kb.errors import InvalidInputError, KbError
from kb.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from indexer.build import BuildReport, Progress
    from kb.answer.rerank import Reranker
    from kb.calibration.store import LiveCalibration, StoredCalibration
    from kb.generator.endpoint import EndpointOptions
    from kb.generator.generator import Generator
    from kb.handing_over import HandingOver
    from kb.harvest import Harvester
    from kb.index.live import LiveIndex
    from kb.persons import People
    from kb.policy import Policy, Route
    from kb.proof.keeper import GapKeeper
    from kb.records import Records
    from kb.sealing import ContactSeal
    from kb.service import AnswerService
    from kb.text.synonyms import Synonyms
    from kb.visits import VisitLog
    from kb.watched_file import WatchedFile

SECRET = "secret.key"  # signs feedback tokens and hides visitors; made when there is none
# Encrypts contacts of hand-overs, and who wrote what waits for an answer; made when there is none.
CONTACT_KEY = "contact.key"
MODELS = "models"
SYNONYMS_COPY = "synonyms.last-good.yaml"
POLICY_COPY = "policy.last-good.yaml"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class OpenService:
    """An opened data folder. Close it, or use it in a ``with`` statement. ``visitor_secret``: at least 32 bytes."""

    settings: Settings
    service: AnswerService
    records: Records
    live: LiveIndex
    visitor_secret: bytes
    calibration: LiveCalibration
    synonyms: WatchedFile[Synonyms]
    policy: WatchedFile[Policy]
    visits: VisitLog
    harvester: Harvester
    keeper: GapKeeper
    handing_over: HandingOver
    reception: Reception
    agent_links: AgentLinks
    people: People
    seal: ContactSeal

    def index_articles(self, *, progress: Progress | None = None) -> BuildReport:
        """Re-read the articles and serve the result.

        The folder is that of the settings, else the one last indexed. Raises ``InvalidInputError`` when neither is
        known, and what ``indexer.build.build`` raises.
        """
        from indexer.build import build

        report = build(self.articles_dir(), self.settings.data, encoder=self.encoder(), light=True, progress=progress)
        self.live.refresh()
        return report

    def watch_articles(self, stop: threading.Event) -> None:
        """Re-read the articles after every change, until ``stop`` is set; what goes wrong is logged."""
        from indexer.watch import watch

        def on_report(report: BuildReport) -> None:
            self.live.refresh()
            _log.info("index.built", revision=report.revision, changed=report.changed, problems=len(report.problems))

        def on_error(error: KbError) -> None:
            _log.error("index.not_built", detail=error.detail, hint=error.hint)

        try:
            folder = self.articles_dir()
        except KbError as error:
            on_error(error)
            return
        watch(
            folder,
            self.settings.data,
            encoder=self.encoder,
            on_report=on_report,
            on_error=on_error,
            stop=stop,
        )

    def calibrate(self, progress: Progress) -> StoredCalibration:
        """Fit the confidence to these articles and votes; keeps nothing. Raises ``InvalidInputError``, and what ``ask`` raises."""
        from kb.calibration.calibrate import VotedAnswer, calibrate

        votes = [VotedAnswer(v.question, v.article_id, v.rating, v.reasons) for v in self.records.rated_answers()]
        today = datetime.now(UTC).date()
        return calibrate(self.live.current(), votes, self.service.try_question, today=today, progress=progress)

    def encoder(self) -> str:
        """The model to index with: that of the index in use, which may have been replaced by another since the start."""
        from kb.text.model_card import model_name

        try:
            return self.live.current().identity.model_name
        except KbError:
            return model_name(self.settings.encoder)

    def articles_dir(self) -> Path:
        """The folder to re-read. Raises ``InvalidInputError`` when none is known."""
        if self.settings.articles is not None:
            return self.settings.articles
        try:
            return self.live.current().articles_dir
        except KbError:
            raise InvalidInputError(
                "No articles folder is known yet.", "Run `kb index ARTICLES --data DIR` once, or set KB_ARTICLES."
            ) from None

    def follow(self) -> None:
        """Serve every newly published index and every saved synonym or policy file at once, judge what visitors left behind
        and ask the gaps' questions of every new index, until ``close``."""
        self.live.follow()
        self.synonyms.follow()
        self.policy.follow()
        self.harvester.start()
        self.keeper.start()

    def close(self) -> None:
        self.keeper.close()
        self.harvester.close()
        self.policy.close()
        self.synonyms.close()
        if self.service.generator is not None:
            self.service.generator.close()
        self.live.close()
        self.records.close()

    def __enter__(self) -> OpenService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _known_articles_dir(settings: Settings, live: LiveIndex) -> Path | None:
    """The folder of the articles, without loading anything."""
    return settings.articles or (live.held.articles_dir if live.held else None)


def open_service(settings: Settings) -> OpenService:
    """Open the data folder of ``settings``; make it when there is none. A missing index is an error of each question.

    Raises ``StorageError`` when the folder or the database cannot be used.
    """
    # Here, not above: `kb --help` and the import of the web application must not wait for NumPy and friends.
    from kb.answering import AnswerOptions
    from kb.calibration.store import CALIBRATION_FILE, LiveCalibration
    from kb.handing_over import HandingOver
    from kb.harvest import Harvester
    from kb.index.live import LiveIndex
    from kb.persons import People
    from kb.policy_file import policy_file
    from kb.proof.keeper import GapKeeper
    from kb.records import Records
    from kb.sealing import ContactSeal
    from kb.service import AnswerService
    from kb.synonym_file import synonym_file
    from kb.text.embedding import open_encoder
    from kb.text.model_card import model_name
    from kb.text.tokenize import TOKENIZER_VERSION
    from kb.tokens import TokenSigner
    from kb.visits import VisitLog

    records = Records.open(settings.data)
    try:
        secret = settings.data / SECRET
        signer = TokenSigner.from_file(secret)
        calibration = LiveCalibration(settings.data / CALIBRATION_FILE)
        live = LiveIndex(
            settings.data,
            tokenizer=TOKENIZER_VERSION,
            encoder=model_name(settings.encoder),
            before_switch=lambda snapshot: service.warm_up(snapshot),  # noqa: PLW0108 - the service is made below
            on_change=lambda snapshot: keeper.published(snapshot),  # noqa: PLW0108 - and so is the keeper
        )
        reception = Reception(records, told=is_told(settings))
        synonyms = synonym_file(partial(_known_articles_dir, settings, live), settings.data / SYNONYMS_COPY)
        policy = policy_file(partial(_known_articles_dir, settings, live), settings.data / POLICY_COPY)
        options = AnswerOptions(
            models=settings.data / MODELS,
            open_encoder=partial(open_encoder, threads=settings.encoder_threads),
            site_url=settings.site_url.rstrip("/"),
            handoff_channels=settings.handoff_channels,
            handoff_contact=contact_address(settings.handoff_contact),
            accepts_handoffs=reception.accepts,
            wrong_answer_budget=settings.wrong_answer_budget,
            calibration=calibration.current,
            synonyms=synonyms.current,
            policy=policy.current,
            reranker=open_reranker(settings),
        )
        people = People(records, secret.read_bytes(), timedelta(hours=settings.person_window_hours))
        service = AnswerService(live, records, signer, options, open_generator(settings), people)
        visits = VisitLog(records, service.signals, options.today)
        harvester = Harvester(records, service.signals)
        keeper = GapKeeper(settings.data, live, service.answerer, records)
        seal = ContactSeal(settings.data / CONTACT_KEY, _secret(settings.contact_key))
        receipts = TokenSigner.from_file(secret, "handoff")
        handing_over = HandingOver(
            records, service.signals, signer, receipts, seal, policy.current, send_to=_send_to(settings)
        )
        return OpenService(
            settings,
            service,
            records,
            live,
            secret.read_bytes(),
            calibration,
            synonyms,
            policy,
            visits,
            harvester,
            keeper,
            handing_over,
            reception,
            AgentLinks(secret.read_bytes(), settings.handoff_link_hours, settings.site_url),
            people,
            seal,
        )
    except BaseException:
        records.close()
        raise


def _send_to(settings: Settings) -> Callable[[Route], tuple[str, ...] | None]:
    """Names of the destinations that a route of the policy means. Raises ``InvalidInputError``."""
    from api.destinations import destinations_of, resolve

    destinations = destinations_of(settings)
    if not destinations:
        return lambda route: None
    feed = bool(settings.webhook_urls)
    return lambda route: resolve(destinations, route.channels, route.team.mail, feed=feed)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def open_reranker(settings: Settings) -> Reranker | None:
    """The cross-encoder that ``settings`` name, loaded when it is first used; None without a name."""
    if not settings.reranker:
        return None
    from kb.text.cross_encoder import TorchReranker

    return TorchReranker(settings.reranker)


def open_generator(settings: Settings) -> Generator | None:
    """The writer of answers that ``settings`` name; None without an address. Raises ``InvalidInputError`` for an unusable one."""
    if not settings.generator_url:
        return None
    from kb.generator.endpoint import Endpoint
    from kb.generator.generator import Generator

    return Generator(Endpoint(endpoint_options(settings)), concurrency=settings.generator_concurrency)


def endpoint_options(settings: Settings) -> EndpointOptions:
    """Where and how the model is asked. Raises ``InvalidInputError`` for an address or a model that cannot be used."""
    from urllib.parse import urlsplit

    from kb.generator.endpoint import EndpointOptions

    try:
        address = urlsplit(settings.generator_url)
        usable = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # a port or a bracket that is none
        usable = False
    if not usable:
        raise InvalidInputError(
            "KB_GENERATOR_URL is no address of a web server.", "Write it like http://127.0.0.1:11434/v1."
        )
    if not settings.generator_model:
        raise InvalidInputError("KB_GENERATOR_MODEL is not set.", "Name the model that the endpoint serves.")
    return EndpointOptions(
        url=settings.generator_url,
        model=settings.generator_model,
        key=_secret(settings.generator_key),
        timeout=settings.generator_timeout,
        max_tokens=settings.generator_max_tokens,
    )
