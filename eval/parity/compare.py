"""What must be the same at every door, and what is of one asking only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.parity.doors import Heard

# Names, times and rights of one asking. Of the gap only whether there is one: the first asking opens it.
_OF_ONE_ASKING = frozenset({"id", "created_at", "conversation_id", "feedback_token", "timings_ms"})
_ASKING = re.compile(r"(?<=/person\?answer=)ans_\w+")  # every door asked for itself
_OWN_ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1|localhost|testserver)(?::\d+)?(?=/)")


def comparable(document: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` without what belongs to one asking, and with addresses as they are on our own pages."""
    kept = {name: value for name, value in document.items() if name not in _OF_ONE_ASKING}
    found: dict[str, Any] = _relative({**kept, "gap_id": document["gap_id"] is not None})
    return found


def differences(expected: Sequence[Heard], found: Sequence[Heard], text: Sequence[str | None]) -> list[str]:
    """What differs turn by turn, in words; nothing when a door tells the same.

    ``expected``: of the native door. ``text``: what chat programs show, None where that is not known yet.
    """
    wrong = [] if len(expected) == len(found) else [f"{len(found)} turns instead of {len(expected)}"]
    for turn, (own, other, words) in enumerate(zip(expected, found, text, strict=False)):
        said, here = comparable(own.document), comparable(other.document)
        wrong += [
            f"turn {turn}: {name}: {said.get(name)!r} and {here.get(name)!r}"
            for name in sorted(said.keys() | here.keys())
            if said.get(name) != here.get(name)
        ]
        wrong += [f"turn {turn}: {problem}" for problem in _text(other, words)]
    return wrong


def _text(heard: Heard, words: str | None) -> list[str]:
    wrong = []
    answer = heard.document["answer"]
    if heard.text is not None:
        if answer and answer["markdown"] not in heard.text:
            wrong.append(f"the text is not the answer's: {heard.text!r}")
        if words is not None and _relative(heard.text) != _relative(words):
            wrong.append(f"the text is {heard.text!r}, elsewhere {words!r}")
    whole = heard.text if heard.text is not None else answer["text"] if answer else ""
    if heard.shown is not None and heard.shown != whole:
        wrong.append(f"the stream showed {heard.shown!r}")
    return wrong


def _relative(value: Any) -> Any:
    if isinstance(value, str):
        return _ASKING.sub("", _OWN_ADDRESS.sub("", value))
    if isinstance(value, Mapping):
        return {name: _relative(item) for name, item in value.items()}
    return [_relative(item) for item in value] if isinstance(value, list) else value
