"""`kb gaps replay` and `kb gaps verify`: whether articles answer what people asked, before and after they are published."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data, existing_folder, settings_for
from api.cli.output import clean, emit, emit_json, message, one_line, progress_bar
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from api.comparing import ComparedGap, Comparison
    from api.replaying import DraftReplay
    from kb.index.snapshot import Snapshot
    from kb.proof.replay import Replayed, Shown

_MARKS = {
    "now_answered": "now answered",
    "still_not": "still not",
    "unchanged_right": "still right",
    "was_right_and_is_lost": "WAS RIGHT AND IS LOST",
}
_WHY = {
    "not_sure": "because nothing is sure enough to be stated (confidence {score:.2f})",
    "other_language": "because this is in another language than the question",
    "said_before": "because this was said before and did not help",
    "not_from_changed": "because this is not from the draft",
}
_QUOTE = 160  # characters of a quote


def replay(
    gap: Annotated[str, typer.Argument(metavar="GAP", help="Id of the gap.")],
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="Markdown file; - reads standard input.")],
    article_id: Annotated[
        str | None, typer.Option("--article-id", metavar="ID", help="The article that it replaces or adds.")
    ] = None,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Try a draft on a gap's questions and on what is answered now.

    Exit code 1 when something that is right now would be lost. Nothing is changed.
    """
    settings = existing_data(data)
    text = _text_of(draft)
    from api.composition import open_service
    from api.replaying import replay_document, replay_draft

    with open_service(settings) as opened:
        name = article_id or _place_of(draft, opened.live.current())
        done = replay_draft(opened, text, article_id=name, gap_id=gap)
    if json_output:
        emit_json(replay_document(done))
    else:
        _print_replay(done)
    if done.replay.verdict == "breaks":
        raise typer.Exit(1)


def _text_of(draft: Path) -> str:
    """The bytes of a draft as text; what is not UTF-8 in it is left to the reader of articles to name."""
    try:
        raw = sys.stdin.buffer.read() if str(draft) == "-" else draft.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"The draft {draft} cannot be read: {error.strerror}.", "Name a file.") from None
    return raw.decode("utf-8", "surrogateescape")


def _place_of(draft: Path, live: Snapshot) -> str | None:
    """The id that the draft has where it lies, if that is the articles folder."""
    try:
        return draft.resolve().relative_to(live.articles_dir.resolve()).as_posix()
    except ValueError:
        return None


def _print_replay(done: DraftReplay) -> None:
    for problem in done.problems:
        message(f"line {problem.line}: {problem.message}" if problem.line else problem.message)
    for result in done.replay.results:
        for line in _result_lines(result):
            emit(line)
    counts = ", ".join(f"{count} {_MARKS[status]}" for status, count in done.replay.counts.items() if count)
    asked, answered = done.replay.needed
    emit(f"{counts or 'nothing was asked'}; as {done.article_id}, {answered} of {asked} times asked are answered")
    left_out = sum(done.left_out.values())
    if left_out:
        message(f"{left_out} more questions were not tried.")


def _result_lines(result: Replayed) -> list[str]:
    lines = [f"{_MARKS[result.status]}: {one_line(result.asked.text)}"]
    if result.status == "was_right_and_is_lost":
        lines += [f"  was   {_shown(result.before)}", f"  is    {_shown(result.after)}"]
    elif result.status != "unchanged_right":
        lines.append(f"  {_shown(result.after)}")
    if result.why is not None:
        lines.append(f"  {_WHY[result.why].format(score=result.after.score)}")
    return lines


def _shown(shown: Shown) -> str:
    if shown.article_id is None:
        return shown.outcome.value
    quote = one_line(shown.quote or "")
    quote = quote if len(quote) <= _QUOTE else f"{quote[:_QUOTE]}…"
    return f"{shown.outcome.value} {clean(shown.article_id)}: {quote}"


