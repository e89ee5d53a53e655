"""Does a quote say what a sentence says? The check that a generator's words must pass before anybody sees them.

Deterministic and one-sided: it compares hard facts, the weight of shared terms and their order, and refuses when in doubt.
It does not understand inference, so a true conclusion that no passage words that way is refused as well; the extractive
answer is always there instead. ``eval/LOG.md`` says what the thresholds let through and what they refuse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.answer.evidence import weigh_terms
from kb.generator.claims import Claim
from kb.generator.facts import flattened, numbers_stand_in, with_digits
from kb.generator.sources import Clause, Source, Unit, bare, content_terms, read_clauses
from kb.text.language import HAN, detect_language
from kb.text.tokenize import normalize
from kb.types import Lang

Weigh = Callable[[str], float]  # idf of a term
Similarity = Callable[[str, str], float]  # cosine of two texts, in [-1, 1]


@dataclass(frozen=True, slots=True)
class SupportParameters:
    """``covered``: least share of a clause's term weight that the quote and what stands above it hold; ``own``: that the quote
    alone holds. ``covered_han``, ``characters``: the same for Chinese, whose terms overlap the borders of words, and the least
    share of a clause's characters. ``order``: least share of a clause's shared terms that stand in the quote's order.
    ``near``: share of weight from which a cosine of ``cosine`` may make up for what is missing, where the encoder is trusted.
    ``terms``: fewest content terms of a sentence that is not a copy.
    """

    covered: float = 0.97
    own: float = 0.5
    covered_han: float = 0.6
    characters: float = 0.95
    order: float = 0.95
    near: float = 0.9
    cosine: float = 0.95
    terms: int = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Unit ``unit`` of passage ``source`` says it."""

    source: Source
    unit: Unit


@dataclass(frozen=True, slots=True)
class Verdict:
    """``evidence`` is empty when nothing supports the sentence; ``why`` then names what was missing."""

    evidence: tuple[Evidence, ...]
    why: str = ""


_PLAIN = re.compile(r"[\w\s.,;:!?'\"()/%+&=–—’‘“”…·、，。；：！？（）《》「」『』【】～~•-]")
_FUNCTION_CHARACTERS = frozenset(
    "的了着过吗呢吧啊是在有和与或及对把被让给到从于这它他她您你我们请先再然接并且而即可以会能要需进行该此其中里上个为将所"
)
_LEANS_BACK = re.compile(
    r"\W*(?:however|it|its|they|them|this|these|those|that|he|she|otherwise|but|also|then|instead|therefore|so|in that case|such)\b"
    r"|\W*(?:但|不过|然而|它|他|她|此|该|这|那|其|否则|因此|所以|同时|另外|也|则)",
    re.IGNORECASE,
)


def leans_back(text: str) -> bool:
    """Whether a sentence means something only behind the one before it: "It can be exchanged", "否则……"."""
    return _LEANS_BACK.match(text) is not None


def check(
    claim: Claim,
    sources: Sequence[Source],
    lang: Lang,
    weigh: Weigh,
    similarity: Similarity | None = None,
    parameters: SupportParameters = SupportParameters(),
) -> Verdict:
    """Look for units of the passages that ``claim`` names which say all of it.

    ``sources``: what the model was given; ``lang``: the language it was asked to write. A sentence may rest on several units, one
    for each clause.
    """
    named = [source for source in sources if source.n in claim.sources]
    if not claim.sources:
        return Verdict((), "no_citation")
    if len(named) < len(claim.sources):
        return Verdict((), "invented_citation")
    if any(unicodedata.category(c) in ("Cf", "Cc", "Co", "Cs", "Cn") for c in claim.text):
        return Verdict((), "characters")
    if claim.text.rstrip().endswith(("?", "？")):
        return Verdict((), "question")
    places = [Evidence(source, unit) for source in named for unit in source.units]
    copy = bare(claim.text)
    for place in places:
        if copy and place.unit.same == copy:
            return Verdict((place,))
    if detect_language(claim.text) != lang:
        return Verdict((), "language")
    if len(content_terms(claim.text, lang)) < parameters.terms:
        return Verdict((), "no_content")
    return _supported(claim, places, lang, weigh, similarity, parameters)


