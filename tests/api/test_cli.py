"""The command line in one process: what each command prints, where, and with which exit code."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Kb, runner

from api.cli.evaluation import names_in
from api.cli.output import clean, table
from api.cli.periods import moment
from api.speech.spoken import with_marks
from kb.errors import InvalidInputError
from tests.conftest import Site

ANSWERED = "How long until a bank transfer refund arrives?"
UNANSWERED = "Who painted the ceiling of the Sistine chapel?"


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kb:
    """Run one command line."""
    monkeypatch.delenv("KB_DATA", raising=False)
    return runner(capsys)


def test_an_answer_is_printed_with_its_numbered_source_and_its_confidence(kb: Kb, site: Site) -> None:
    done = kb("ask", "What does error E-203 mean?", "--data", site.data)
    assert done.code == 0
    assert done.out.startswith("Error E-203 means that the router cannot reach the internet.")
    assert " [1]\n\nSources\n" in done.out
    assert "  [1] Set up the AX-1800 router > Error E-203" in done.out
    assert done.out.rstrip().splitlines()[-1].startswith("answered, confidence 0.")
    assert done.err == ""


def test_json_is_the_answer_of_the_public_contract_and_nothing_else(kb: Kb, site: Site) -> None:
    document = kb("ask", "What does error E-203 mean?", "--data", site.data, "--json").json
    assert document["object"] == "answer"
    citation = document["citations"][0]
    text = (site.articles / f"{citation['article_id']}.md").read_text(encoding="utf-8")
    assert text[citation["source_span"]["start"] : citation["source_span"]["end"]] == citation["quote"]


def test_a_chinese_question_is_answered_in_chinese(kb: Kb, site: Site) -> None:
    assert kb("ask", "退款多久到账？", "--data", site.data, "--json").json["question"]["lang"] == "zh"


def test_a_question_nobody_wrote_about_is_a_result_and_no_failure(kb: Kb, site: Site) -> None:
    done = kb("ask", UNANSWERED, "--data", site.data)
    assert done.code == 0
    assert "no_answer, confidence" in done.out


@pytest.mark.parametrize(
    ("question", "said"),
    [("  \n", "is empty"), ("x" * 1001, "1001 characters"), ("a\0b", "not valid"), ("a\udcff", "not valid")],
)
def test_a_question_that_cannot_be_asked_is_wrong_use(kb: Kb, site: Site, question: str, said: str) -> None:
    done = kb("ask", question, "--data", site.data)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_an_error_is_one_json_document_too(kb: Kb, site: Site) -> None:
    done = kb("ask", " ", "--data", site.data, "--json")
    assert done.code == 2
    assert done.json["object"] == "error"
    assert (done.json["code"], bool(done.json["hint"])) == ("invalid_input", True)


def test_a_follow_up_belongs_to_its_conversation(kb: Kb, site: Site) -> None:
    first = kb("ask", ANSWERED, "--data", site.data, "--json").json
    second = kb("ask", "And by card?", "--conversation", first["conversation_id"], "--data", site.data, "--json").json
    assert second["conversation_id"] == first["conversation_id"]
    shown = [(document["citations"] + document["suggestions"])[0]["article_id"] for document in (first, second)]
    assert shown == ["en/billing/refunds", "en/billing/refunds"]


def test_a_mistyped_data_folder_is_wrong_use_and_is_not_made(kb: Kb, tmp_path: Path) -> None:
    done = kb("ask", ANSWERED, "--data", tmp_path / "nowhere")
    assert done.code == 2
    assert f"kb index ARTICLES --data {tmp_path / 'nowhere'}" in done.err
    assert not (tmp_path / "nowhere").exists()


def test_a_data_folder_without_an_index_says_how_to_make_one(kb: Kb, tmp_path: Path) -> None:
    done = kb("ask", ANSWERED, "--data", tmp_path)
    assert done.code == 1
    assert "kb index" in done.err


def test_the_data_folder_can_come_from_the_environment(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_DATA", str(site.data))
    assert kb("search", "refund").code == 0
    assert kb("search", "refund", "--data", site.data / "nowhere").code == 2


def test_a_wrong_setting_is_named(kb: Kb, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_ENCODER_THREADS", "many")
    done = kb("search", "refund", "--data", site.data)
    assert done.code == 2
    assert "KB_ENCODER_THREADS" in done.err


def test_search_prints_rows_that_a_program_can_cut(kb: Kb, site: Site) -> None:
    header, first, *_ = kb("search", "refund", "--data", site.data).out.splitlines()
    assert header.split("\t") == ["article", "title", "lang", "score"]
    assert first.split("\t")[:3] == ["en/billing/refunds", "How long refunds take", "en"]
    document = kb("search", "refund", "--data", site.data, "--json").json
    assert document["data"][0]["article_id"] == "en/billing/refunds"
    assert document["index"]["revision"].startswith("r-")


def test_explain_ranks_the_article_asked_about(kb: Kb, site: Site) -> None:
    done = kb("explain", "What does error E-203 mean?", "en/devices/router", "--data", site.data)
    assert "en/devices/router has rank 1" in done.out
    document = kb("explain", "What does error E-203 mean?", "--data", site.data, "--json").json
    assert document["hits"][0]["article_id"] == "en/devices/router"


def test_explain_of_an_unknown_article_needs_attention(kb: Kb, site: Site) -> None:
    assert kb("explain", ANSWERED, "en/nothing", "--data", site.data).code == 1


def test_index_names_what_is_broken_by_path_and_line_and_indexes_the_rest(kb: Kb, site: Site) -> None:
    (site.articles / "en/broken.md").write_text("---\ntitle: [never closed\n---\nText.\n")
    (site.articles / "en/new.md").write_text("---\ntitle: Opening hours\n---\nWe open at nine.\n")
    done = kb("index", site.articles, "--data", site.data)
    assert done.code == 1
    assert any(line.startswith("en/broken.md:") and line.count(":") >= 2 for line in done.err.splitlines())
    assert done.out.startswith("Indexed 7 articles")
    assert "en/new" in kb("search", "opening hours", "--data", site.data).out


def test_index_again_changes_nothing(kb: Kb, site: Site) -> None:
    assert kb("index", site.articles, "--data", site.data).code == 0  # the copied index remembers another folder
    report = kb("index", site.articles, "--data", site.data, "--json").json
    assert (report["object"], report["changed"], report["embedded"]) == ("index.report", False, 0)
    assert kb("index", site.articles, "--data", site.data).out.startswith("Nothing changed: 6 articles")


@pytest.mark.parametrize("command", ["index", "lint"])
def test_a_missing_articles_folder_is_wrong_use(kb: Kb, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file.md"
    file.touch()
    assert kb(command, tmp_path / "nowhere", "--data", tmp_path / "data").code == 2
    assert "is a file" in kb(command, file, "--data", tmp_path / "data").err
    assert not (tmp_path / "data").exists()


def test_watching_never_ends_so_it_prints_no_document(kb: Kb, site: Site) -> None:
    assert kb("index", site.articles, "--data", site.data, "--watch", "--json").code == 2


def test_a_data_folder_that_is_a_file_ends_in_a_message(kb: Kb, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = kb("index", site.articles, "--data", file)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")


def test_init_makes_two_articles_that_lint_and_never_overwrites(kb: Kb, tmp_path: Path) -> None:
    articles, data = tmp_path / "articles", tmp_path / "data"
    made = kb("init", articles, "--data", data, "--json").json["files"]
    assert made == ["en/billing/refund-time.md", "policy.yaml", "zh/billing/refund-time.md"]
    assert kb("lint", articles).code == 0
    (articles / made[0]).write_text("mine")
    again = kb("init", articles, "--data", data)
    assert (again.code, again.out) == (0, "")
    assert (articles / made[0]).read_text() == "mine"


def test_lint_prints_problems_as_data(kb: Kb, site: Site) -> None:
    (site.articles / "aa.md").write_bytes(b"---\nlang: en\n---\n\xff\n")
    done = kb("lint", site.articles)
    assert done.code == 1
    assert done.out.startswith("aa.md:")
    assert kb("lint", site.articles, "--json").json["data"][0]["path"] == "aa.md"


def test_a_package_that_only_measuring_needs_comes_with_the_command_that_installs_it(
    kb: Kb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "eval.run", None)
    done = kb("eval", "--json")
    assert (done.code, done.json["code"]) == (1, "extra_missing")
    assert "pip install" in done.err


def test_a_question_set_that_does_not_exist_is_named_beside_those_that_do(kb: Kb) -> None:
    done = kb("eval", "--sets", "nothing, else")
    assert done.code == 1
    assert "'nothing'" in done.err
    assert "shop-questions" in done.err
    assert names_in("nothing, else,") == ["nothing", "else"]


def test_wrong_use_is_told_apart_from_input_that_needs_attention(kb: Kb) -> None:
    assert kb("ask").code == 2
    assert kb("asks").code == 2
    assert kb("ask", "x", "--nope").code == 2
    assert kb("serve", "--port", "70000").code == 2
    assert kb("--version").out.startswith("kb ")


def test_marks_stand_behind_what_each_citation_supports() -> None:
    citations = [
        {"n": 1, "answer_spans": [{"start": 0, "end": 4}]},
        {"n": 2, "answer_spans": [{"start": 5, "end": 9}]},
    ]
    assert with_marks("One. Two.", citations) == "One. [1] Two. [2]"


def test_cells_stay_on_one_line_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    table(("a", "b"), [("x\ty\nz", None)])
    assert capsys.readouterr().out == "a\tb\nx y z\t\n"
    assert clean("a\x1b[31m\u202eb\n\tc") == "a\ufffd[31m\ufffdb\n\tc"


def test_days_and_times_are_utc_unless_they_say_otherwise() -> None:
    assert moment("2026-11-22") == datetime(2026, 11, 22, tzinfo=UTC)
    assert moment("2026-11-22T08:00:00+08:00") == datetime(2026, 11, 22, tzinfo=UTC)
    with pytest.raises(InvalidInputError):
        moment("22.11.2026")


def test_the_starter_articles_can_be_asked(kb: Kb, site: Site, tmp_path: Path) -> None:
    kb("init", tmp_path / "starter", "--data", site.data)
    shutil.rmtree(site.articles)
    assert kb("index", tmp_path / "starter", "--data", site.data).code == 0
    assert kb("ask", "How long does a refund take?", "--data", site.data, "--json").json["citations"]