def verify(
    gap: Annotated[
        str | None, typer.Argument(metavar="[GAP]", help="Id of a gap that is asked of the published articles.")
    ] = None,
    base: Annotated[Path | None, typer.Option("--base", metavar="DIR", help="Articles folder before a change.")] = None,
    head: Annotated[Path | None, typer.Option("--head", metavar="DIR", help="Articles folder after it.")] = None,
    gaps_file: Annotated[
        Path | None,
        typer.Option(
            "--gaps", metavar="FILE", help="Gaps from `kb gaps export --json`; else those of the data folder."
        ),
    ] = None,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Ask gaps' questions again: of the published articles, or of two folders.

    Without a gap and without folders, those of every gap that is not dismissed; says which have changed.

    With --base and --head, for the checks of a pull request: says which gaps a change closes and which answers it
    breaks. Exit code 1 when an answer is broken or an article cannot be read.
    """
    if gap is None and base is not None and head is not None:
        _compare(base, head, gaps_file, data, json_output=json_output)
    elif gap is not None and base is None and head is None and gaps_file is None:
        _check(gap, data, json_output=json_output)
    elif gap is None and base is None and head is None and gaps_file is None:
        _check_all(data, json_output=json_output)
    else:
        raise InvalidInputError(
            "Name one gap, or both --base and --head, or nothing for all gaps.", "See kb gaps verify --help."
        )


def _check(gap: str, data: Path | None, *, json_output: bool) -> None:
    from api.cli.gaps import print_gap
    from api.composition import open_service

    with open_service(existing_data(data)) as opened:
        opened.keeper.verify(gap)
        print_gap(opened.records.get_gap(gap), json_output=json_output)


def _check_all(data: Path | None, *, json_output: bool) -> None:
    from api.composition import open_service

    with open_service(existing_data(data)) as opened:
        changed = opened.keeper.verify_all()
    if json_output:
        rows = [{"id": gap, "before": before.value, "after": after.value} for gap, (before, after) in changed.items()]
        emit_json({"object": "list", "data": rows, "has_more": False, "next_cursor": None})
    for gap, (before, after) in changed.items() if not json_output else ():
        emit(f"{gap} {before} -> {after}")
    message(f"{len(changed)} {'gap has' if len(changed) == 1 else 'gaps have'} changed.")


def _compare(base: Path, head: Path, gaps_file: Path | None, data: Path | None, *, json_output: bool) -> None:
    existing_folder(base)
    existing_folder(head)
    settings = settings_for(data) if gaps_file is not None else existing_data(data)
    from api.cli.indexing import problem_line
    from api.comparing import answered_of_records, compare, comparison_document, gaps_of_file, gaps_of_records

    if gaps_file is not None:
        gaps = gaps_of_file(gaps_file)
    else:
        from kb.records import Records

        with Records.open(settings.data) as records:
            gaps = [*gaps_of_records(records), *answered_of_records(records, base)]
    with progress_bar() as progress:
        done = compare(base, head, gaps, settings, progress)
    for problem in done.problems:
        message(problem_line(problem))
    if json_output:
        emit_json(comparison_document(done))
    else:
        _print_comparison(done)
    if done.broken or any(problem.fatal for problem in done.problems):
        raise typer.Exit(1)


def _print_comparison(done: Comparison) -> None:
    for one in done.closed:
        emit(f"closes {one.gap.id}  {one_line(one.gap.label)}")
        for result in one.replay.results:
            if result.status == "now_answered":
                emit(f"  {one_line(result.asked.text)}\n    {_shown(result.after)}")
    for one in done.gaps:
        _print_broken(one)
    gaps, answers = len(done.closed), done.broken
    emit(f"closes {gaps} gap{'' if gaps == 1 else 's'}, breaks {answers} answer{'' if answers == 1 else 's'}")


def _print_broken(one: ComparedGap) -> None:
    lost = [result for result in one.replay.results if result.status == "was_right_and_is_lost"]
    if lost:
        emit(f"breaks {one.gap.id}  {one_line(one.gap.label)}")
    for result in lost:
        emit(f"  {one_line(result.asked.text)}\n    was   {_shown(result.before)}\n    is    {_shown(result.after)}")
