"""What a text says in the eyes of a policy: its topic, its mood, how pressing it is, and whether it asks for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.policy.asking import asks_about
from kb.policy.phrases import Match, prepare
from kb.policy.rules import Mood, Rule
from kb.policy.shouting import is_shouted
from kb.text.language import count_han

if TYPE_CHECKING:
    from kb.policy.policy import Policy

_LOOKED_BACK = 3  # earlier texts of a visitor whose mood still counts
_MOST_WISH_WORDS = 8
_MOST_WISH_HAN = 16
_WORD = re.compile(r"[a-z0-9']+")
_SENTENCES = re.compile(r"[^.!?;。！？；，\n]+[.!?;。！？；，\n]*|[.!?;。！？；，\n]+")
# Words and characters beside the venting ones in a sentence that only vents.
_VENTING_WORDS = 3
_VENTING_HAN = 4


@dataclass(frozen=True, slots=True)
class Judgement:
    """``topic``: the first of the policy's that is named, ``about``: it is only asked about. ``wish``: a word of the operator's
    that asks for a person. ``again``: an earlier text showed frustration or anger already. ``unanswered``: questions before this.

    ``besides``: the prepared text without the words of its mood, "" of a calm or a shouted one. ``matches``: every phrase that was
    found, denied ones included, by its owner.
    """

    topic: Rule | None = None
    about: bool = False
    mood: Mood = "calm"
    shouted: bool = False
    again: bool = False
    wish: bool = False
    pressing: bool = False
    unanswered: int = 0
    besides: str = ""
    matches: Mapping[str, tuple[Match, ...]] | None = None

    @property
    def upset(self) -> bool:
        return self.mood != "calm"


def judge(policy: Policy, text: str, earlier: Sequence[str], unanswered: int) -> Judgement:
    """See ``Policy.judge``."""
    said = prepare(text)
    found = policy.lexicon.find(said)
    shouted = "frustrated" in policy.moods and is_shouted(text)
    topic, about = _topic(policy, said, found) if found else (None, False)
    mood = _mood(policy, found, shouted)
    return Judgement(
        topic=topic,
        about=about,
        mood=mood,
        shouted=shouted,
        again=any(policy.mood_of(before) != "calm" for before in earlier[-_LOOKED_BACK:]),
        wish="person" in found and _wishes(said, found["person"]),
        pressing=_meant(found.get("pressing", ())),
        unanswered=unanswered,
        besides="" if mood == "calm" or shouted else _without(said, _venting(policy, found)),
        matches=found,
    )


def without_venting(policy: Policy, text: str) -> str:
    """``text`` without the sentences that only vent: they are about nothing that an article could answer.

    As it is where nothing else would be left.
    """
    kept = [sentence for sentence in _SENTENCES.findall(text) if not _vents(policy, sentence)]
    rest = "".join(kept).strip()
    return rest if any(c.isalnum() for c in rest) else text


def _vents(policy: Policy, sentence: str) -> bool:
    said = prepare(sentence)
    found = policy.lexicon.find(said)
    matches = _venting(policy, found)
    rest = _without(said, matches)
    return bool(matches) and len(_WORD.findall(rest)) <= _VENTING_WORDS and count_han(rest) <= _VENTING_HAN


def _venting(policy: Policy, found: Mapping[str, tuple[Match, ...]]) -> list[Match]:
    return [match for mood in policy.moods for match in found.get(f"mood:{mood}", ()) if not match.negated]


def _without(said: str, matches: Sequence[Match]) -> str:
    return "".join(" " if any(m.start <= i < m.end for m in matches) else c for i, c in enumerate(said))


def mood_in(policy: Policy, text: str) -> Mood:
    """The mood that ``text`` shows."""
    shouted = "frustrated" in policy.moods and is_shouted(text)
    return _mood(policy, policy.lexicon.find(prepare(text)), shouted)


def _mood(policy: Policy, found: Mapping[str, tuple[Match, ...]], shouted: bool) -> Mood:
    if "angry" in policy.moods and _meant(found.get("mood:angry", ())):
        return "angry"
    return "frustrated" if shouted or _meant(found.get("mood:frustrated", ())) else "calm"


def _topic(policy: Policy, said: str, found: Mapping[str, tuple[Match, ...]]) -> tuple[Rule | None, bool]:
    """The first topic that is the visitor's own, else the first that is asked about."""
    asked: Rule | None = None
    for name, rule in policy.topics.items():
        meant = [match for match in found.get(f"topic:{name}", ()) if not match.negated]
        if not meant:
            continue
        if not all(asks_about(said, match.start, match.end) for match in meant):
            return rule, False
        asked = asked or rule
    return asked, asked is not None


def _wishes(said: str, matches: Sequence[Match]) -> bool:
    """Whether a word of the operator's is all that is wanted: short, not denied, and no question about it."""
    for match in matches:
        rest = said[: match.start] + said[match.end :]
        short = len(_WORD.findall(rest)) <= _MOST_WISH_WORDS and count_han(rest) <= _MOST_WISH_HAN
        if not match.negated and short and not asks_about(said, match.start, match.end, named=False):
            return True
    return False


def _meant(matches: Sequence[Match]) -> bool:
    return any(not match.negated for match in matches)
