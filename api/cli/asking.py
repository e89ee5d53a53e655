"""`kb ask`, `kb search`, `kb explain`: questions from a terminal or a script."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.options import Data, Json, Language, existing_data
from api.cli.output import emit_json, message, print_lines, table
from api.speech.spoken import with_marks
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from api.composition import OpenService
    from kb.types import Explanation, Query

MAX_QUESTION = 1000

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in English or Chinese.")]


def ask(
    question: Question,
    *,
    data: Data = None,
    lang: Language = "auto",
    conversation: Annotated[
        str | None, typer.Option("--conversation", metavar="ID", help="Ask as a follow-up in this conversation.")
    ] = None,
    option: Annotated[
        str | None,
        typer.Option("--option", metavar="ID", help="The option that was chosen after a question asked back."),
    ] = None,
    citations: Annotated[int, typer.Option("--citations", min=1, max=10, help="Sources quoted at most.")] = 4,
    json_output: Json = False,
) -> None:
    """Answer a question and quote the sources."""
    from kb.documents import answer_document

    query = _query(question, lang, conversation_id=conversation, option_id=option, max_citations=citations)
    with _open(data) as opened:
        document = answer_document(opened.service.ask(query))
    if json_output:
        emit_json(document)
    else:
        _show_answer(document)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words to look for.")],
    data: Data = None,
    lang: Language = "auto",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Results shown at most.")] = 10,
    json_output: Json = False,
) -> None:
    """List the articles that match, best first."""
    query = _query(text, lang)
    with _open(data) as opened:
        page = opened.service.search(query.question, lang=query.lang, limit=limit)
    if json_output:
        results = [asdict(result) for result in page.results]
        found = {"object": "list", "data": results, "has_more": page.has_more, "next_cursor": None}
        emit_json({**found, "index": asdict(page.index), "substitutions": [asdict(s) for s in page.substitutions]})
        return
    for substitution in page.substitutions:
        message(f"{substitution.said} read as {substitution.meant}")
    table(
        ["article", "title", "lang", "score"], [(r.article_id, r.title, r.lang, f"{r.score:.3f}") for r in page.results]
    )


def explain(
    question: Question,
    article: Annotated[
        str | None, typer.Argument(metavar="[ARTICLE]", help="Id of the article that should have been found.")
    ] = None,
    data: Data = None,
    lang: Language = "auto",
    json_output: Json = False,
) -> None:
    """Say why these passages were found, and not another.

    Shows both rankings and, for ARTICLE, what wording would have found it; nothing is logged.
    """
    query = _query(question, lang)
    with _open(data) as opened:
        explanation = opened.service.explain(query, article)
    if json_output:
        emit_json({"object": "explanation", **asdict(explanation)})
    else:
        _show_explanation(explanation)


def _open(data: Any) -> OpenService:
    settings = existing_data(data)
    from api.composition import open_service

    return open_service(settings)


def _query(question: str, lang: Literal["auto", "en", "zh"], **fields: Any) -> Query:
    """A checked query of the command line. Raises InvalidInputError."""
    text = question.strip()
    if not text:
        raise InvalidInputError("The question is empty.", 'Write it in quotes: kb ask "How do I return an order?"')
    if len(text) > MAX_QUESTION:
        raise InvalidInputError(
            f"The question has {len(text)} characters; at most {MAX_QUESTION} are read.", "Shorten it."
        )
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInputError("The question is not valid Unicode text.", "Send it encoded as UTF-8.")
    from kb.types import Query

    return Query(question=text, lang=lang, channel="cli", **fields)


def _show_answer(document: dict[str, Any]) -> None:
    """The answer with its marks, numbered sources, and how sure it is."""
    answer, sources = document["answer"], document["citations"]
    lines = []
    if answer is not None:
        lines += [with_marks(answer["text"], sources), ""]
    elif document["reason"] is not None:
        lines += [document["reason"]["detail"], ""]
    for title, places in (("Sources", sources), ("Close to it", document["suggestions"])):
        if places:
            lines += [title, *(_place(place) for place in places), ""]
    lines += [f"{option['label']}  ({option['id']})" for option in document["options"]]
    lines += [f"{action['label']}: {action['url']}" for action in document["actions"]]
    if document["handoff"]["offered"] and document["handoff"]["message"]:
        lines += [document["handoff"]["message"]]
    confidence = document["confidence"]
    failure = document.get("generator", {}).get("result", "written")
    if failure not in ("written", "other_language"):
        message(f"The model endpoint was of no use ({failure}); the quotes are shown.")
    lines.append(f"{document['outcome']}, confidence {confidence['score']:.2f} ({confidence['level']})")
    print_lines(lines, headings=("Sources", "Close to it"))


def _place(citation: dict[str, Any]) -> str:
    reviewed = f", reviewed {citation['last_reviewed_on']}" if citation["last_reviewed_on"] else ""
    stale = ", overdue for review" if citation["stale"] else ""
    path = " > ".join(citation["heading_path"]) or citation["title"]
    return f"  [{citation['n']}] {path}{reviewed}{stale}\n      {citation['url']}"


_COMPARED = 3  # candidates whose ranking is laid open side by side


def _show_explanation(explanation: Explanation) -> None:
    lines = [
        f"language    {explanation.lang}, vectors weigh {explanation.vector_weight:.2f}",
        f"terms       {' '.join(explanation.terms)}",
        f"outcome     {explanation.outcome}, confidence {explanation.confidence.score:.2f}",
    ]
    lines += [f"{s.kind:<12}{s.said} read as {s.meant}" for s in explanation.substitutions]
    if explanation.reason is not None:
        lines.append(f"reason      {explanation.reason.code}: {explanation.reason.detail}")
    lines += [f"{name:<24}{value:.4f}" for name, value in explanation.features.items()]
    if explanation.article_id is not None:
        rank = (
            "is not among the candidates"
            if explanation.article_rank is None
            else f"has rank {explanation.article_rank}"
        )
        lines.append(f"{explanation.article_id} {rank}")
        if explanation.excluded_by:
            lines.append(f"  kept out by the filter on {explanation.excluded_by}")
        if explanation.missing:
            lines.append(f"  its text lacks: {' '.join(explanation.missing)}")
    print_lines([*lines, ""])
    table(
        ["passage", "score", "lexical", "rank", "vector", "rank", "matched"],
        [
            (h.passage_id, f"{h.score:.3f}", f"{h.lexical:.2f}", h.lexical_rank or "-", f"{h.vector:.3f}",
             h.vector_rank or "-", " ".join(h.matched_terms))
            for h in explanation.hits
        ],
    )  # fmt: skip
    ranked = [hit for hit in explanation.hits if hit.contributions][:_COMPARED]
    if ranked:
        names = sorted(ranked[0].contributions, key=lambda name: -ranked[0].contributions[name])
        print_lines(["", "What each feature adds to the place of the first candidates:"])
        table(
            ["feature", *(f"{place}." for place in range(1, len(ranked) + 1))],
            [(name, *(f"{hit.contributions.get(name, 0.0):+.2f}" for hit in ranked)) for name in names]
            + [("sum", *(f"{hit.logit:+.2f}" for hit in ranked))],
        )
