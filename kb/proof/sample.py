"""Which questions a draft is tried with: the gap's own, and those that it is most likely to take away from another article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kb.answer.confidence import weights_for
from kb.answer.question import understand
from kb.answering import Answerer
from kb.gaps.vocabulary import GapStatus
from kb.index.snapshot import Snapshot
from kb.proof.replay import Asked
from kb.records import Records
from kb.records.proofs import WatchedGap
from kb.text.tokenize import cached_terms

_TITLE = 200  # code points of a title that is searched for
_LOOKED_AT = 30  # passages of a draft whose neighbours are looked up


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Most wordings of each source that are asked, and articles near the draft whose questions are looked at."""

    gap: int = 20
    answered: int = 40
    verified: int = 30
    near: int = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """``left_out``: wordings of each source that there was no room for."""

    questions: tuple[Asked, ...]
    left_out: dict[str, int]


def choose_questions(
    answerer: Answerer,
    records: Records,
    before: Snapshot,
    after: Snapshot,
    changed: Collection[str],
    *,
    gap: WatchedGap | None = None,
    extra: Sequence[str] = (),
    size: SampleSize = SampleSize(),
) -> Sample:
    """The questions to try ``changed`` articles with. Raises ``StorageError``, and what ``Answerer.search`` raises.

    Of the questions answered in the last 28 days, those from articles that the draft replaces or comes near to, and of them and
    of the verified gaps' questions first those whose words the draft has most of: they are in danger.
    """
    own = [Asked(w.text, "gap", w.lang, w.count, w.gap_id) for w in gap.wordings] if gap else []
    given = [Asked(text, "extra") for text in extra]
    held = _terms_of(before, changed) | _terms_of(after, changed)
    near = _near(answerer, before, after, changed, gap, size.near)
    lately = records.answered.from_articles(near)
    answered = [Asked(question.text, "answered", question.lang, question.count) for question in lately]
    verified = [
        Asked(wording.text, "verified", wording.lang, wording.count, other.id)
        for other in _verified(records, gap)
        for wording in other.wordings
    ]
    replaced = {q.text for q in lately if q.article_id in changed}
    chosen = {
        "gap": (own, size.gap),
        "extra": (given, len(given)),
        "answered": (_most_in_danger(before, answered, held, replaced), size.answered),
        "verified": (_most_in_danger(before, verified, held, replaced), size.verified),
    }
    found: dict[str, Asked] = {}
    for questions, most in chosen.values():
        for asked in questions[:most]:
            found.setdefault(asked.text, asked)
    left_out = {source: max(0, len(questions) - most) for source, (questions, most) in chosen.items()}
    return Sample(tuple(found.values()), {source: n for source, n in left_out.items() if source != "extra"})


def _verified(records: Records, gap: WatchedGap | None) -> Iterable[WatchedGap]:
    for gap_id in records.proofs.watched((GapStatus.VERIFIED,)):
        if gap is None or gap_id != gap.id:
            yield records.proofs.gap(gap_id)


def _near(
    answerer: Answerer,
    before: Snapshot,
    after: Snapshot,
    changed: Collection[str],
    gap: WatchedGap | None,
    count: int,
) -> list[str]:
    """Ids of live articles: the changed ones, those that the gap's signals name, and those nearest to the draft by its title and
    by the vectors of its passages.
    """
    titles = [after.articles[i].title[:_TITLE] for i in changed if i in after.articles]
    sought = [title for title in titles if understand(title).content]
    found = [result.article_id for text in sought for result in answerer.search(before, text, limit=count).results]
    named = gap.articles[:count] if gap else ()
    alike = _alike(before, after, changed, count)
    return [name for name in dict.fromkeys([*changed, *named, *found, *alike]) if name in before.articles]


def _alike(before: Snapshot, after: Snapshot, changed: Collection[str], count: int) -> list[str]:
    """Ids of the ``count`` articles with the passages nearest to passages of the draft, nearest first."""
    rows = [row for i in changed if i in after.articles for row in after.rows_of_article[i]]
    best: dict[str, float] = {}
    for row in rows[:_LOOKED_AT]:
        for other, cosine in zip(*before.nearest.search(after.vectors[row], count), strict=True):
            name = before.passages[int(other)].article_id
            best[name] = max(best.get(name, -1.0), float(cosine))
    return sorted(best, key=lambda name: -best[name])[:count]


def _terms_of(snapshot: Snapshot, article_ids: Iterable[str]) -> set[str]:
    """All terms of the named articles; ids of no article are passed over."""
    rows = [row for i in article_ids if i in snapshot.articles for row in snapshot.rows_of_article[i]]
    counts = snapshot.counts
    return {counts.vocabulary[c] for row in rows for c in counts.columns[counts.starts[row] : counts.starts[row + 1]]}


def _most_in_danger(
    snapshot: Snapshot, questions: Sequence[Asked], held: AbstractSet[str], replaced: Collection[str]
) -> list[Asked]:
    """Questions to replaced articles first, then by the share of their weight that the draft's words hold, then by count."""

    def danger(asked: Asked) -> tuple[bool, float, int]:
        weights = weights_for(snapshot, understand(asked.text, asked.lang))
        return asked.text in replaced, weights.covered(held & set(cached_terms(asked.text))), asked.count

    return sorted(questions, key=danger, reverse=True)
