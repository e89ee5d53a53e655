"""What an assistant gets: the same over every transport and by both protocols."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from hearing import Heard

PUBLIC = ["ask", "search", "fetch"]
OWNERS = ["list_gaps", "get_gap", "verify_gap"]
TOOL_OF = {
    "found": "search", "fetched": "fetch", "asked": "ask", "asked_zh": "ask", "follow_up": "ask", "unknown": "ask",
    "gaps": "list_gaps", "gap": "get_gap", "verified": "verify_gap",
}  # fmt: skip


def test_both_protocols_are_spoken(heard: Heard) -> None:
    assert heard.version in ("2025-11-25", "2026-07-28")


def test_the_tools_are_described(heard: Heard) -> None:
    assert [tool.name for tool in heard.tools] == PUBLIC + OWNERS
    for tool in heard.tools:
        assert tool.title
        assert tool.description
        assert tool.annotations.read_only_hint is (tool.name != "verify_gap")
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.open_world_hint is False
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        for schema in (tool.input_schema, tool.output_schema):
            jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", sorted(TOOL_OF))
def test_objects_are_as_the_tool_promises(heard: Heard, name: str) -> None:
    result = heard.replies[name]
    assert not result.is_error
    schema = next(tool.output_schema for tool in heard.tools if tool.name == TOOL_OF[name])
    jsonschema.validate(result.structured_content, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", sorted(TOOL_OF.keys() - {"asked", "asked_zh", "follow_up", "unknown"}))
def test_text_is_the_object_as_json(heard: Heard, name: str) -> None:
    result = heard.replies[name]
    assert [json.loads(part.text) for part in result.content] == [result.structured_content]


def test_search_and_fetch_have_the_shape_of_connectors(heard: Heard) -> None:
    results = heard.found.structured_content["results"]
    assert results[0]["id"] == "en/billing/refunds"
    assert set(results[0]) == {"id", "title", "url", "text"}
    assert "<" not in results[0]["text"]
    fetched = heard.fetched.structured_content
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert fetched["text"].startswith("# How long refunds take\n\nA refund starts")
    assert fetched["metadata"]["lang"] == "en"
    assert fetched["metadata"]["last_reviewed_on"] == "2026-10-01"


def test_addresses_are_never_empty(heard: Heard) -> None:
    start = "kb://articles/" if heard.local else "http://127.0.0.1:"
    answer = heard.asked.structured_content
    places = [*heard.found.structured_content["results"], heard.fetched.structured_content, *answer["citations"]]
    for place in (*places, *answer["related"]):
        assert place["url"].startswith(start)
    assert "](kb://articles/" in heard.asked.content[0].text or "](http://127" in heard.asked.content[0].text


def test_the_words_are_what_every_door_says(heard: Heard) -> None:
    from api.speech.spoken import as_markdown, spoken

    for name in ("asked", "asked_zh", "follow_up", "unknown"):
        result = heard.replies[name]
        pages = re.findall(r"(http://[^/]+)/person\?answer=", result.content[0].text)
        assert bool(pages) is (not heard.local and result.structured_content["handoff"]["offered"])
        assert result.content[0].text == as_markdown(spoken(result.structured_content, *pages))


def test_an_answer_is_given_in_both_languages(heard: Heard) -> None:
    english, chinese = heard.asked.structured_content, heard.asked_zh.structured_content
    assert (english["outcome"], chinese["outcome"]) == ("answered", "answered")
    assert english["citations"][0]["article_id"] == "en/billing/refunds"
    assert chinese["citations"][0]["article_id"] == "zh/billing/refunds"


def test_what_is_needed_to_go_on_is_told_to_the_assistant_only(heard: Heard) -> None:
    words, handle = heard.asked.content
    told = json.loads(handle.text)
    assert handle.annotations.audience == ["assistant"]
    assert words.annotations is None
    assert told["conversation_id"] == heard.asked.structured_content["conversation_id"]
    assert told["outcome"] == "answered"


def test_a_follow_up_belongs_to_its_conversation(heard: Heard) -> None:
    first, second = heard.asked.structured_content, heard.follow_up.structured_content
    assert second["conversation_id"] == first["conversation_id"]
    assert second["citations"][0]["article_id"] == "en/billing/refunds"


def test_what_is_not_known_is_no_error_and_becomes_a_gap(heard: Heard) -> None:
    unknown = heard.unknown.structured_content
    assert unknown["outcome"] in ("no_answer", "suggested")
    assert unknown["answer"] is None
    labels = [gap["label"] for gap in heard.gaps.structured_content["data"]]
    assert "How do I bake sourdough bread?" in labels
    assert heard.gap.structured_content["id"] == heard.verified.structured_content["id"]
    assert heard.verified.structured_content["checks"]


def test_a_wrong_call_says_what_is_wrong_and_what_there_is(heard: Heard) -> None:
    assert heard.refused.is_error
    text = heard.refused.content[0].text
    assert text.startswith("/question: Must not be blank.")
    assert "The arguments of `ask` are: question, lang" in text
    assert heard.refused.meta["kb/code"] == "invalid_input"


def test_articles_are_resources(heard: Heard) -> None:
    listed = {resource.uri: resource for resource in heard.resources.resources}
    assert "kb://articles/zh/billing/refunds" in listed
    resource: Any = listed["kb://articles/en/billing/refunds"]
    assert (resource.title, resource.mime_type) == ("How long refunds take", "text/markdown")
    assert heard.templates.resource_templates[0].uri_template == "kb://articles/{id}"
    # A secret key may read what is for agents; `kb mcp` only when it is told to.
    assert ("kb://articles/en/billing/internal" in listed) is not heard.local


def test_a_resource_is_the_file_that_citations_count_in(heard: Heard) -> None:
    text = heard.article.contents[0].text
    citation = heard.asked_zh.structured_content["citations"][0]
    span = citation["source_span"]
    assert text.startswith("---\n")
    assert text[span["start"] : span["end"]] == citation["quote"]
    assert heard.escaped.contents[0].text == text
