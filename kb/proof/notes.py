"""The sentences of a gap's history that say why it is verified or open again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from kb.index.snapshot import Snapshot
from kb.proof.ask import LOST_WORDS
from kb.proof.judge import Verdict
from kb.proof.statements import still_says
from kb.records.checks import Check
from kb.records.publications import Edit
from kb.types import Outcome

_QUOTE = 200  # code points of a quote
_QUESTIONS = 5  # questions named one by one
_OTHERS = 3  # articles of each kind named one by one


def verified_note(verdict: Verdict, checks: Sequence[Check]) -> str:
    """Where the answer stands now: the article that answers most of the wordings, with its words."""
    passed = [check for check in checks if check.passed]
    [(article, _)] = Counter(check.article_id for check in passed).most_common(1)
    first = next(check for check in passed if check.article_id == article)
    return f"{_counted(verdict)}. {article} ({first.revision}): {_quoted(first.quote)}"


def claim_note(verdict: Verdict, checks: Sequence[Check], revision: str) -> str:
    """Why a gap that somebody calls resolved is not."""
    return f"The claim does not hold for {revision}. {_standing(verdict, checks)}"


def lapsed_note(verdict: Verdict, checks: Sequence[Check], revision: str) -> str:
    """Why a verified gap is open although nothing broke: other wordings of the need have come in that are not answered."""
    return f"More is asked here than is answered in {revision}. {_standing(verdict, checks)}"


def _standing(verdict: Verdict, checks: Sequence[Check]) -> str:
    return f"{_counted(verdict)}. {_listed([check for check in checks if not check.passed])}"


def broken_note(before: Check, after: Check, edits: Sequence[Edit], snapshot: Snapshot) -> str:
    """Which edit broke an answer. ``before``: the check that passed. ``edits``: since then, newest first."""
    return f"{_edit(before, edits, snapshot)} {_outcome(after)}"


def _edit(before: Check, edits: Sequence[Edit], snapshot: Snapshot) -> str:
    article, quote = before.article_id, before.quote or ""
    own = next((edit for edit in edits if edit.article_id == article), None)
    if own is not None and own.kind == "removed" and article not in snapshot.articles:
        return f"{article} was removed in {_place(own)}; it said {_quoted(quote)}."
    if own is not None and not still_says(snapshot, article, quote):
        return f"{article} was changed in {_place(own)} and no longer says {_quoted(quote)}."
    if not edits:
        return f"{article} still says {_quoted(quote)} and no article has changed; settings or synonyms have."
    return f"{article} still says {_quoted(quote)}, but {_changes(edits)}."


def _changes(edits: Sequence[Edit]) -> str:
    newest = edits[0]
    same = [edit for edit in edits if edit.revision == newest.revision]
    kinds = ("added", "changed", "removed")
    parts = [
        f"{kind} {_some([edit.article_id for edit in same if edit.kind == kind])}"
        for kind in kinds
        if any(edit.kind == kind for edit in same)
    ]
    return f"{_place(newest)} has {', '.join(parts)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _OTHERS
    return " ".join(names[:_OTHERS]) + (f" and {more} more" if more > 0 else "")


def _place(edit: Edit) -> str:
    return f"{edit.revision} ({_moment(edit.at)})"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _listed(checks: Sequence[Check]) -> str:
    named = " ".join(_outcome(check) for check in checks[:_QUESTIONS])
    more = len(checks) - _QUESTIONS
    return named + (f" And {more} more wordings." if more > 0 else "")


def _outcome(check: Check) -> str:
    """What a question that fails gets now."""
    question = f"“{check.question}”"
    if check.reason == LOST_WORDS:
        return f"{question} is still answered, but not by what this said."
    if check.answered:
        return f"{question} is answered, but from text that is older than the gap: {check.article_id}: {_quoted(check.quote)}."
    if check.outcome is Outcome.ANSWERED:
        return f"{question} is answered in the other language only, by {check.article_id}."
    said = check.outcome.value + (f", {check.reason}" if check.reason else "")
    near = f"; nearest is {check.article_id}" if check.article_id else ""
    return f"{question} gets no sure answer ({said}, confidence {check.score:.2f}{near})."


def _counted(verdict: Verdict) -> str:
    times = "time" if verdict.asked == 1 else "times"
    return f"Answered from new text for {verdict.passed} of the {verdict.asked} {times} it was asked"


def _quoted(text: str | None) -> str:
    words = " ".join((text or "").split())
    return f"«{words if len(words) <= _QUOTE else words[: _QUOTE - 1].rstrip() + '…'}»"
