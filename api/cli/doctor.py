"""`kb doctor`: what is wrong with this installation, and what repairs it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from api.cli.options import Data, Json, settings_for
from api.cli.output import clean, emit, emit_json
from kb.errors import KbError, StorageError

if TYPE_CHECKING:
    from kb.settings import Settings
    from kb.types import Lang, Problem

OLDEST_PYTHON = (3, 11)
LITTLE_SPACE = 500 * 1024**2  # bytes: an index of some thousand passages with its model fits in half of it

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; ``fix`` says what to do and is empty when nothing is wrong."""

    name: str
    state: State
    detail: str
    fix: str = ""


def check(data: Data = None, json_output: Json = False) -> None:
    """Check the installation and the data folder.

    Python, packages, folder, disk space, index, encoder and database, each with what repairs it.
    """
    findings = list(examine(settings_for(data)))
    failed = any(finding.state == "failed" for finding in findings)
    if json_output:
        emit_json({"object": "doctor", "ok": not failed, "checks": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            emit(clean(f"{finding.state:<8} {finding.name:<12} {finding.detail}"))
            if finding.fix:
                emit(clean(f"{'':<22}{finding.fix}"))
    if failed:
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in order; those of the data folder only once there is one."""
    yield _python()
    yield _packages()
    folder = _data_folder(settings.data)
    yield folder
    if folder.state == "failed":
        return
    yield _disk(settings.data)
    for name, step in (("index", _index), ("encoder", _encoder), ("database", _database)):
        yield _guarded(name, lambda step=step: step(settings))  # type: ignore[misc]
    yield from _people(settings)
    yield _guarded_finding("synonyms", lambda: _synonyms(settings))
    yield _guarded_finding("policy", lambda: _policy(settings))
    yield _guarded_finding("hand-overs", lambda: _handoffs(settings))
    if settings.reranker:
        yield _guarded("reranker", lambda: _reranker(settings))
    if settings.generator_url:
        yield _generator(settings)


def _guarded_finding(name: str, step: Callable[[], Finding]) -> Finding:
    try:
        return step()
    except KbError as error:
        return Finding(name, "ok", f"not looked at: {error.detail}")


def _guarded(name: str, step: Callable[[], str]) -> Finding:
    try:
        return Finding(name, "ok", step())
    except KbError as error:
        return Finding(name, "failed", error.detail, error.hint)
    except OSError as error:
        return Finding(name, "failed", str(error), "Check the owner and the rights of the data folder.")


def _people(settings: Settings) -> Iterator[Finding]:
    from api.cli.doctor_people import reached

    try:
        yield from reached(settings)
    except KbError as error:
        yield Finding("people", "ok", f"not looked at: {error.detail}")


def _python() -> Finding:
    running = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", "failed", running, "Install Python 3.11 or newer.")
    return Finding("python", "ok", running)


def _packages() -> Finding:
    """Whether every required package is installed; versions are pip's to check."""
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        required = [line for line in requires("kb-answers") or () if "extra ==" not in line]
    except PackageNotFoundError:
        return Finding("packages", "failed", "kb-answers is not installed.", "Run: pip install -e . in the checkout.")
    missing = []
    for line in required:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            "packages", "failed", f"not installed: {', '.join(missing)}", "Run: pip install -e . in the checkout."
        )
    return Finding("packages", "ok", f"kb-answers {version('kb-answers')} and {len(required)} packages")


def _data_folder(data: Path) -> Finding:
    if not data.is_dir():
        return Finding("data", "failed", f"There is no folder {data}.", f"Run: kb index ARTICLES --data {data}")
    if not os.access(data, os.W_OK | os.X_OK):
        return Finding(
            "data", "failed", f"{data} cannot be written.", f"Give it to this user: chown -R $(id -u) {data}"
        )
    return Finding("data", "ok", str(data.resolve()))


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    detail = f"{free / 1024**3:.1f} GB free"
    if free < LITTLE_SPACE:
        return Finding("disk", "warning", detail, "Free some space: an index is written beside the old one.")
    return Finding("disk", "ok", detail)


def _index(settings: Settings) -> str:
    from kb.index.storage import load_snapshot
    from kb.text.tokenize import TOKENIZER_VERSION

    snapshot = load_snapshot(settings.data, tokenizer=TOKENIZER_VERSION)
    problems = f", {len(snapshot.problems)} problems" if snapshot.problems else ""
    return f"{len(snapshot.articles)} articles, {len(snapshot.passages)} passages, {snapshot.revision}{problems}"


def _encoder(settings: Settings) -> str:
    """The model that the index was made with must be prepared, be the one configured, and give its vectors."""
    from kb.answer.fuse import is_trusted
    from kb.errors import EncoderError
    from kb.index.storage import load_snapshot
    from kb.text.embedding import open_encoder, runtimes
    from kb.text.model_card import model_name, read_card

    identity = load_snapshot(settings.data).identity
    repair = f"Run: kb index ARTICLES --data {settings.data}"
    if identity.model_name != model_name(settings.encoder):
        raise EncoderError(f"The index was made with {identity.model_name}; KB_ENCODER is {settings.encoder}.", repair)
    folder = settings.data / "models" / identity.model_fingerprint
    encoder = open_encoder(folder)
    vectors = encoder.encode(["A question", "一个问题"])  # a bilingual model has a part for each
    if encoder.fingerprint != identity.model_fingerprint or vectors.shape != (2, identity.dimensions):
        raise EncoderError("The prepared model is not the one that made the index.", repair)
    skill = read_card(folder).skill
    languages: tuple[tuple[Lang, str], ...] = (("en", "English"), ("zh", "Chinese"))
    trusted = [name for lang, name in languages if is_trusted(skill, lang, lang)]
    served = runtimes(folder)
    by = served[0] if len(set(served)) == 1 else "{} (English) and {} (Chinese)".format(*served)
    return (
        f"{identity.model_name}, {identity.dimensions} dimensions, served by {by}, "
        f"trusted for {' and '.join(trusted) or 'no language'}"
    )


def _reranker(settings: Settings) -> str:
    from kb.text.cross_encoder import TorchReranker

    TorchReranker(settings.reranker).load()
    return f"{settings.reranker} reads the best passages again"


def _generator(settings: Settings) -> Finding:
    """Whether the optional model endpoint answers; answers are quoted without it, so this is never a failure."""
    import time

    from api.composition import endpoint_options
    from kb.errors import GeneratorError
    from kb.generator.endpoint import Endpoint

    started = time.perf_counter()
    try:
        options = endpoint_options(settings)
    except KbError as error:
        return Finding("generator", "failed", error.detail, error.hint)
    endpoint = Endpoint(options)
    try:
        text = "".join(endpoint.stream([{"role": "user", "content": "Answer with one word: OK"}]))
    except GeneratorError as error:
        if error.kind != "too_long":  # a model that cannot stop has answered all the same
            return Finding("generator", "warning", error.detail, error.hint)
        text = "..."
    finally:
        endpoint.close()
    if not text.strip():
        return Finding(
            "generator", "warning", f"{options.model} at {options.place} writes nothing.", "Try another model."
        )
    seconds = time.perf_counter() - started
    return Finding("generator", "ok", f"{options.model} at {options.place} answered in {seconds:.1f} s")


def _synonyms(settings: Settings) -> Finding:
    from kb.synonym_file import check_synonyms

    return _operators_file("synonyms", settings, check_synonyms)


def _policy(settings: Settings) -> Finding:
    from kb.policy_file import check_policy

    found = _operators_file("policy", settings, check_policy)
    if found.state != "ok":
        return found
    from api.cli.doctor_people import unknown_channel

    return unknown_channel(settings) or found


def _handoffs(settings: Settings) -> Finding:
    """Whether more conversations than the policy expects go to a person."""
    from api.composition import POLICY_COPY
    from api.handoff_share import handoff_share
    from kb.index.revisions import published_articles_dir
    from kb.policy_file import policy_file
    from kb.records import Records

    folder = settings.articles or published_articles_dir(settings.data)
    watched = policy_file(lambda: folder, settings.data / POLICY_COPY).current().share
    with Records.open(settings.data) as records:
        found = handoff_share(records, watched)
    detail = f"{found.handed_over} of {found.conversations} conversations of {found.days} days went to a person"
    if not found.high:
        return Finding("hand-overs", "ok", detail)
    limit = f"{100 * found.above:g} %"
    return Finding(
        "hand-overs", "warning", f"{detail}, more than {limit}", "See what they asked: /owner/handoffs and the gaps."
    )


def _operators_file(name: str, settings: Settings, examine: Callable[[Path], Sequence[Problem]]) -> Finding:
    """Whether a file beside the articles is the one in force; a broken one changes nothing until it is repaired."""
    from kb.index.storage import load_snapshot

    folder = settings.articles or load_snapshot(settings.data).articles_dir
    problems = examine(folder)
    if not problems:
        return Finding(name, "ok", "nothing wrong")
    first = problems[0]
    detail = f"{folder / first.path}:{first.line}: {first.message}"
    if any(problem.fatal for problem in problems):
        return Finding(name, "warning", detail, "Until that is corrected, the last good file stays in force.")
    return Finding(name, "warning", detail, "Run: kb lint ARTICLES")


def _database(settings: Settings) -> str:
    from kb.records import Records

    with Records.open(settings.data) as records:
        records.check()
        health = records.health()
    if not health.ok:
        raise StorageError(
            f"Answers wait to be written: {health.last_error}.", "Free disk space or correct the rights."
        )
    return "opens and can be written"
