"""One answer at every door: the same text, outcome, confidence and citations, whoever asks and how.

The full set of questions, over the shipped articles and real processes: ``python -m eval.parity``.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.cli.app import run
from api.speech.spoken import as_markdown, spoken
from eval.parity.compare import comparable, differences
from eval.parity.doors import DOORS, Heard, Post, native
from eval.parity.questions import dialogues, singles
from eval.parity.run import compared, figures

# About the fixture articles: stated, asked back, not known, a person wished for, chatted, angry; both languages, both scripts.
KNOWN = """\
When do I get my money back?
how long for a gift card
Which goods are excluded from returns?
How do I ask for a refund?
Is opened software returned?
May I get a copy of an invoice?
how do i restart the router
router
refund
What does the red light on the router mean?
How do I bake sourdough bread?
Where is my order 123?
I want to talk to a human
agent
ok thanks
This is ridiculous, I have asked three times and nothing works!
钱什么时候退回来
礼品卡多久退回
哪些商品不能退
怎样申请退款
換了手機怎麼重新綁定兩步驗證？
换了手机怎么办
退款
两步验证是什么
面包怎么烤
转人工
真人客服
谢谢
你们这什么破服务，气死我了！
我要投诉
""".splitlines()
TALKS = [
    ("When do I get my money back?", "and for a gift card?"),
    ("refund", "What is excluded", "thanks"),
    ("How do I bake sourdough bread?", "that didn't help", "agent"),
    ("钱什么时候退回来", "礼品卡呢？"),
    ("面包怎么烤", "没用", "转人工"),
    ("兩步驗證", "換了手機呢？", "How long do refunds take?"),
]
_QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def agree(post: Post, dialogue: tuple[str, ...]) -> None:
    assert compared(post, dialogue) == {}
    for turn in DOORS["chat"](post, dialogue)[:1]:
        assert turn.text == as_markdown(spoken(turn.document, "http://127.0.0.1:8000"))


@settings(_QUICK, max_examples=20)
@given(st.one_of(st.sampled_from(KNOWN), st.sampled_from([question for (question,) in singles()])))
def test_a_question_gets_the_same_at_every_door(post: Post, question: str) -> None:
    agree(post, (question,))


@settings(_QUICK, max_examples=12)
@given(st.one_of(st.sampled_from(TALKS), st.sampled_from(dialogues())))
def test_a_follow_up_gets_the_same_at_every_door(post: Post, dialogue: tuple[str, ...]) -> None:
    agree(post, dialogue)


@pytest.mark.parametrize(
    "question", ["How long do refunds take?", "钱什么时候退回来", "How do I bake sourdough bread?"]
)
def test_the_command_line_says_the_same(
    post: Post, data: Path, question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = native(post, (question,))
    capsys.readouterr()
    with suppress(SystemExit):
        run(["ask", question, "--data", str(data), "--json"])
    commanded = [Heard(json.loads(capsys.readouterr().out))]
    assert differences(own, commanded, [None]) == []


def test_there_are_questions_enough_in_both_languages() -> None:
    asked = [*singles(), *dialogues()]
    chinese = sum(any("\u4e00" <= character <= "\u9fff" for character in "".join(turns)) for turns in asked)
    assert len(singles()) >= 500
    assert min(chinese, len(asked) - chinese) >= 200


def test_a_door_that_says_something_else_is_named(post: Post) -> None:
    def cut(post: Post, dialogue: tuple[str, ...]) -> list[Heard]:
        heard = native(post, dialogue)
        return [replace(turn, document={**turn.document, "citations": []}, text="?") for turn in heard]

    dialogue = ("When do I get my money back?",)
    wrong = compared(post, dialogue, {**DOORS, "cut": cut})
    assert list(wrong) == ["cut"]
    assert any("citations" in line for line in wrong["cut"])
    assert any("text" in line for line in wrong["cut"])
    summed = figures([(dialogue, wrong)], [*DOORS, "cut"])
    assert (summed["equal"], summed["differing"], summed["turns"]) == (False, {"cut": 1}, 1)


def test_a_stream_that_loses_a_piece_is_named(post: Post) -> None:
    turns = DOORS["chat stream"](post, ("When do I get my money back?",))
    lost = [replace(turn, shown=(turn.shown or "")[:-1]) for turn in turns]
    assert any("the stream showed" in line for line in differences(turns, lost, [None]))


def test_addresses_and_names_of_one_asking_do_not_count() -> None:
    document = {"id": "a", "created_at": "1", "gap_id": "gap_1", "url": "http://127.0.0.1:8000/articles/a.html", "n": 1}
    other = {"id": "b", "created_at": "2", "gap_id": "gap_2", "url": "/articles/a.html", "n": 1}
    assert comparable(document) == comparable(other)
    assert comparable(document) != comparable({**other, "n": 2})
    assert comparable(document) != comparable({**other, "gap_id": None})
