"""The sentences of a gap's history that say why it is verified or open again, as they are kept (``kb.gaps.telling``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kb.gaps.telling import Told, tell
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
    place = tell("stands", article=str(article), revision=first.revision, quote=_short(first.quote))
    return (_counted(verdict) + place).kept()


def claim_note(verdict: Verdict, checks: Sequence[Check], revision: str) -> str:
    """Why a gap that somebody calls resolved is not."""
    return (tell("claim_fails", revision=revision) + _standing(verdict, checks)).kept()


def lapsed_note(verdict: Verdict, checks: Sequence[Check], revision: str) -> str:
    """Why a verified gap is open although nothing broke: other wordings of the need have come in that are not answered."""
    return (tell("lapsed", revision=revision) + _standing(verdict, checks)).kept()


def broken_note(before: Check, after: Check, edits: Sequence[Edit], snapshot: Snapshot) -> str:
    """Which edit broke an answer. ``before``: the check that passed. ``edits``: since then, newest first."""
    return (_edit(before, edits, snapshot) + _outcome(after)).kept()


def _standing(verdict: Verdict, checks: Sequence[Check]) -> Told:
    return _counted(verdict) + _listed([check for check in checks if not check.passed])


def _edit(before: Check, edits: Sequence[Edit], snapshot: Snapshot) -> Told:
    article, quote = before.article_id or "", before.quote or ""
    said = {"article": article, "quote": _short(quote)}
    own = next((edit for edit in edits if edit.article_id == article), None)
    if own is not None and own.kind == "removed" and article not in snapshot.articles:
        return tell("removed", **said, **_place(own))
    if own is not None and not still_says(snapshot, article, quote):
        return tell("changed", **said, **_place(own))
    if not edits:
        return tell("no_edit", **said)
    return tell("other_edit", **said, **_place(edits[0])) + _changes(edits)


def _changes(edits: Sequence[Edit]) -> Told:
    """What the newest of ``edits`` has done."""
    found = Told(())
    for kind in ("added", "changed", "removed"):
        names = [edit.article_id for edit in edits if edit.revision == edits[0].revision and edit.kind == kind]
        if names:
            found += tell(f"edit_{kind}", names=_some(names))
    return found


def _some(names: Sequence[str]) -> str:
    more = len(names) - _OTHERS
    return " ".join(names[:_OTHERS]) + (f" (+{more})" if more > 0 else "")


def _place(edit: Edit) -> dict[str, str]:
    return {"revision": edit.revision, "at": f"{edit.at:%Y-%m-%d %H:%M} UTC"}


def _listed(checks: Sequence[Check]) -> Told:
    named = sum((_outcome(check) for check in checks[:_QUESTIONS]), Told(()))
    more = len(checks) - _QUESTIONS
    return named + tell("more_wordings", n=more) if more > 0 else named


def _outcome(check: Check) -> Told:
    """What a question that fails gets now. The marks around it are how it is found again when it must be erased."""
    question, article = f"“{check.question}”", check.article_id or ""
    if check.reason == LOST_WORDS:
        return tell("lost_words", question=question)
    if check.answered:
        return tell("old_text", question=question, article=article, quote=_short(check.quote))
    if check.outcome is Outcome.ANSWERED:
        return tell("other_language", question=question, article=article)
    outcome = check.outcome.value + (f", {check.reason}" if check.reason else "")
    sure = {"question": question, "outcome": outcome, "score": f"{check.score:.2f}"}
    return tell("not_sure_near", article=article, **sure) if article else tell("not_sure", **sure)


def _counted(verdict: Verdict) -> Told:
    return tell("answered", passed=verdict.passed, asked=verdict.asked)


def _short(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= _QUOTE else words[: _QUOTE - 1].rstrip() + "…"
