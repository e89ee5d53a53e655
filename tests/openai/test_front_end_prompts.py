"""Prompts that chat programs send by themselves: answered usefully, and never taken for a question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import OpenAI

from api.chat.chores import chore_reply
from tests.openai.conftest import Desk

HISTORY = "<chat_history>\nUSER: {first}\nASSISTANT: A title, tags and queries.\nUSER: {last}\nASSISTANT: ...\n</chat_history>"
TALK = {
    "en": ("How long does a refund to my credit card take?", "Can opened software be returned?"),
    "zh": ("退款到信用卡需要多久到账？", "已拆封的软件能退吗？"),
}
TITLE = "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Output:\nJSON format: "
TAGS = (
    "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n### Output:\nJSON format: "
)
NEXT = "### Task:\nSuggest 3-5 relevant follow-up questions that the user might ask next, from the chat history.\nJSON format: "
QUERIES = (
    "### Task:\nAnalyze the chat history to determine the necessity of generating search queries. Output as JSON: "
)


def history(lang: str) -> str:
    first, last = TALK[lang]
    return "\n### Chat History:\n" + HISTORY.format(first=first, last=last)


def ask(client: OpenAI, *messages: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="kb", messages=list(messages), **more)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        (TITLE + '{ "title": "..." }', "title"),
        (TAGS + '{ "tags": ["a", "b"] }', "tags"),
        (NEXT + '{ "follow_ups": ["1", "2"] }', "follow_ups"),
        (QUERIES + '{ "queries": ["a"] }', "queries"),
    ],
)
def test_a_chore_is_done_in_the_form_asked_for(client: OpenAI, prompt: str, key: str, lang: str) -> None:
    reply = ask(client, {"role": "user", "content": prompt + history(lang)})
    assert reply.kb is None
    assert reply.choices[0].finish_reason == "stop"
    done = json.loads(reply.choices[0].message.content)
    assert list(done) == [key]
    if key == "title":
        assert done["title"].rstrip("…") in TALK[lang][0]
    if key == "tags":
        assert done["tags"] == (["billing", "refund"] if lang == "en" else done["tags"])
        assert done["tags"]
    if key == "queries":
        assert done["queries"] == []


def test_no_chore_is_a_question_of_the_report(desk: Desk, client: OpenAI) -> None:
    from datetime import UTC, datetime, timedelta

    def asked() -> int:
        desk.opened.records.flush()
        now = datetime.now(UTC)
        return desk.opened.records.kpis(now - timedelta(days=1), now + timedelta(minutes=1)).questions

    before = asked()
    ask(client, {"role": "user", "content": TITLE + history("en")})
    client.responses.create(model="kb", input=TAGS + history("zh"))
    list(ask(client, {"role": "user", "content": NEXT + history("en")}, stream=True))
    assert asked() == before
    ask(client, {"role": "user", "content": TALK["en"][0]})
    assert asked() == before + 1


def test_a_title_may_be_asked_for_in_a_system_message(client: OpenAI) -> None:
    system = "你是一名擅长会话的助理，你需要将用户的会话总结为 10 个字以内的标题，不要使用标点"
    said = "user: 退款到信用卡需要多久到账？\nassistant: 五至七个工作日。[1]"
    reply = ask(client, {"role": "system", "content": system}, {"role": "user", "content": said})
    assert reply.kb is None
    assert reply.choices[0].message.content == "退款到信用卡需要多久到账"
    question = ask(client, {"role": "system", "content": system}, {"role": "user", "content": "两步验证怎么打开？"})
    assert question.kb is not None


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ("Write a title for this conversation in five words or less.", "Do you sell bicycles"),
        ("Summarize the discussion in 100 words or less to use as context later.", "Do you sell bicycles?; And bells?"),
        ("Given the conversation so far, rephrase the follow up question to be a standalone question.", "And bells?"),
        ("为以下对话生成1-3个标签，用JSON格式返回。", '{"tags": ["General"]}'),
        ("根据聊天记录，预测用户接下来可能会问的三个问题，只返回数组。", "[]"),
    ],
)
def test_messages_before_it_are_the_conversation(prompt: str, reply: str) -> None:
    assert chore_reply(prompt, ("Do you sell bicycles?", "And bells?"), lambda _: None) == reply


@pytest.mark.parametrize("piece", ["<history>", "USER:\n", "\n" * 10, '"a":', "user: x\n", "``````"])
def test_a_hostile_prompt_comes_to_an_end(piece: str) -> None:
    # What grows with the square of its length would take hours.
    assert chore_reply("Write a title. " + piece * 200_000, (), lambda _: None)
