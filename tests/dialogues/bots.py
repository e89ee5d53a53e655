"""A bot for each door, as somebody would write it with that door's own client: it says a line and shows what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import openai
from openai.types.chat import ChatCompletionMessageParam

from tests.mcp.running import call, over_http


@dataclass(frozen=True)
class Reply:
    """``text``: what the bot shows; None where it makes its own page of ``document``."""

    document: dict[str, Any]
    text: str | None


class Bot(Protocol):
    """One conversation of one person at one door."""

    def say(self, words: str) -> Reply: ...

    def choose(self, option: dict[str, Any]) -> Reply: ...


@dataclass
class RestBot:
    """`POST /v1/ask`: keeps the id of the conversation."""

    url: str
    key: str
    person: str | None = None
    conversation: str | None = None

    def say(self, words: str) -> Reply:
        return self._ask(question=words)

    def choose(self, option: dict[str, Any]) -> Reply:
        return self._ask(question=option["label"], option_id=option["id"])

    def _ask(self, **body: Any) -> Reply:
        context = {"person_ref": self.person, "channel": "mail"} if self.person else {}
        asked = {**body, "conversation_id": self.conversation, "context": context}
        headers = {"Authorization": f"Bearer {self.key}"}
        response = httpx.post(f"{self.url}/v1/ask", json=asked, headers=headers, timeout=60)
        assert response.status_code == 200, response.text
        document = response.json()
        self.conversation = document["conversation_id"]
        return Reply(document, None)


@dataclass
class OpenAiBot:
    """Chat completions: sends everything that was said, and of a choice its label, as people click it in a chat program."""

    url: str
    key: str
    person: str | None = None
    messages: list[ChatCompletionMessageParam] = field(default_factory=list)

    def say(self, words: str) -> Reply:
        self.messages.append({"role": "user", "content": words})
        with openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.key, timeout=60) as client:
            done = client.chat.completions.create(
                model="kb", messages=self.messages, safety_identifier=self.person or openai.omit
            )
        text = done.choices[0].message.content or ""
        self.messages.append({"role": "assistant", "content": text})
        assert done.model_extra is not None
        return Reply(done.model_extra["kb"], text)

    def choose(self, option: dict[str, Any]) -> Reply:
        return self.say(option["label"])


@dataclass
class McpBot:
    """The tool `ask`: hands the id of the conversation back, as its description tells an assistant to."""

    url: str
    key: str
    person: str | None = None
    conversation: str | None = None

    def say(self, words: str) -> Reply:
        return self._ask(question=words)

    def choose(self, option: dict[str, Any]) -> Reply:
        return self._ask(question=option["label"], option_id=option["id"])

    def _ask(self, **arguments: Any) -> Reply:
        asked = {**arguments, "conversation_id": self.conversation, "person_ref": self.person}
        result = over_http(self.url, call("ask", **asked), Authorization=f"Bearer {self.key}")
        assert not result.is_error, result.content[0].text
        self.conversation = result.structured_content["conversation_id"]
        return Reply(result.structured_content, result.content[0].text)


BOTS: dict[str, type[RestBot] | type[OpenAiBot] | type[McpBot]] = {
    "rest": RestBot,
    "openai": OpenAiBot,
    "mcp": McpBot,
}
