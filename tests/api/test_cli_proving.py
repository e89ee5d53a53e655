"""`kb gaps replay` and `kb gaps verify`: what they print, what they leave alone, and their exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.cli.app import run
from api.composition import open_service
from api.replay_responses import ReplayDocument
from kb.settings import Settings
from kb.types import Query

if TYPE_CHECKING:
    from tests.conftest import Site

Kb = Callable[..., "tuple[int, str, str]"]

CANOE = "Do you rent out canoes?"
CANOES = (
    "---\ntitle: Renting a canoe\nlang: en\n---\n\n# Renting\n\nYes, we rent out canoes. It costs 30 euros a day.\n"
)
REFUND = "How long does a refund to my credit card take?"
GONE = "---\ntitle: Refunds\n---\n\n# Refunds\n\nAsk our support about money.\n"


@pytest.fixture
def kb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kb:
    """Run one command line: its exit code and what it wrote to both streams."""
    monkeypatch.delenv("KB_DATA", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = 0
        try:
            run([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def gap(site: Site) -> str:
    """The gap of a question that nobody answers, beside one that is answered."""
    with open_service(Settings(data=site.data)) as opened:
        found = opened.service.ask(Query(CANOE)).gap_id
        opened.service.ask(Query(REFUND))
    assert found is not None
    return found


@pytest.fixture
def folders(site: Site, tmp_path: Path) -> tuple[Path, Path]:
    """The articles twice; the second folder is for a test to change."""
    shutil.copytree(site.articles, tmp_path / "head")
    return site.articles, tmp_path / "head"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_draft_is_tried_and_its_quote_is_shown(kb: Kb, site: Site, gap: str, tmp_path: Path) -> None:
    draft = write(tmp_path, "draft.md", CANOES)
    code, out, _ = kb("gaps", "replay", gap, draft, "--data", site.data)
    assert code == 0
    assert f"now answered: {CANOE}\n  answered draft: Yes, we rent out canoes." in out
    assert "1 now answered, 1 still right; as draft, 1 of 1 times asked are answered" in out


def test_a_question_that_is_still_not_answered_says_why(kb: Kb, site: Site, gap: str, tmp_path: Path) -> None:
    draft = write(tmp_path, "draft.md", "---\ntitle: Parrots\nlang: en\n---\n\nParrots may not be sent by post.\n")
    code, out, _ = kb("gaps", "replay", gap, draft, "--data", site.data)
    assert code == 0
    assert f"still not: {CANOE}\n" in out
    assert "  because nothing is sure enough to be stated (confidence 0." in out


def test_a_draft_that_loses_something_exits_with_1_and_says_what(kb: Kb, site: Site, gap: str, tmp_path: Path) -> None:
    draft = write(tmp_path, "draft.md", GONE)
    code, out, _ = kb("gaps", "replay", gap, draft, "--article-id", "en/billing/refunds", "--data", site.data)
    assert code == 1
    assert f"WAS RIGHT AND IS LOST: {REFUND}\n  was   answered en/billing/refunds: " in out
    assert "still not: Do you rent out canoes?" in out


def test_json_of_a_replay_is_the_document_of_the_http_door(kb: Kb, site: Site, gap: str, tmp_path: Path) -> None:
    draft = write(tmp_path, "draft.md", CANOES)
    code, out, _ = kb("gaps", "replay", gap, draft, "--article-id", "en/canoe", "--data", site.data, "--json")
    document = json.loads(out)
    ReplayDocument.model_validate(document)
    assert (code, document["article_id"], document["verdict"]) == (0, "en/canoe", "closes")


def test_a_file_in_the_articles_folder_is_the_article_it_is(kb: Kb, site: Site, gap: str) -> None:
    with open_service(Settings(data=site.data)) as opened:
        text = opened.live.current().articles["en/billing/refunds"].text
        folder = opened.live.current().articles_dir
    draft = folder / "en/billing/refunds.md"
    assert draft.read_text("utf-8") == text
    code, out, _ = kb("gaps", "replay", gap, draft, "--data", site.data, "--json")
    assert (code, json.loads(out)["article_id"]) == (0, "en/billing/refunds")


@pytest.mark.parametrize(
    ("name", "raw", "code", "said"),
    [
        ("none.md", None, 2, "cannot be read"),
        ("bad.md", b"---\ntitle: [x\n---\ntext\n", 2, "line"),
        ("latin.md", b"# Caf\xe9\n\ntext\n", 2, "UTF-8"),
    ],
)
def test_a_draft_that_cannot_be_read_is_named(
    kb: Kb, site: Site, gap: str, tmp_path: Path, name: str, raw: bytes | None, code: int, said: str
) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    found, out, err = kb("gaps", "replay", gap, tmp_path / name, "--data", site.data)
    assert (found, out) == (code, "")
    assert said in err


def test_two_folders_are_compared_by_the_gaps_of_an_export(
    kb: Kb, site: Site, gap: str, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    base, head = folders
    _, exported, _ = kb("gaps", "export", "--data", site.data, "--json")
    gaps = write(tmp_path, "gaps.json", exported)
    write(head, "en/canoe.md", CANOES)
    compared = ("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    code, out, _ = kb(*compared)
    assert code == 0
    assert out.rstrip().splitlines()[-1] == "closes 1 gap, breaks 0 answers"
    assert f"closes {gap}" in out
    assert "Yes, we rent out canoes." in out
    document = json.loads(kb(*compared, "--json")[1])
    assert (document["closes"], document["breaks"], document["changed"]) == (1, 0, ["en/canoe"])
    assert [(one["id"], one["closes"]) for one in document["gaps"]] == [(gap, True)]


def test_a_change_that_breaks_a_verified_answer_exits_with_1(
    kb: Kb, site: Site, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    base, head = folders
    gaps = write(tmp_path, "gaps.json", json.dumps({"data": [verified_gap(REFUND)]}))
    unchanged = kb("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    assert (unchanged[0], unchanged[1]) == (0, "closes 0 gaps, breaks 0 answers\n")
    write(head, "en/billing/refunds.md", GONE)
    code, out, _ = kb("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    assert code == 1
    assert out.rstrip().splitlines()[-1] == "closes 0 gaps, breaks 1 answer"
    assert f"breaks gap_1  money back\n  {REFUND}\n    was   answered en/billing/refunds: " in out


def verified_gap(question: str) -> dict[str, Any]:
    questions = [{"text": question, "lang": "en", "count": 2}]
    return {"id": "gap_1", "label": "money back", "status": "verified", "questions": questions}


def test_the_gaps_of_the_data_folder_are_asked_without_a_file(
    kb: Kb, site: Site, gap: str, folders: tuple[Path, Path]
) -> None:
    base, head = folders
    write(head, "en/canoe.md", CANOES)
    before = sorted(path for path in (site.data / "index").rglob("*"))
    code, out, _ = kb("gaps", "verify", "--base", base, "--head", head, "--data", site.data)
    assert (code, out.splitlines()[-1]) == (0, "closes 1 gap, breaks 0 answers")
    assert sorted(path for path in (site.data / "index").rglob("*")) == before


def test_a_synonym_of_the_new_folder_closes_a_gap_and_counts_there_alone(
    kb: Kb, site: Site, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    base, head = folders
    asked = verified_gap("frobnication") | {"status": "open"}
    gaps = write(tmp_path, "gaps.json", json.dumps({"data": [asked]}))
    write(base, "en/canoe.md", CANOES)
    write(head, "en/canoe.md", CANOES)
    compared = ("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    assert kb(*compared)[1] == "closes 0 gaps, breaks 0 answers\n"
    write(head, "synonyms.yaml", "- [frobnication, renting a canoe]\n")
    code, out, _ = kb(*compared, "--json")
    document = json.loads(out)
    [result] = document["gaps"][0]["results"]
    assert (code, document["closes"], document["changed"]) == (0, 1, [])
    assert (result["before"]["answered"], result["after"]["article_id"]) == (False, "en/canoe")


def test_an_article_that_cannot_be_read_fails_the_check(
    kb: Kb, site: Site, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    base, head = folders
    gaps = write(tmp_path, "gaps.json", json.dumps({"data": []}))
    write(head, "en/broken.md", "---\ntitle: [x\n---\n")
    code, out, err = kb("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    assert (code, out) == (1, "closes 0 gaps, breaks 0 answers\n")
    assert "en/broken.md:" in err


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"data": [1]}', '{"data": [{"id": "a", "label": "b", "status": "open"}]}', "\x00"]
)
def test_a_file_that_is_no_export_is_wrong_use(
    kb: Kb, site: Site, folders: tuple[Path, Path], tmp_path: Path, content: str
) -> None:
    base, head = folders
    gaps = write(tmp_path, "gaps.json", content)
    code, out, err = kb("gaps", "verify", "--base", base, "--head", head, "--gaps", gaps, "--data", site.data)
    assert (code, out) == (2, "")
    assert "kb gaps export --json" in err


@pytest.mark.parametrize(
    "arguments", [["--base", "."], ["gap_1", "--base", ".", "--head", "."], ["gap_1", "--gaps", "x"]]
)
def test_half_a_comparison_is_wrong_use(kb: Kb, site: Site, arguments: list[str]) -> None:
    assert kb("gaps", "verify", *arguments, "--data", site.data)[0] == 2


def test_one_gap_is_checked_against_what_is_published(kb: Kb, site: Site, gap: str) -> None:
    code, out, _ = kb("gaps", "verify", gap, "--data", site.data, "--json")
    document = json.loads(out)
    assert (code, document["id"], document["status"]) == (0, gap, "open")
