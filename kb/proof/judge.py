"""When the questions of a gap are answered, and when they no longer are: rules that can be read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.records.checks import Check
from kb.records.proofs import WatchedGap, Wording


@dataclass(frozen=True, slots=True)
class JudgeRules:
    """``share``: of the times a gap was asked, how many must be answered from new text. ``probe``: when none of so many
    wordings passes, those asked most, the others are not tried."""

    share: float = 0.5
    probe: int = 5


DEFAULT_RULES = JudgeRules()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often the gap was asked in the wordings that were tried (``asked``), and how often in those that pass."""

    asked: int
    passed: int
    share: float

    @property
    def holds(self) -> bool:
        """Whether the need is met: the passing wordings are at least ``share`` of what was asked."""
        return self.asked > 0 and self.passed >= self.share * self.asked


def judge(gap: WatchedGap, checks: Sequence[Check], rules: JudgeRules = DEFAULT_RULES) -> Verdict:
    """Weigh ``checks`` by how often each wording was asked; a wording that was not tried counts as failing."""
    passing = {check.key for check in checks if check.passed}
    asked = sum(wording.count for wording in gap.wordings)
    passed = sum(wording.count for wording in gap.wordings if wording.key in passing)
    return Verdict(asked, passed, rules.share)


def is_hopeless(tried: Sequence[Check], rules: JudgeRules = DEFAULT_RULES) -> bool:
    """Whether the wordings asked most leave nothing to expect of the others: they cost as much and none has passed."""
    return len(tried) >= rules.probe and not any(check.passed for check in tried)


def broken(gap: WatchedGap, checks: Sequence[Check]) -> list[Check]:
    """The checks that fail of wordings that had passed before, most asked first."""
    return [check for check in checks if not check.passed and _had_passed(gap, check)]


def _had_passed(gap: WatchedGap, check: Check) -> bool:
    before = gap.checks.get(check.key)
    return before is not None and before.passed


def in_order(wordings: Sequence[Wording], label: str) -> list[Wording]:
    """The wordings in the order of asking: the gap's name first, then those asked most."""
    return sorted(wordings, key=lambda wording: wording.text != label)
