"""The prompts of chat programs are told from the questions of visitors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer.housekeeping import is_housekeeping
from kb.answer.manner import Manner, manner_of

CONVERSATION = "\nUSER: How long does a refund take?\nASSISTANT: Three working days.\n"
PROMPTS = (
    "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Chat History:",
    "### Task:\nSuggest three to five follow-up questions the user might ask next, given the chat history.",
    "### Task:\nGenerate one to three broad tags for the main themes of the conversation. Answer in JSON.",
    "### Task:\nLook at the chat history and decide whether search queries are needed; output them as JSON.",
    "Write a title for this conversation in five words or less, without punctuation.",
    "You are a title generator. Read the first message and output nothing but a title.",
    "Please predict the three questions that the human would most likely ask, as a JSON array.",
    "Given the conversation so far, rephrase the follow up question to be a standalone question.",
    "Summarize the discussion in 100 words or less to use as context later.",
    "Name this chat. At most four words, plain text.",
    "你是一名擅长会话的助手，请把上述对话总结为十个字以内的标题，不要使用标点。",
    "为以下对话生成1-3个标签，用JSON格式返回。",
    "根据聊天记录，预测用户接下来可能会问的三个问题，只返回数组。",
    "结合上下文把用户的最后一个问题改写成独立的问题，只输出改写后的问题。",
    "請為這段對話產生一個簡短的標題，只輸出標題。",
)
QUESTIONS = (
    "How do I change the title of a conversation?",
    "Can you create a tag for this message?",
    "Create a new label in the chat",
    "How do I make the API output only JSON?",
    "What is the maximum number of characters of a subject line?",
    "Please summarize this conversation and send it to my mail",
    "Where do I find my chat history?",
    "What should I ask the seller next?",
    "怎么给对话改标题？",
    "请生成一份10字以内的公司简介标题",
    "我想把聊天记录导出成JSON",
    "帮我把用户名改成不超过10个字的名称",
    "这段对话能删除吗",
)


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_prompt_of_a_chat_program_is_recognised_alone_and_around_a_conversation(prompt: str, wrapped: bool) -> None:
    text = f"{prompt}{CONVERSATION * 200}" if wrapped else prompt
    assert is_housekeeping(text)
    assert manner_of(text, in_conversation=True) is Manner.HOUSEKEEPING


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_with_the_same_words_stays_one(question: str) -> None:
    assert not is_housekeeping(question)


def test_an_instruction_behind_a_long_conversation_is_read() -> None:
    assert is_housekeeping(
        f"{CONVERSATION * 500}\nWrite a title for the conversation above. Answer only with the title."
    )


@given(st.text(max_size=400))
def test_any_text_has_a_verdict(text: str) -> None:
    assert is_housekeeping(text) in (True, False)
