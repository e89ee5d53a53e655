"""`kb policy`: what a sentence triggers, what is in force, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Kb, runner

from tests.conftest import Site

GOOD = """
hours: {zone: Europe/Berlin, open: {mon-fri: "09:00-18:00"}}
teams: {care: {channels: [mail]}}
topics: {complaint: {team: care}}
"""


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str]) -> Kb:
    return runner(capsys)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return file


def test_a_sentence_is_explained(kb: Kb, policy: Path, tmp_path: Path) -> None:
    found = kb(
        "policy", "test", "我要投訴", "--file", policy, "--at", "2026-11-22T20:00", "--data", tmp_path / "d", "--json"
    ).json
    assert (found["topic"], found["about"], found["team"], found["channels"]) == ("complaint", False, "care", ["mail"])
    assert found["outcome"] == {"with_answer": "handoff", "without_answer": "handoff"}
    assert (found["open"], found["opens_at"]) == (False, "2026-11-23T08:00:00Z")
    assert "11月23日（週一）09:00" in found["message"]
    assert found["preface"]


def test_what_is_denied_is_said_for_people(kb: Kb, policy: Path, tmp_path: Path) -> None:
    done = kb("policy", "test", "I do not want to cancel my subscription", "--file", policy, "--data", tmp_path / "d")
    assert done.code == 0
    assert "but it is denied" in done.out
    assert "rule         none" in done.out


def test_earlier_failures_count(kb: Kb, policy: Path, tmp_path: Path) -> None:
    call = (
        "policy",
        "test",
        "Do you sell boats?",
        "--file",
        policy,
        "--unanswered",
        2,
        "--data",
        tmp_path / "d",
        "--json",
    )
    assert kb(*call).json["outcome"] == {"with_answer": "answered", "without_answer": "handoff"}
    assert kb("policy", "test", "agent", "--file", policy, "--data", tmp_path / "d", "--json").json["asks_for_person"]


def test_what_is_shown_can_be_checked(kb: Kb, policy: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown.yaml"
    shown.write_text(kb("policy", "show", "--file", policy, "--data", tmp_path / "d").out, encoding="utf-8")
    assert kb("policy", "check", shown, "--data", tmp_path / "d").code == 0


def test_a_broken_file_is_named_with_its_line_everywhere(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.articles / "policy.yaml").write_text("topics:\n  complaint: {do: shout}\n", encoding="utf-8")
    monkeypatch.setenv("KB_ARTICLES", str(site.articles))
    checked = kb("policy", "check", "--data", site.data)
    assert (checked.code, "policy.yaml:2:" in checked.out) == (1, True)
    assert kb("lint", site.articles).code == 1
    doctor = kb("doctor", "--data", site.data)
    assert "warning  policy" in doctor.out
    assert "the last good file stays in force" in doctor.out
    assert kb("policy", "test", "hello", "--data", site.data).code == 0


def test_a_channel_that_no_setting_knows_is_named(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "teams: {care: {channels: [crm]}}\nroutes: [{lang: zh, team: care}]\n"
    (site.articles / "policy.yaml").write_text(source, encoding="utf-8")
    monkeypatch.setenv("KB_ARTICLES", str(site.articles))
    assert "'care' has the channel 'crm', which no setting knows" in kb("doctor", "--data", site.data).out
    monkeypatch.setenv("KB_HANDOFF_DESTINATIONS", "crm=https://crm.example.com/hook")
    assert "no setting knows" not in kb("doctor", "--data", site.data).out


def test_a_moment_or_a_file_that_is_none_is_refused(kb: Kb, policy: Path, tmp_path: Path) -> None:
    assert kb("policy", "test", "x", "--file", policy, "--at", "soon", "--data", tmp_path / "d").code == 2
    assert kb("policy", "check", tmp_path / "none.yaml", "--data", tmp_path / "d").code == 2


@pytest.mark.parametrize("sentence", ["", "  ", "\n\u3000"])
def test_a_sentence_without_words_is_refused(kb: Kb, policy: Path, tmp_path: Path, sentence: str) -> None:
    refused = kb("policy", "test", sentence, "--file", policy, "--data", tmp_path / "d")
    assert refused.code == 2
    assert "The sentence is empty." in refused.err
