"""Two states of an articles folder, asked the same questions: what a change would close and what it would break."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.composition import MODELS, OpenService, open_service
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.answering import Answerer
    from kb.index.snapshot import Snapshot
    from kb.proof.replay import Asked, Replay
    from kb.records import Records
    from kb.settings import Settings
    from kb.types import Problem

Progress = Callable[[str, int, int], None]

# Wordings of one gap that are asked: those asked most say whether it is met.
_WORDINGS = 10
_ANSWERED = 200  # questions answered lately, most asked first
_CLOSED = "verified"
_IGNORED = "dismissed"


@dataclass(frozen=True, slots=True)
class GapToAsk:
    """A gap as an export has it. ``questions``: wordings, most asked first; ``left_out``: how many more there are."""

    id: str
    label: str
    status: str
    questions: tuple[Asked, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class ComparedGap:
    gap: GapToAsk
    replay: Replay


@dataclass(frozen=True, slots=True)
class Comparison:
    """``changed``: ids of the articles that differ. ``problems``: of the articles of the new folder."""

    gaps: tuple[ComparedGap, ...]
    changed: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def closed(self) -> tuple[ComparedGap, ...]:
        """The open gaps that the new folder would meet."""
        return tuple(one for one in self.gaps if one.gap.status != _CLOSED and one.replay.closes)

    @property
    def broken(self) -> int:
        """Questions that are answered from the old folder and not from the new one."""
        from kb.proof.replay import Status

        return sum(one.replay.counts[Status.LOST] for one in self.gaps)


def compare(base: Path, head: Path, gaps: Sequence[GapToAsk], settings: Settings, progress: Progress) -> Comparison:
    """Index both folders beside each other and ask the questions of ``gaps`` of both; nothing of ``settings.data`` changes but
    that models are prepared there. Raises what ``indexer.build.build`` raises.
    """
    from indexer.build import build
    from kb.index.storage import load_snapshot

    with _workplace(settings) as work:
        # One after the other into one folder: what both have in common is done once.
        build(base, work, encoder=settings.encoder, progress=lambda step, *n: progress(f"base: {step}", *n))
        before = load_snapshot(work)
        report = build(head, work, encoder=settings.encoder, progress=lambda step, *n: progress(f"head: {step}", *n))
        with open_service(settings.model_copy(update={"data": work, "articles": head})) as opened:
            after = opened.live.current()
            changed = _changed(before, after)
            answerer = opened.service.answerer
            earlier = _answerer_of(base, head, opened)
            # Other synonyms may let any article be found.
            doing = changed if earlier is answerer else tuple(after.articles)
            found = tuple(_replay(answerer, earlier, before, after, doing, gaps, progress))
    return Comparison(found, changed, tuple(report.problems))


def _replay(
    answerer: Answerer,
    earlier: Answerer,
    before: Snapshot,
    after: Snapshot,
    changed: Sequence[str],
    gaps: Sequence[GapToAsk],
    progress: Progress,
) -> Iterator[ComparedGap]:
    from kb.proof.replay import replay

    for number, gap in enumerate(gaps):
        progress("ask", number, len(gaps))
        yield ComparedGap(gap, replay(answerer, before, after, changed, gap.questions, earlier=earlier))
    progress("ask", len(gaps), len(gaps))


def _changed(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    old = {article.id: article.content_hash for article in before.articles.values()}
    return tuple(article.id for article in after.articles.values() if old.get(article.id) != article.content_hash)


@contextmanager
def _workplace(settings: Settings) -> Iterator[Path]:
    """A temporary data folder with the models, the known vectors and the calibration of the operator's, where there is one."""
    from kb.calibration.store import CALIBRATION_FILE

    with tempfile.TemporaryDirectory(prefix="kb-verify-") as scratch:
        work, data = Path(scratch), settings.data
        if data.is_dir():
            (data / MODELS).mkdir(exist_ok=True)
            (work / MODELS).symlink_to((data / MODELS).resolve(), target_is_directory=True)
            if (data / "cache").is_dir():
                shutil.copytree(data / "cache", work / "cache")
            if (data / CALIBRATION_FILE).is_file():
                shutil.copy(data / CALIBRATION_FILE, work / CALIBRATION_FILE)
        yield work


