"""Which edits of a statement state nothing new."""

from __future__ import annotations

import pytest

from kb.proof.restating import restates
from kb.proof.statements import statements_of


@pytest.mark.parametrize(
    ("earlier", "edited"),
    [
        ("We sell electric bicycles in Oslo.", "WE SELL electric bicycles, in Oslo!"),
        ("We sell electric bicycles in Oslo.", "In Oslo we sell electric bicycles."),
        ("We sell electric bicylces in Oslo.", "We sell electric bicycles in Oslo."),
        ("You will recieve it.", "You will receive it."),
        ("Ask for a form.", "Ask for a from."),
        ("Open the settings page.", "Just open the settings page."),
        ("A refund takes 5 days.", "The refund takes 5 days."),
        ("退款需要五天。", "退款也需要五天！"),
        ("電子發票", "电子发票"),
        ("您可以在设置里改密码。", "在设置里可以改密码。"),
    ],
)
def test_an_edit_that_states_nothing_new(earlier: str, edited: str) -> None:
    [before], [after] = statements_of(earlier), statements_of(edited)
    assert restates(after, before)
    assert restates(before, after)


@pytest.mark.parametrize(
    ("earlier", "edited"),
    [
        ("A refund takes 5 days.", "A refund takes 7 days."),
        ("A refund takes 5 days.", "A refund takes up to 5 days."),
        ("We sell bicycles in Oslo.", "We sell bicycles in Oslo and Bergen."),
        ("We sell bicycles in Oslo.", "We sell bicycles in Bergen."),
        ("Returns are free.", "Returns are not free."),
        ("Dogs are allowed, cats are not.", "Cats are allowed, dogs are not."),
        ("A card takes 5 days, a transfer 7.", "A card takes 7 days, a transfer 5."),
        ("Press the left button.", "Press the felt button."),  # both are words
        ("The code is E-203.", "The code is E-204."),
        ("Ask the clerk.", "Ask the agent."),
        ("退款需要五天。", "退款需要七天。"),
        ("可以退款。", "不可以退款。"),
        ("按左边的按钮。", "按右边的按钮。"),
    ],
)
def test_an_edit_that_states_another_fact(earlier: str, edited: str) -> None:
    [before], [after] = statements_of(earlier), statements_of(edited)
    assert not restates(after, before)
    assert not restates(before, after)
