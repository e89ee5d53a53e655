"""Whether somebody who asks a second time asks for the same thing in other words."""

from __future__ import annotations

from dataclasses import dataclass

from kb.types import FloatArray


@dataclass(frozen=True, slots=True)
class Wording:
    """``terms``: those that say what the question is about. ``vector``: a unit vector by the model ``encoder``, or None."""

    terms: tuple[str, ...]
    vector: FloatArray | None = None
    encoder: str | None = None


@dataclass(frozen=True, slots=True)
class RephrasingParameters:
    """How like each other two questions must be, as a cosine of their vectors in (0, 1], or where those cannot be compared as
    the share of common terms (Jaccard index). Who was given an answer and asks on mostly wants to know something else about the
    same thing, so the bars are higher after one. Chosen by the entry "Asking again in other words" of eval/LOG.md.
    """

    vector: float = 0.65
    terms: float = 0.5
    vector_after_answer: float = 0.8
    terms_after_answer: float = 0.6


DEFAULT_PARAMETERS = RephrasingParameters()


def is_rephrasing(
    earlier: Wording, later: Wording, *, answered: bool, parameters: RephrasingParameters = DEFAULT_PARAMETERS
) -> bool:
    """Whether ``later`` says ``earlier`` again. ``answered``: the earlier one was given an answer.

    >>> is_rephrasing(Wording(("refund", "when")), Wording(("refund", "time", "when")), answered=True)
    True
    """
    if earlier.vector is not None and later.vector is not None and earlier.encoder == later.encoder:
        bar = parameters.vector_after_answer if answered else parameters.vector
        return float(earlier.vector @ later.vector) >= bar
    ours, theirs = set(earlier.terms), set(later.terms)
    bar = parameters.terms_after_answer if answered else parameters.terms
    return bool(ours) and len(ours & theirs) >= bar * len(ours | theirs)