def _answerer_of(base: Path, head: Path, opened: OpenService) -> Answerer:
    """What answers from the old folder: with its own synonyms, where they are others."""
    from kb.answering import Answerer
    from kb.synonym_file import synonym_file
    from kb.text.synonym_yaml import FILE_NAME

    old, new = (file.read_bytes() if (file := folder / FILE_NAME).is_file() else b"" for folder in (base, head))
    if old == new:
        return opened.service.answerer
    synonyms = synonym_file(lambda: base, opened.settings.data / "base-synonyms.yaml")
    return Answerer(replace(opened.service.answerer.options, synonyms=synonyms.current))


def gaps_of_records(records: Records) -> list[GapToAsk]:
    """All gaps that are not dismissed, those of most people first."""
    found, cursor = [], None
    while True:
        page = records.list_gaps(limit=1000, cursor=cursor)
        for gap in page.gaps:
            questions = [(q.text, q.lang, q.count) for q in records.get_gap(gap.id).questions]
            found.append(_gap(gap.id, gap.label, gap.status.value, questions))
        cursor = page.next_cursor
        if cursor is None:
            return [gap for gap in found if gap.status != _IGNORED]


def answered_of_records(records: Records, base: Path) -> list[GapToAsk]:
    """What was answered from the articles of ``base`` lately and must stay answered, as one entry; none when there is nothing."""
    from indexer.sources import scan
    from kb.proof.replay import Asked

    found = records.answered.from_articles([source.id for source in scan(base).files], limit=_ANSWERED)
    asked = tuple(Asked(question.text, "answered", question.lang, question.count) for question in found)
    return [GapToAsk("answered", "answered in the last 28 days", "answered", asked, 0)] if asked else []


def gaps_of_file(file: Path) -> list[GapToAsk]:
    """The gaps of a file that `kb gaps export --json` has written. Raises ``InvalidInputError`` for anything else."""
    hint = "Make it with: kb gaps export --json > gaps.json"
    try:
        listed = json.loads(file.read_bytes())["data"]
        found = [
            _gap(
                str(gap["id"]),
                str(gap["label"]),
                str(gap["status"]),
                [(str(q["text"]), q["lang"], int(q["count"])) for q in gap["questions"]],
            )
            for gap in listed
        ]
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error.strerror}.", hint) from None
    except (ValueError, TypeError, LookupError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InvalidInputError(f"{file} is no list of gaps with their questions: {reason}.", hint) from None
    return [gap for gap in found if gap.status != _IGNORED]


def _gap(gap_id: str, label: str, status: str, questions: Sequence[tuple[str, Any, int]]) -> GapToAsk:
    from kb.proof.replay import Asked, Source

    source: Source = "verified" if status == _CLOSED else "gap"
    ordered = sorted(questions, key=lambda question: -question[2])
    asked = [
        Asked(text.strip()[:1000], source, lang if lang in ("en", "zh") else None, max(1, count), gap_id)
        for text, lang, count in ordered[:_WORDINGS]
        if text.strip()
    ]
    return GapToAsk(gap_id, label, status, tuple(asked), max(0, len(questions) - len(asked)))


def comparison_document(done: Comparison) -> dict[str, Any]:
    """``done`` as one JSON document."""
    from dataclasses import asdict

    from api.replaying import result_document

    return {
        "object": "comparison",
        "closes": len(done.closed),
        "breaks": done.broken,
        "changed": list(done.changed),
        "gaps": [
            {
                "id": one.gap.id,
                "label": one.gap.label,
                "status": one.gap.status,
                "verdict": one.replay.verdict,
                "closes": one in done.closed,
                "results": [result_document(result) for result in one.replay.results],
                "left_out": one.gap.left_out,
            }
            for one in done.gaps
        ],
        "problems": [asdict(problem) for problem in done.problems],
    }
