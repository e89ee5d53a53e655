"""`kb init`, `kb index`, `kb lint`: from a folder of Markdown to an index, with every problem named."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Data, Json, existing_folder, settings_for
from api.cli.output import emit, emit_json, message, progress_bar

if TYPE_CHECKING:
    from indexer.build import BuildReport
    from kb.errors import KbError
    from kb.types import Problem

Articles = Annotated[Path, typer.Argument(metavar="ARTICLES", help="Folder of Markdown articles.")]


def init(
    articles: Annotated[Path, typer.Argument(metavar="[ARTICLES]", help="Folder to make.")] = Path("articles"),
    data: Data = None,
    json_output: Json = False,
) -> None:
    """Make a data folder and two starter articles.

    A folder that has articles already is left alone.
    """
    settings = settings_for(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    made = _write_starter(articles)
    if json_output:
        emit_json({"object": "init", "data": str(settings.data), "articles": str(articles), "files": made})
        return
    for name in made:
        emit(str(articles / name))
    if not made:
        message(f"{articles} has articles already; nothing was written to it.")
    message(f"Next: kb index {articles} --data {settings.data} && kb serve --data {settings.data}")


def _write_starter(folder: Path) -> list[str]:
    """Copy the starter articles and a policy to fill in into ``folder`` unless it has articles; return their paths below it."""
    from importlib.resources import as_file, files

    if any(folder.rglob("*.md")):
        return []
    made = []
    with as_file(files("api.cli") / "starter") as starter:
        for source in sorted(path for path in starter.rglob("*") if path.suffix in {".md", ".yaml"}):
            name = source.relative_to(starter)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
            made.append(name.as_posix())
    return made


def index(
    articles: Articles,
    data: Data = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay and index again whenever an article changes.")] = False,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="MODEL", help="Embedding model, by name or path.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Build or update the index.

    Only changed passages are embedded again. A broken article keeps its last good version and is named.
    """
    settings = settings_for(data, encoder=encoder)
    existing_folder(articles)
    if watch and json_output:
        from kb.errors import InvalidInputError

        raise InvalidInputError("--watch never ends, so it cannot print one document.", "Leave out --json or --watch.")
    from indexer.build import build

    with progress_bar() as progress:
        report = build(articles, settings.data, encoder=settings.encoder, progress=progress)
    _report(report, json_output=json_output)
    if watch:
        _watch(articles, settings.data, settings.encoder)
    elif report.needs_attention:
        raise typer.Exit(1)


def lint(articles: Articles, data: Data = None, json_output: Json = False) -> None:
    """Check articles without indexing them.

    Finds unreadable files, wrong front matter, broken links and what is overdue.
    """
    del data  # accepted by every command; the articles alone are read
    existing_folder(articles)
    problems = find_problems(articles)
    if json_output:
        emit_json({"object": "list", "data": [asdict(problem) for problem in problems], "has_more": False})
    else:
        for problem in problems:
            emit(problem_line(problem))
        message(counted(len(problems), "problem"))
    if problems:
        raise typer.Exit(1)


def find_problems(articles: Path) -> list[Problem]:
    """Every problem of the articles below ``articles``, by path and line."""
    from indexer.frontmatter import read_article
    from indexer.lint import lint as check
    from indexer.passages import split_passages
    from indexer.sources import scan
    from kb.policy_file import check_policy
    from kb.synonym_file import check_synonyms

    listing = scan(articles)
    read = [read_article(source) for source in listing.files]
    good = [result.article for result in read if result.article is not None]
    problems = [*listing.problems, *(problem for result in read for problem in result.problems)]
    problems += [*check_synonyms(articles), *check_policy(articles)]
    problems += check(good, [passage for article in good for passage in split_passages(article)])
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.code))


def counted(number: int, noun: str) -> str:
    """``no problems``, ``1 problem``, ``2 problems``."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def problem_line(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}: {problem.message}"


def _report(report: BuildReport, *, json_output: bool) -> None:
    for problem in report.problems:
        message(problem_line(problem))
    if json_output:
        emit_json({"object": "index.report", **_report_document(report)})
        return
    state = "Indexed" if report.changed else "Nothing changed:"
    emit(
        f"{state} {report.articles} articles, {report.passages} passages, {report.embedded} embedded, "
        f"{report.seconds:.1f} s, revision {report.revision}"
    )
    left_out = sum(problem.fatal for problem in report.problems)
    if report.problems:
        message(
            f"{counted(len(report.problems), 'problem')}; not indexed as it is now: {counted(left_out, 'article')}."
        )


def _report_document(report: BuildReport) -> dict[str, Any]:
    return {**asdict(report), "problems": [asdict(problem) for problem in report.problems]}


def _watch(articles: Path, data: Path, encoder: str) -> None:
    from threading import Event

    from indexer.watch import watch

    message(f"Watching {articles}; Ctrl-C ends it.")
    seen: list[tuple[Problem, ...]] = []

    def tell(report: BuildReport) -> None:
        # The first build of the watcher repeats the one just reported; later ones matter when something is different.
        if report.changed or (seen and seen[-1] != report.problems):
            _report(report, json_output=False)
        seen[:] = [report.problems]

    def fail(error: KbError) -> None:
        message(f"Error: {error}")

    stop = Event()
    # An event cannot be lost between two builds, as an exception raised at an unlucky moment can.
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    watch(articles, data, encoder=lambda: encoder, on_report=tell, on_error=fail, stop=stop)
