"""Ask the same everywhere and gather what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from eval.parity.compare import differences
from eval.parity.doors import DOORS, Dialogue, Door, Heard, Post
from kb.errors import KbError

_EXAMPLES = 20  # differences that a result names in full
Elsewhere = Callable[[Dialogue], list[Heard]]  # a door without HTTP


def compared(
    post: Post, dialogue: Dialogue, doors: Mapping[str, Door] = DOORS, others: Mapping[str, Elsewhere] | None = None
) -> dict[str, list[str]]:
    """What each door says otherwise than the first one, by its name; the doors that agree are not named.

    Raises what the first door raises; a refusal by another one is a difference.
    """
    asking = {name: partial(door, post) for name, door in doors.items()} | dict(others or {})
    first, *rest = asking
    own = asking[first](dialogue)
    heard, refused = {first: own}, {}
    for name in rest:
        try:
            heard[name] = asking[name](dialogue)
        except KbError as error:
            refused[name] = [str(error)]
    texts = next(
        ([turn.text for turn in turns] for turns in heard.values() if turns and turns[0].text is not None),
        [None] * len(own),
    )
    wrong = {name: differences(own, turns, texts) for name, turns in heard.items()} | refused
    return {name: found for name, found in wrong.items() if found}


def figures(results: Sequence[tuple[Dialogue, Mapping[str, Sequence[str]]]], doors: Sequence[str]) -> dict[str, Any]:
    """Counts of a run: questions, turns, and by door how many dialogues differ, with examples."""
    by_door = Counter(door for _, wrong in results for door in wrong)
    examples = [
        {"dialogue": list(dialogue), "door": door, "differences": list(found[:5])}
        for dialogue, wrong in results
        for door, found in wrong.items()
    ]
    return {
        "dialogues": len(results),
        "turns": sum(len(dialogue) for dialogue, _ in results),
        "chinese": sum(any("\u4e00" <= c <= "\u9fff" for c in "".join(dialogue)) for dialogue, _ in results),
        "doors": list(doors),
        "equal": not by_door,
        "differing": {door: by_door[door] for door in doors if by_door[door]},
        "examples": examples[:_EXAMPLES],
    }
