"""A policy file: read over what is shipped, refused with line and reason, written out again without loss."""

from __future__ import annotations

import pytest

from kb.policy.parse import MAX_BYTES, read_policy, shipped_policy
from kb.policy.telling import policy_text


@pytest.mark.parametrize(
    ("source", "line", "code"),
    [
        ("topics:\n  complaint:\n    does: handoff\n", 3, "unknown_key"),
        ("topics:\n  complaint: {do: shout}\n", 2, "bad_value"),
        ("topics:\n  complaint: {empathy: maybe}\n", 2, "bad_value"),
        ("topics:\n  vip: {do: offer}\n", 2, "missing"),
        ("topics:\n  vip:\n    phrases: [gold]\n", 3, "bad_type"),
        ("topics:\n  vip:\n    phrases:\n      en: ['...']\n", 4, "bad_value"),
        ("topics:\n  vip:\n    phrases:\n      en: ['ab*']\n", 4, "bad_value"),
        ("topics:\n  vip:\n    phrases:\n      fr: [or]\n", 4, "unknown_key"),
        ("topics:\n  complaint: {team: nobody}\n", 2, "unknown_name"),
        ("routes:\n  - {topic: complaint}\n", 2, "missing"),
        ("routes:\n  - {topic: nothing, team: support}\n", 2, "unknown_name"),
        ("routes:\n  - {team: nobody}\n", 2, "unknown_name"),
        ("teams:\n  care: {channels: [a pigeon]}\n", 2, "bad_value"),
        ("teams:\n  care: {mail: nobody}\n", 2, "bad_value"),
        ("repeated_failure: -1\n", 1, "bad_value"),
        ("handoff_share_alert: 140 %\n", 1, "bad_value"),
        ("handoff_share_alert: {above: 0.2, days: 400}\n", 1, "bad_value"),
        ("say: {bored: {en: Hm}}\n", 1, "unknown_key"),
        ("mood: {}\n", 1, "unknown_key"),
        ("topics: {}\ntopics: {}\n", 2, "duplicate_key"),
        ("- a\n", 1, "bad_type"),
        ("topics: [\n", 2, "bad_yaml"),
        ("topics: &a {}\n", 1, "bad_yaml"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(source: str, line: int, code: str) -> None:
    found, problems = read_policy(source.encode())
    assert found is None
    assert [(problem.path, problem.line, problem.code, problem.fatal) for problem in problems] == [
        ("policy.yaml", line, code, True)
    ]


def test_every_section_with_something_wrong_is_named_at_once() -> None:
    found, problems = read_policy(b"topics:\n  a: {do: x}\nrepeated_failure: many\nhours: {}\n")
    assert found is None
    assert [problem.line for problem in problems] == [2, 2, 3, 4]


def test_every_problem_is_named_at_once_with_its_place() -> None:
    found, problems = read_policy(
        b"""colours: {}
topics:
  complaint:
    do: shout
    team: nobody
hours:
  zone: Mars/North
  open:
    someday: 09:00-18:00
    mon: [9-18, 25:00-26:00]
repeated_failure: {after: -1, before: 2}
teams:
  care: {channels: [a pigeon], mail: [nobody, b@example.com]}
routes:
  - {topic: nothing, lang: fr}
  - {team: care}
moods: {angry: {phrases: {en: ["ab*", fine, "..."]}}}
handoff_share_alert: 3
"""
    )
    assert found is None
    assert [(problem.line, problem.code) for problem in problems] == [
        (1, "unknown_key"),
        (4, "bad_value"),
        (5, "unknown_name"),
        (7, "bad_value"),
        (9, "bad_value"),
        *[(10, "bad_value")] * 2,
        (11, "bad_value"),
        (11, "unknown_key"),
        *[(13, "bad_value")] * 2,
        *[(15, code) for code in ("bad_value", "missing", "unknown_name")],
        *[(17, "bad_value")] * 2,
        (18, "bad_value"),
    ]


def test_a_file_that_is_too_big_or_no_text_is_refused() -> None:
    assert read_policy(b"#" * (MAX_BYTES + 1))[1][0].code == "too_big"
    assert read_policy(b"\xff\xfe")[1][0].code == "not_utf8"


def test_an_empty_file_is_the_shipped_policy() -> None:
    for source in ("", "# nothing yet\n", "topics:\n"):
        assert read_policy(source.encode()) == (shipped_policy(), ())


def test_sections_replace_add_or_switch_off() -> None:
    found, problems = read_policy(
        b"topics: {legal: off, security: {urgency: normal, team: safe}}\n"
        b"moods: {angry: off}\n"
        b"repeated_failure: 2\n"
        b"teams: {safe: {channels: [mail, webhook], mail: [a@example.com, b@example.com]}}\n"
        b"say: {frustrated: {en: Oh no.}}\n"
        b"handoff_share_alert: 35 %\n"
    )
    assert found is not None, problems
    shipped = shipped_policy()
    assert found.topics.keys() == shipped.topics.keys() - {"legal"}
    assert found.topics["security"].phrases == shipped.topics["security"].phrases
    assert (found.topics["security"].urgency, found.topics["security"].do) == ("normal", "handoff")
    assert found.moods.keys() == {"frustrated"}
    assert (found.failures, found.failures_frustrated) == (2, 2)
    assert found.teams["safe"].mail == ("a@example.com", "b@example.com")
    assert found.say["frustrated"] == {"en": "Oh no.", "zh": shipped.say["frustrated"]["zh"]}
    assert found.share.above == 0.35


def test_routes_go_by_what_fits_first() -> None:
    found, problems = read_policy(
        b"teams: {zh: {}, money: {}, fast: {}}\n"
        b"topics: {legal: {team: fast}}\n"
        b"routes:\n"
        b"  - {category: Billing, lang: zh, team: zh}\n"
        b"  - {category: billing, team: money}\n"
        b"  - {urgency: high, team: fast}\n"
    )
    assert found is not None, problems
    assert [
        (to.team.name, to.rule)
        for to in (
            found.route(category="billing", lang="zh"),
            found.route(category="BILLING", lang="en"),
            found.route(category="other", urgency="high"),
            found.route(topic="legal", category="billing"),
            found.route(),
        )
    ] == [
        ("zh", "routes, line 4"),
        ("money", "routes, line 5"),
        ("fast", "routes, line 6"),
        ("fast", "topic legal"),
        ("support", "no route fits"),
    ]


def test_a_route_that_nothing_reaches_is_a_remark() -> None:
    found, problems = read_policy(b"routes:\n  - {team: support}\n  - {lang: zh, team: support}\n")
    assert found is not None
    assert [(problem.line, problem.code, problem.fatal) for problem in problems] == [(3, "no_effect", False)]


def test_what_is_printed_says_the_same() -> None:
    source = b"""
topics: {vip: {phrases: {zh: [\xe7\x99\xbd\xe9\x87\x91]}, do: offer, except: {en: [gold fish]}, say: {en: Hello.}}}
hours: {zone: Asia/Shanghai, open: {daily: '08:00-24:00'}, closed: [2026-10-01..2026-10-07], away: {zh: '{opens}'}}
teams: {care: {channels: [mail]}}
routes: [{lang: zh, team: care}]
person: {en: [concierge]}
"""
    found, problems = read_policy(source)
    assert found is not None, problems
    again, wrong = read_policy(policy_text(found).encode())
    assert not wrong
    assert again is not None
    assert policy_text(again) == policy_text(found)
    assert again.hours == found.hours
    assert again.topics == found.topics


def test_an_operators_word_for_a_person_is_a_wish_and_a_question_about_it_is_none() -> None:
    found, _ = read_policy("person: {en: [concierge], zh: [管家]}".encode())
    assert found is not None
    assert [
        found.judge(text).wish
        for text in (
            "concierge",
            "Connect me to the concierge please",
            "叫管家来",
            "What does the concierge cost?",
            "I do not want the concierge",
            "管家服务多少钱",
        )
    ] == [True, True, True, False, False, False]
