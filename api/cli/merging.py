"""`kb gaps merge`, `split` and `rename`: an owner's word on which questions are one need, and what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, Json, existing_data
from api.cli.output import clean, emit, emit_json

if TYPE_CHECKING:
    from kb.records.rows import Gap

GapId = Annotated[str, typer.Argument(metavar="GAP", help="Id of the gap.")]


def merge(
    gap: GapId,
    sources: Annotated[list[str], typer.Argument(metavar="OTHER...", help="The gaps that it stands for from now on.")],
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Merge other gaps into a gap; their ids keep leading to it."""
    settings = existing_data(data)
    from kb.records import Records

    with Records.open(settings.data) as records:
        kept = records.merging.merge(sources, gap, who="cli")
    _report(kept, f"{kept.summary.id} stands for {', '.join(clean(source) for source in sources)}", json_output)


def split(
    gap: GapId,
    questions: Annotated[list[str], typer.Argument(metavar="QUESTION...", help="As `kb gaps show` lists them.")],
    label: Annotated[str | None, typer.Option("--label", help="Name of the new gap.")] = None,
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Make a gap of its own of some questions of a gap, for good."""
    settings = existing_data(data)
    from kb.records import Records

    with Records.open(settings.data) as records:
        made = records.merging.split(gap, questions, who="cli", label=label)
    _report(made, f"{made.summary.id} has {len(made.questions)} of its questions now", json_output)


def rename(
    gap: GapId,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the need is called.")],
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Give a gap a name that stays."""
    settings = existing_data(data)
    from kb.records import Records

    with Records.open(settings.data) as records:
        found = records.update_gap(gap, who="cli", label=label)
    _report(found, f"{found.summary.id} is called {clean(found.summary.label)}", json_output)


def _report(gap: Gap, sentence: str, json_output: bool) -> None:
    if json_output:
        from api.documents import gap_document

        emit_json(gap_document(gap))
    else:
        emit(sentence)