def _supported(
    claim: Claim,
    places: Sequence[Evidence],
    lang: Lang,
    weigh: Weigh,
    similarity: Similarity | None,
    parameters: SupportParameters,
) -> Verdict:
    found: list[Evidence] = []
    clauses = read_clauses(claim.text, lang)
    for clause in clauses:
        # A clause goes on about what the last one was about, if that supports it.
        ranked = sorted(places, key=lambda p: (p not in found[-1:], -_shared(clause, p.unit)))
        best, why = None, "coverage"
        for place in ranked:
            reason = _objection(clause, place.unit, lang, weigh, similarity, parameters)
            if not reason:
                best = place
                break
            why = why if why != "coverage" else reason
        if best is None:
            return Verdict((), why)
        if best not in found:
            found.append(best)
    stated = frozenset(limit for clause in clauses for limit in clause.facts.limits)
    for place in found:
        # "Goods can be returned, unless they were opened" must not become "Goods can be returned".
        if place.unit.facts.limits & {"only", "except"} - stated:
            return Verdict((), "exception_left_out")
    return Verdict(tuple(found))


def _shared(clause: Clause, unit: Unit) -> int:
    return sum(term in unit.terms for term in clause.terms)


def _objection(
    clause: Clause, unit: Unit, lang: Lang, weigh: Weigh, similarity: Similarity | None, parameters: SupportParameters
) -> str:
    """Why ``unit`` does not say ``clause``; "" when it does. Cheap tests first."""
    weights = weigh_terms(clause.terms, weigh)
    own = weights.covered(unit.terms)
    covered = weights.covered(unit.terms | unit.context)
    if own < parameters.own:
        return "coverage"
    missing = _missing_fact(clause, unit)
    if missing:
        return missing
    enough = parameters.covered if lang == "en" else parameters.covered_han
    whole = covered >= enough and (lang == "en" or _characters(clause, unit) >= parameters.characters)
    if not whole and not (
        similarity is not None
        and covered >= parameters.near
        and similarity(clause.text, unit.plain) >= parameters.cosine
    ):
        return "coverage"
    if _in_order(clause, unit) < parameters.order:
        return "order"
    return _turned_round(clause, unit)


def _missing_fact(clause: Clause, unit: Unit) -> str:
    """The kind of hard fact that the clause states and the quote does not hold."""
    facts, quoted = clause.facts, unit.facts
    if not numbers_stand_in(facts, quoted):
        return "number"
    if facts.codes - quoted.codes or not facts.names <= unit.words:
        return "name"
    if any(link not in unit.flat for link in facts.links):
        return "link"
    digits = re.sub(r"\D", "", unit.flat)
    if any(phone not in digits for phone in facts.phones):
        return "number"
    flat = flattened(clause.text)
    if any(c not in unit.flat for c in flat if not _PLAIN.match(c)):
        return "characters"
    return ""


def _turned_round(clause: Clause, unit: Unit) -> str:
    """Compare negations and limits with the clauses of the quote that the clause takes its words from."""
    taken = _taken(clause, unit)
    if sum(c.facts.negations for c in taken) != clause.facts.negations:
        return "negation"
    limits = frozenset(limit for c in taken for limit in c.facts.limits)
    if limits != clause.facts.limits:
        return "limit"
    if clause.facts.claims - unit.facts.claims:
        return "claim"
    return ""


def _taken(clause: Clause, unit: Unit) -> list[Clause]:
    """The fewest clauses of the quote that hold what the quote holds of ``clause``, greedily."""
    wanted = set(clause.terms) & unit.terms
    left = list(unit.clauses)
    taken: list[Clause] = []
    while wanted and left:
        best = max(left, key=lambda c: len(wanted.intersection(c.order)))
        gained = wanted.intersection(best.order)
        if not gained:
            break
        taken.append(best)
        left.remove(best)
        wanted -= gained
    return taken or list(unit.clauses)


def _characters(clause: Clause, unit: Unit) -> float:
    """Share of the clause's Chinese characters, function words aside, that stand in the quote or above it."""
    wanted = [
        c for c in normalize(with_digits(clause.text)) if re.match(f"[{HAN}]", c) and c not in _FUNCTION_CHARACTERS
    ]
    if not wanted:
        return 1.0
    known = unit.characters | {c for term in unit.context for c in term}
    return sum(c in known for c in wanted) / len(wanted)


def _in_order(clause: Clause, unit: Unit) -> float:
    """Share of the shared terms that stand in the same order in both: their longest common subsequence over their number."""
    content = set(clause.terms) & unit.terms
    shared = [term for term in dict.fromkeys(clause.order) if term in content]
    quoted = [term for term in unit.order if term in content]
    lengths = [0] * (len(quoted) + 1)
    for term in shared:
        diagonal = 0
        for i, other in enumerate(quoted, start=1):
            above = lengths[i]
            lengths[i] = diagonal + 1 if term == other else max(above, lengths[i - 1])
            diagonal = above
    return lengths[-1] / len(shared) if shared else 1.0
