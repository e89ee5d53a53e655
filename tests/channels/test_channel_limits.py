"""Whatever an answer holds, its message is within the limits, whole in its sentences, and no markup but ours."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from channel_answers import BASE, document, option, place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.channels import CHANNELS, Channel, render
from api.channels.clicks import Click, call_of, read_short, short_value, signer
from api.channels.fitting import Fitted, body_of, fit, units_of
from api.channels.inert import without_markup
from api.channels.message import message_of, shortened, utf16
from api.channels.plain import MIN_LIMIT
from api.channels.telegram import shown_length

SIGN = signer(b"x" * 32)
SENTENCES = (
    "退款一般在三到五天内到账。",
    "Refunds take 3 to 5 days.",
    "请拨打 [客服](https://evil.example) 👩‍👩‍👧‍👦！",
    "<b>*Bold*</b> & `code` _x_ <@U1> <!channel> ~~no~~.",
    "# heading\n- one\n- two **x**",
    "| a | b |\n1 | 2",
    "def f(x):\n    return '<tag>' * 3",
    "长" * 1500 + "。",
)
pieces = st.lists(
    st.one_of(
        st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=30).map(" ".join),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=400).filter(str.strip),
    ),
    min_size=1,
    max_size=4,
)
titles = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    lang = draw(st.sampled_from(("en", "zh")))
    outcome = draw(st.sampled_from(("answered", "suggested", "clarify", "no_answer", "handoff")))
    made = document(outcome, lang, pieces=tuple(draw(pieces)))
    fragment = draw(st.sampled_from(("", ":~:text=" + "%E9%80%80" * 300)))
    for source in (*made["citations"], *made["suggestions"]):
        source["heading_path"] = [draw(titles)]
        source["highlight_url"] = source["url"] + fragment
    for choice in made["options"]:
        choice["label"] = draw(titles)
    made["preface"] = draw(st.sampled_from((None, "Sorry about this.", "很抱歉给您带来不便。")))
    made["handoff"]["message"] = draw(st.sampled_from(("", "We answer from 9 to 17 & <weekdays>.")))
    return made


thorough = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def check_limits(channel: Channel, messages: list[dict[str, Any]]) -> None:
    first = messages[0]
    if channel == "slack":
        blocks = first["blocks"]
        assert len(blocks) <= 50
        for block in blocks:
            if block["type"] == "section":
                assert 0 < utf16(block["text"]["text"]) <= 3000
            for element in block.get("elements", []):
                if block["type"] == "context":
                    assert len(block["elements"]) <= 10
                    assert utf16(element["text"]) <= 3000
                else:
                    assert utf16(element["text"]["text"]) <= 75
                    assert utf16(element.get("value", "")) <= 2000
    if channel == "wecom":
        assert 0 < len(first["markdown"]["content"].encode()) <= 4096
        for more in messages[1:]:
            card = more["template_card"]
            assert len(card["button_list"]) <= 6
            assert all(len(button["key"].encode()) <= 1024 for button in card["button_list"])
    if channel == "feishu":
        assert len(json.dumps(first)) <= 20_000 - len(json.dumps({"timestamp": "1" * 10, "sign": "=" * 44}))
    if channel == "dingtalk":
        assert len(json.dumps(first)) <= 20_000 - len(
            json.dumps({"at": {"atMobiles": ["13800000000"] * 25, "isAtAll": False}})
        )
    if channel == "teams":
        assert len(json.dumps(first, ensure_ascii=False).encode("utf-16-le")) <= 28 * 1024
    if channel == "telegram":
        assert 0 < shown_length(first["text"]) <= 4096
        for row in first.get("reply_markup", {}).get("inline_keyboard", []):
            assert all(len(button.get("callback_data", "").encode()) <= 64 for button in row)


@pytest.mark.parametrize("channel", CHANNELS)
@thorough
@given(answer=answers())
def test_a_message_is_within_the_limits_of_its_platform(channel: Channel, answer: dict[str, Any]) -> None:
    made = render(channel, answer, BASE, SIGN)
    assert made["messages"]
    json.loads(json.dumps(made))
    check_limits(channel, made["messages"])


@thorough
@given(answer=answers(), limit=st.integers(MIN_LIMIT, 2000), links=st.booleans())
def test_plain_text_keeps_any_limit(answer: dict[str, Any], limit: int, links: bool) -> None:
    made = render("text", answer, BASE, SIGN, limit=limit, links=links)
    text = made["messages"][0]["text"]
    assert 0 < utf16(text) <= limit
    if not links:
        assert BASE not in text


@thorough
@given(answer=answers(), limit=st.integers(1, 3000))
def test_a_shorter_message_has_whole_units_and_the_sources_of_its_numbers(answer: dict[str, Any], limit: int) -> None:
    message = message_of(answer, BASE, SIGN)

    def size(fitted: Fitted) -> int:
        return len(fitted.body) + sum(len(source.title) for source in fitted.sources)

    fitted, cut = fit(message, lambda one: one, lambda one: size(one) <= limit)
    units = units_of(message.said.parts)
    assert fitted.body == message.said.text or fitted.body in {body_of(units[:n]) for n in range(len(units) + 1)}
    assert cut == bool(fitted.cut)
    if not cut:
        assert fitted.body == message.said.text
    if message.said.sources:
        shown = units[: next((n for n in range(len(units) + 1) if body_of(units[:n]) == fitted.body), len(units))]
        numbers = {n for unit in shown for n in unit.numbers}
        assert {source.n for source in fitted.sources} == (numbers if fitted.body else set())


@thorough
@given(answer=answers())
def test_units_lose_nothing(answer: dict[str, Any]) -> None:
    said = message_of(answer, BASE, SIGN).said
    assert body_of(units_of(said.parts)) == said.text.strip()


def test_a_list_is_shown_whole_or_not_at_all() -> None:
    steps = "To reset it:\n" + "\n".join(f"{n}. Step {n}, and wait for the lamp." for n in range(1, 80))
    answer = document("answered", pieces=("Resetting takes a minute. It loses all settings.", steps))
    text = render("text", answer, BASE, SIGN, limit=700)["messages"][0]["text"]
    assert "Resetting takes a minute. It loses all settings. [1]" in text
    assert "Step 1," not in text
    assert "[2]" not in text
    assert f"{BASE}/a/{answer['id']}" in text


def test_half_of_a_piece_still_has_its_number() -> None:
    long = " ".join(f"This is sentence number {n} of the piece." for n in range(60))
    text = render("text", document("answered", pieces=(long,)), BASE, SIGN, limit=600)["messages"][0]["text"]
    body = text.partition("\n\n")[0]
    assert body.endswith("of the piece. [1]")
    assert "\n[1] Refunds" in text


EVIL = (
    "[now](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example|x> <!channel> <@U1> **b** `c`"
    " <a href='x'>"
)


@pytest.mark.parametrize("channel", CHANNELS)
def test_markup_of_an_article_does_nothing(channel: Channel) -> None:
    answer = document("answered", pieces=(EVIL,), actions=[])
    answer["citations"][0]["heading_path"] = [EVIL]
    answer["options"] = [option(1, "en") | {"label": EVIL}]
    messages = render(channel, answer, BASE, SIGN)["messages"]
    if channel in ("wecom", "dingtalk"):
        written = messages[0]["markdown"]["content"] if channel == "wecom" else messages[0]["actionCard"]["text"]
        assert not re.search(r"\]\(https://evil|\*\*b|`c`|<[@!ah]", written)
        assert len(re.findall(r"\]\(https://help", written)) == 1
    if channel == "slack":
        blocks = messages[0]["blocks"]
        marked = [e["text"] for b in blocks if b["type"] == "context" for e in b["elements"]] + [messages[0]["text"]]
        for text in marked:
            assert not re.search(r"<https://evil|<!|<@", text)
    if channel == "telegram":
        tags = re.findall(r"<[^>]*>", messages[0]["text"])
        assert [tag for tag in tags if tag != "</a>"] == [
            f'<a href="{BASE}/articles/en/refunds.html#times:~:text=Refunds%20%28reach%29,days.">'
        ]
        assert EVIL in html.unescape(messages[0]["text"])
    if channel == "feishu":
        marked = [e["content"] for e in messages[0]["card"]["body"]["elements"] if e["tag"] == "markdown"]
        assert [len(re.findall(r"\]\(", text)) for text in marked] == [1]
        assert not any(re.search(r"[<*`]|\]\((?!https://help)", text) for text in marked)
    if channel == "teams":
        blocks = messages[0]["attachments"][0]["content"]["body"]
        assert {block["type"] for block in blocks} <= {"RichTextBlock", "ActionSet"}


def test_underscores_and_rules_are_kept_apart() -> None:
    assert "**" not in without_markup("a **b** c")
    assert without_markup("---").startswith("\u200b")
    assert without_markup("E-203") == "E-203"


@pytest.mark.parametrize(("text", "limit"), [("短", 1), ("a" * 80, 75), ("👩‍👩‍👧‍👦" * 20, 40)])
def test_labels_are_shortened_in_one_line(text: str, limit: int) -> None:
    assert utf16(shortened(f"{text}\n", limit)) <= limit


@pytest.mark.parametrize("kind", ["up", "down", "option", "person"])
def test_a_short_value_is_read_back_and_no_other(kind: Any) -> None:
    click = Click(kind, "ans_01KB3VA2M7Q2V5H0D6N8R4T9WX", 2 if kind == "option" else 0)
    value = short_value(click, SIGN)
    assert len(value.encode()) <= 64
    assert read_short(value, SIGN) == click
    assert read_short(value, signer(b"y" * 32)) is None
    assert read_short(value.replace("WX", "WY"), SIGN) is None
    assert read_short("", SIGN) is None


def test_each_click_is_a_call_of_this_service() -> None:
    answer = document("clarify")
    assert call_of(Click("option", answer["id"], 1), answer, "t")["body"]["option_id"] == "en/refunds#times-1"
    assert call_of(Click("person", answer["id"]), answer, "t") == {
        "call": "/v1/handoffs",
        "body": {"answer_id": answer["id"], "token": "t"},
    }
    assert "token" not in call_of(Click("person", answer["id"]), answer, "")["body"]
    vote = call_of(Click("down", answer["id"]), answer, "t")
    assert vote == {"call": "/v1/feedback", "body": {"answer_id": answer["id"], "token": "t", "rating": "down"}}


def test_many_nearest_passages_are_left_out_from_the_end() -> None:
    answer = document("suggested", suggestions=[place(n, "en") | {"heading_path": ["T" * 300]} for n in range(1, 9)])
    text = render("text", answer, BASE, SIGN, limit=600)["messages"][0]["text"]
    assert re.search(r"(?s)All of it.*\[1\] TTT", text)
    assert "[8]" not in text


def test_without_a_token_nobody_votes_or_sends_the_conversation_along() -> None:
    made = render("slack", document("answered", feedback_token=""), BASE, SIGN)
    assert {button["kind"] for button in made["buttons"]} == {"link"}


def test_an_address_that_is_no_web_address_is_no_button() -> None:
    made = render("telegram", document("answered", actions=[{"label": "x", "url": "javascript:alert(1)"}]), BASE, SIGN)
    assert "javascript" not in json.dumps(made["messages"])
    person = {"offered": True, "channels": [], "message": "", "contact_url": "mailto:a@example.com", "accepts": False}
    made = render("slack", document("handoff", handoff=person), BASE, SIGN)
    assert made["buttons"] == []
    assert "mailto:a@example.com" in json.dumps(made["messages"])
