"""Opens a data folder: the one place that joins index, records and answering, for every door alike."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import structlog

from kb.errors import InvalidInputError, KbError
from kb.settings import Settings

if TYPE_CHECKING:
    from indexer.build import BuildReport, Progress
    from kb.calibration.store import LiveCalibration, StoredCalibration
    from kb.index.live import LiveIndex
    from kb.records import Records
    from kb.service import AnswerService

SECRET = "secret.key"  # signs feedback tokens and hides visitors; made when there is none
MODELS = "models"
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

    def index_articles(self, *, progress: Progress | None = None) -> BuildReport:
        """Re-read the articles and serve the result.

        The folder is that of the settings, else the one last indexed. Raises ``InvalidInputError`` when neither is
        known, and what ``indexer.build.build`` raises.
        """
        from indexer.build import build

        report = build(
            self.articles_dir(), self.settings.data, encoder=self.settings.encoder, light=True, progress=progress
        )
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
            encoder=self.settings.encoder,
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

    def close(self) -> None:
        self.live.close()
        self.records.close()

    def __enter__(self) -> OpenService:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_service(settings: Settings) -> OpenService:
    """Open the data folder of ``settings``; make it when there is none. A missing index is an error of each question.

    Raises ``StorageError`` when the folder or the database cannot be used.
    """
    # Here, not above: `kb --help` and the import of the web application must not wait for NumPy and friends.
    from kb.calibration.store import CALIBRATION_FILE, LiveCalibration
    from kb.index.live import LiveIndex
    from kb.records import Records
    from kb.service import AnswerService, ServiceOptions
    from kb.text.embedding import open_encoder
    from kb.text.tokenize import TOKENIZER_VERSION
    from kb.tokens import TokenSigner

    records = Records.open(settings.data)
    try:
        secret = settings.data / SECRET
        signer = TokenSigner.from_file(secret)
        calibration = LiveCalibration(settings.data / CALIBRATION_FILE)
        live = LiveIndex(settings.data, tokenizer=TOKENIZER_VERSION, encoder=settings.encoder)
        options = ServiceOptions(
            models=settings.data / MODELS,
            open_encoder=partial(open_encoder, threads=settings.encoder_threads),
            site_url=settings.site_url.rstrip("/"),
            handoff_channels=settings.handoff_channels,
            wrong_answer_budget=settings.wrong_answer_budget,
            calibration=calibration.current,
        )
        service = AnswerService(live, records, signer, options)
        return OpenService(settings, service, records, live, secret.read_bytes(), calibration)
    except BaseException:
        records.close()
        raise
