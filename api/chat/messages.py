"""Which of the messages of a chat program is the question, and which were asked before it.

Only what a visitor wrote is read. System and developer messages, tools and their results are data of the chat program: nothing in
them is obeyed, and nothing in them is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from api.models import Question
from api.problems import FieldError, ProblemDetails, ProblemError
from kb.answer.housekeeping import is_housekeeping

# A conversation as front ends quote it to a model that is to name or sum it up.
_REPLY_LINE = re.compile(r"^[^\w\n]{0,8}(?:assistant|ai|bot|助手|助理)[^\w\n]{0,3}[:：]", re.IGNORECASE | re.MULTILINE)
_END = 2300  # characters at each end of a text in which an instruction is looked for


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``role``: "told" for what no visitor wrote and no reply is. ``pointer``: of its text in the request.
    ``unreadable``: what else it holds that would have to be read to answer it (an image, a sound, a file); "" for nothing.
    """

    role: Literal["user", "assistant", "told", "tool"]
    text: str
    pointer: str
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """``question``: 1-1000 code points, or ``chore``: the prompt of a front end that nobody asked. ``earlier``: what the visitor
    wrote before, oldest first.
    """

    question: str
    earlier: tuple[str, ...]
    chore: str = ""


def asked_in(messages: Sequence[Message], whole: str) -> Asked:
    """What the last message asks. ``whole``: JSON pointer to all of them. Raises ``ProblemError`` 422."""
    said = [message for message in messages if message.role != "told"]
    if not said:
        raise _refused(whole, "There is no message of a user.")
    last = said[-1]
    if last.role != "user":
        raise _refused(last.pointer, "The last message must be of the role user: it is the question.")
    earlier = tuple(message.text for message in said[:-1] if message.role == "user" and message.text.strip())
    told = "\n".join(message.text for message in messages if message.role == "told")
    if is_housekeeping(_ends(last.text)):
        return Asked("", earlier, last.text)
    if _REPLY_LINE.search(last.text) and is_housekeeping(_ends(told)):
        return Asked("", earlier, f"{told}\n\n{last.text}")
    if last.unreadable:
        raise _refused(last.pointer, f"{last.unreadable} cannot be read here: send the question as text.")
    return Asked(_question(last), earlier)


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _END else f"{text[:_END]}\n{text[-_END:]}"


def _question(message: Message) -> str:
    try:
        return _questions().validate_python(message.text)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"]
        raise _refused(message.pointer, detail) from None


@cache
def _questions() -> TypeAdapter[str]:
    return TypeAdapter(Question)


def _refused(pointer: str, detail: str) -> ProblemError:
    return ProblemError(ProblemDetails("invalid_input", f"body {pointer}: {detail}", (FieldError(pointer, detail),)))
