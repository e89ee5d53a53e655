"""The commands of those who run a help centre: gaps, reports, keys, what is wrong, and what is erased."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from commands import Kb, runner

from api.cli import keys as cli_keys
from api.cli.gaps import CauseName, StatusName
from api.composition import open_service
from kb.records import Cause, GapStatus, Records
from kb.settings import Settings
from kb.types import Query
from tests.conftest import Site

ANSWERED = "How long until a bank transfer refund arrives?"
UNANSWERED = "Who painted the ceiling of the Sistine chapel?"


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kb:
    """Run one command line."""
    monkeypatch.delenv("KB_DATA", raising=False)
    return runner(capsys)


def test_a_gap_is_listed_shown_assigned_and_exported(kb: Kb, site: Site) -> None:
    gap = kb("ask", UNANSWERED, "--data", site.data, "--json").json["gap_id"]
    assert gap in kb("gaps", "list", "--data", site.data).out
    assert UNANSWERED in kb("gaps", "show", gap, "--data", site.data).out
    assert kb("gaps", "assign", gap, "art-docs", "--data", site.data).code == 0
    shown = kb("gaps", "show", gap, "--data", site.data, "--json").json
    assert (shown["owner"], shown["status"], shown["history"][-1]["who"]) == ("art-docs", "assigned", "cli")
    rows = list(csv.DictReader(io.StringIO(kb("gaps", "export", "--data", site.data).out)))
    assert [(row["id"], row["owner"]) for row in rows] == [(gap, "art-docs")]


def test_gaps_can_be_filtered(kb: Kb, site: Site) -> None:
    kb("ask", UNANSWERED, "--data", site.data)
    assert len(kb("gaps", "list", "--status", "open", "--lang", "en", "--data", site.data, "--json").json["data"]) == 1
    assert kb("gaps", "list", "--status", "dismissed", "--data", site.data, "--json").json["data"] == []
    assert kb("gaps", "export", "--lang", "zh", "--data", site.data, "--json").json["data"] == []
    assert kb("gaps", "list", "--status", "odd", "--data", site.data).code == 2


def test_the_words_of_the_options_are_those_of_the_records() -> None:
    assert get_args(StatusName) == tuple(GapStatus)
    assert get_args(CauseName) == tuple(Cause)


def test_a_question_cannot_drive_the_terminal_or_the_spreadsheet_of_an_owner(kb: Kb, site: Site) -> None:
    kb("ask", "=HYPERLINK who painted \x1b[2J\x9b the Sistine chapel", "--data", site.data)
    listed, exported = (kb("gaps", name, "--data", site.data).out for name in ("list", "export"))
    assert "Sistine" in listed
    assert not {"\x1b", "\x9b"} & set(listed + exported)
    assert ",=HYPERLINK" not in exported


def test_an_unknown_gap_needs_attention_and_an_owner_without_a_name_is_wrong_use(kb: Kb, site: Site) -> None:
    assert kb("gaps", "show", "gap_x", "--data", site.data).code == 1
    assert kb("gaps", "assign", "gap_x", "somebody", "--data", site.data).code == 1
    assert kb("gaps", "assign", "gap_x", " ", "--data", site.data).code == 2


def test_the_report_counts_what_was_asked(kb: Kb, site: Site) -> None:
    for question in (ANSWERED, UNANSWERED, UNANSWERED):
        kb("ask", question, "--data", site.data)
    figures = kb("report", "--data", site.data, "--json").json
    assert (figures["questions"], figures["outcomes"]["no_answer"]["count"]) == (3, 2)
    assert "3 questions" in kb("report", "--data", site.data).out
    rows = dict(csv.reader(io.StringIO(kb("report", "--csv", "--data", site.data).out)))
    assert rows["outcomes.no_answer.count"] == "2"
    assert (
        kb("report", "--from", "2020-01-01", "--to", "2020-02-01", "--data", site.data, "--json").json["questions"] == 0
    )


@pytest.mark.parametrize(
    "arguments", [("--from", "soon"), ("--from", "2026-02-01", "--to", "2026-01-01"), ("--csv", "--json")]
)
def test_a_period_that_makes_no_sense_is_wrong_use(kb: Kb, site: Site, arguments: tuple[str, ...]) -> None:
    assert kb("report", *arguments, "--data", site.data).code == 2


def test_a_key_is_shown_once_listed_and_revoked(kb: Kb, tmp_path: Path) -> None:
    plain = kb("keys", "create", "bot", "--scope", "ask", "--scope", "search", "--data", tmp_path).out.strip()
    with Records.open(tmp_path) as records:
        key = records.check_key(plain)
    assert key is not None
    assert key.scopes == ("ask", "search")
    listed = kb("keys", "list", "--data", tmp_path)
    assert key.id in listed.out
    assert plain not in listed.out
    assert kb("keys", "revoke", key.id, "--data", tmp_path).code == 0
    with Records.open(tmp_path) as records:
        assert records.check_key(plain) is None
    assert kb("keys", "list", "--data", tmp_path, "--json").json["data"][0]["revoked_at"].endswith("Z")


def test_a_key_may_end_and_the_list_says_when_it_was_used(kb: Kb, tmp_path: Path) -> None:
    plain = kb("keys", "create", "bot", "--expires", "2099-01-01", "--data", tmp_path).out.strip()
    with Records.open(tmp_path) as records:
        assert records.check_key(plain) is not None
    listed = kb("keys", "list", "--data", tmp_path)
    assert listed.out.count("2099-01-01") == 1
    found = kb("keys", "list", "--data", tmp_path, "--json").json["data"][0]
    assert found["last_used_at"].endswith("Z")
    assert kb("keys", "create", "bot", "--expires", "2000-01-01", "--data", tmp_path).code == 2


def test_a_key_for_pages_is_public_and_bound_to_them(kb: Kb, tmp_path: Path) -> None:
    made = kb("keys", "create", "widget", "--origin", "https://help.example.com", "--data", tmp_path, "--json").json
    assert (made["kind"], made["key"].startswith("kb_pk_")) == ("public", True)


def test_an_unknown_scope_is_wrong_use_and_an_unknown_key_needs_attention(kb: Kb, tmp_path: Path) -> None:
    assert kb("keys", "create", "bot", "--scope", "everything", "--data", tmp_path).code == 2
    assert kb("keys", "revoke", "key_x", "--data", tmp_path).code == 1
    assert cli_keys.app.info.no_args_is_help


def test_doctor_finds_nothing_wrong_with_a_good_folder(kb: Kb, site: Site) -> None:
    done = kb("doctor", "--data", site.data, "--json")
    assert {check["name"]: check["state"] for check in done.json["checks"] if check["state"] == "failed"} == {}
    assert (done.code, done.json["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (("onnx", "onnx"), "served by onnx,"),
        (("torch",), "served by torch,"),
        (("torch", "onnx"), "served by torch (English) and onnx (Chinese),"),
    ],
)
def test_doctor_says_what_serves_the_model(
    kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch, served: tuple[str, ...], said: str
) -> None:
    if set(served) != {"onnx"}:  # what the fixture's model is served by, unpatched
        monkeypatch.setattr("kb.text.embedding.runtimes", lambda folder: served)
    checks = {check["name"]: check for check in kb("doctor", "--data", site.data, "--json").json["checks"]}
    assert said in checks["encoder"]["detail"]


def test_doctor_says_what_repairs_a_damaged_index_or_a_missing_folder(kb: Kb, site: Site, tmp_path: Path) -> None:
    next(site.data.glob("index/r-*/passages.json")).write_text("[]")
    done = kb("doctor", "--data", site.data)
    assert done.code == 1
    assert "failed   index" in done.out
    assert "kb index" in done.out
    missing = kb("doctor", "--data", tmp_path / "nowhere", "--json")
    assert (missing.code, missing.json["checks"][-1]["state"]) == (1, "failed")
    assert not (tmp_path / "nowhere").exists()


def test_doctor_sees_another_model_than_the_index_has(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_ENCODER", "another-model")
    checks = {check["name"]: check for check in kb("doctor", "--data", site.data, "--json").json["checks"]}
    assert checks["encoder"]["state"] == "failed"
    assert "kb index" in checks["encoder"]["fix"]


def test_purge_erases_one_conversation_or_what_is_old(kb: Kb, site: Site) -> None:
    first = kb("ask", ANSWERED, "--data", site.data, "--json").json["conversation_id"]
    kb("ask", ANSWERED, "--data", site.data)
    assert kb("purge", "--data", site.data, "--json").json["questions"] == 0
    assert kb("purge", "--conversation", first, "--data", site.data, "--json").json["questions"] == 1
    tomorrow = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1).date().isoformat()
    assert kb("purge", "--before", tomorrow, "--data", site.data).out.startswith("Removed 1 questions")


def test_purge_erases_a_person_in_every_channel(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_service(Settings(data=site.data)) as opened:
        for channel in ("slack", "wecom"):
            opened.service.ask(Query("How long does a refund take?", channel=channel, person_ref="crm-1"))
        kept = opened.service.ask(Query("How long does a refund take?", person_ref="crm-2"))
    assert kb("purge", "--person", "crm-1", "--data", site.data, "--json").json["questions"] == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("crm-1\n"))
    assert kb("purge", "--person", "-", "--data", site.data, "--json").json["questions"] == 0
    with Records.open(site.data) as records:
        assert records.get_answer(kept.id) is not None


@pytest.mark.parametrize(
    "arguments", [("--before", "2026-01-01", "--visitor", "v"), ("--conversation", ""), ("--before", "yesterday")]
)
def test_purge_erases_nothing_when_it_is_unclear_what(kb: Kb, site: Site, arguments: tuple[str, ...]) -> None:
    kb("ask", ANSWERED, "--data", site.data)
    assert kb("purge", *arguments, "--data", site.data).code == 2
    assert kb("report", "--data", site.data, "--json").json["questions"] == 1
