"""What holds of any sentence: scripts, case and width do not count, and asking for a person always works."""

from __future__ import annotations

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.answer.manner import Manner, manner_of
from kb.policy.parse import read_policy, shipped_policy
from kb.policy.phrases import prepare

SENTENCES = st.sampled_from(
    [
        "我要投诉你们的客服", "账号被盗了", "怎么取消会员", "太让我失望了", "你们都是骗子", "我不想投诉", "有人登录了我的账号",
        "I want to file a complaint", "my account was hacked", "how do I cancel my plan?", "this is ridiculous",
        "I do not want to cancel my subscription", "nobody answers me",
    ]
)  # fmt: skip
TO_TRADITIONAL = opencc.OpenCC("s2t")


def gist(text: str) -> tuple[object, ...]:
    judged = shipped_policy().judge(text)
    return judged.topic and judged.topic.name, judged.about, judged.mood, judged.pressing


@given(SENTENCES, st.data())
def test_case_script_and_width_do_not_count(text: str, data: st.DataObject) -> None:
    upper = [data.draw(st.booleans()) for _ in text]
    mixed = "".join(c.upper() if up else c for c, up in zip(text, upper, strict=True))
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c not in "'" else c for c in text)
    assert gist(TO_TRADITIONAL.convert(text)) == gist(text)
    assert gist(wide) == gist(text)
    if not mixed.isupper():
        assert gist(mixed)[:2] == gist(text)[:2]


WISHES = ("人工", "转人工", "轉人工", "真人", "agent", "talk to a human", "Speak to a person", "人工客服")
AROUND = st.text(alphabet=" \t.!?。！？,，", max_size=4)


@given(st.sampled_from(WISHES), AROUND, AROUND, st.booleans(), st.booleans())
def test_asking_for_a_person_always_works(wish: str, before: str, after: str, upper: bool, later: bool) -> None:
    assert manner_of(before + (wish.upper() if upper else wish) + after, in_conversation=later) is Manner.PERSON


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    judged = shipped_policy().judge(text, [text])
    assert judged.mood in ("calm", "frustrated", "angry")
    assert prepare(prepare(text)) is not None


@given(st.text(max_size=300))
def test_any_file_is_read_or_refused_with_its_line(source: str) -> None:
    found, problems = read_policy(source.encode("utf-8", "surrogatepass"))
    assert found is not None or problems
    assert all(problem.line >= 0 and problem.message for problem in problems)


@given(
    st.lists(
        st.sampled_from(["topics:", "  complaint:", "    do: handoff", "moods: x", "hours:", "  zone: UTC", "- a"]),
        max_size=8,
    )
)
def test_half_of_a_policy_never_counts(lines: list[str]) -> None:
    found, problems = read_policy("\n".join(lines).encode())
    assert (found is None) == any(problem.fatal for problem in problems)


@pytest.mark.parametrize("source", ["person: off", "moods: {angry: off, frustrated: off}", "repeated_failure: off"])
def test_no_policy_switches_off_asking_for_a_person(source: str) -> None:
    read_policy(source.encode())
    assert all(manner_of(wish) is Manner.PERSON for wish in WISHES)
