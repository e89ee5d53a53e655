"""`kb calibrate` from articles and votes to a file, a running server that uses it at once, and the page that shows it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from parsed_page import read

from api.cli.app import run
from api.composition import open_service
from kb.calibration.store import CALIBRATION_FILE
from kb.records import Records
from kb.settings import Settings
from kb.types import Query

if TYPE_CHECKING:
    from conftest import Site
    from starlette.testclient import TestClient

TOPICS = (
    "invoice",
    "delivery",
    "password",
    "warranty",
    "battery",
    "speaker",
    "printer",
    "camera",
    "voucher",
    "keyboard",
)
VERBS = ("change", "cancel", "check", "repair")


@pytest.fixture
def calibrate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run ``kb calibrate`` and return exit code, stdout and stderr."""
    monkeypatch.delenv("KB_DATA", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            run(["calibrate", *(str(argument) for argument in arguments)])
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def grown(site: Site, index_into: Any) -> Site:
    """The fixture site with enough articles to ask questions of."""
    for topic in TOPICS:
        lines = [f"---\ntitle: All about the {topic}\n---\n"]
        lines += [
            f"## How to {verb} the {topic}\n\nTo {verb} it, open {topic} settings and choose {verb}.\n"
            for verb in VERBS
        ]
        (site.articles / "en" / f"{topic}.md").write_text("\n".join(lines), encoding="utf-8")
    index_into(site.articles, site.data)
    return site


def vote(data: Path, rating: Any, count: int) -> None:
    """Ask ``count`` times and vote on what was shown."""
    with open_service(Settings(data=data)) as opened:
        for number in range(count):
            topic, verb = TOPICS[number % len(TOPICS)], VERBS[number % len(VERBS)]
            answer = opened.service.ask(Query(f"how can I {verb} my {topic}"))
            opened.records.vote(answer.id, rating)


def test_too_few_articles_are_refused_and_nothing_is_lost(calibrate: Any, site: Site) -> None:
    kept = site.data / CALIBRATION_FILE
    kept.write_text("what was there")
    code, out, err = calibrate("--data", site.data)
    assert (code, out) == (2, "")
    assert "too little to calibrate on" in err
    assert "wait for votes" in err
    assert kept.read_text() == "what was there"


def test_without_an_index_or_a_folder_it_is_said_what_to_do(calibrate: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = calibrate("--data", tmp_path / "empty")
    assert code == 1
    assert "kb index" in err
    assert calibrate("--data", tmp_path / "nowhere")[0] == 2


def test_articles_alone_give_tables_a_file_and_a_diagram(calibrate: Any, grown: Site, tmp_path: Path) -> None:
    code, out, _ = calibrate("--data", grown.data, "--diagram", tmp_path / "diagram.svg")
    assert code == 0
    for expected in ("ECE", "Brier", "AUROC", "wrong among the answered", "Budget of wrong answers 5%", "heading"):
        assert expected in out
    ElementTree.parse(tmp_path / "diagram.svg")
    stored = json.loads((grown.data / CALIBRATION_FILE).read_bytes())
    assert stored["measured_on"] == "articles"
    assert calibrate("--data", grown.data, "--diagram", tmp_path / "no" / "x.svg")[0] == 2


def test_a_dry_run_keeps_nothing_and_reset_goes_back(calibrate: Any, grown: Site) -> None:
    file = grown.data / CALIBRATION_FILE
    code, out, _ = calibrate("--data", grown.data, "--dry-run", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["written"] is False
    assert document["thresholds"]["suggest"] <= document["thresholds"]["answer"]
    assert not file.exists()
    calibrate("--data", grown.data)
    assert file.exists()
    assert "shipped calibration" in calibrate("--data", grown.data, "--reset")[2]
    assert not file.exists()
    assert calibrate("--data", grown.data, "--reset")[0] == 0


def test_votes_calibrate_a_running_server_without_a_restart(calibrate: Any, grown: Site, serve: Any) -> None:
    own: TestClient = serve(grown.data)
    question = {"question": "how can I repair my printer"}
    before = own.post("/v1/ask", json=question).json()["confidence"]["score"]
    vote(grown.data, "down", 60)
    code, out, _ = calibrate("--data", grown.data, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["measured_on"] == "votes"
    assert document["examples"]["vote"] >= 50
    after = own.post("/v1/ask", json=question).json()["confidence"]["score"]
    assert after < before
    page = read(own, "/owner/confidence")
    assert page.status == 200
    assert "Calibrated on" in page.text
    (grown.data / CALIBRATION_FILE).write_text("{")
    assert own.post("/v1/ask", json=question).json()["confidence"]["score"] == before


def test_masked_and_withdrawn_votes_are_not_counted(site: Site) -> None:
    with open_service(Settings(data=site.data)) as opened:
        kept = opened.service.ask(Query("How long until a bank transfer refund arrives?"))
        masked = opened.service.ask(Query("Refund for anna@example.org, how long?"))
        withdrawn = opened.service.ask(Query("What does error E-203 mean?"))
        for answer in (kept, masked, withdrawn):
            opened.records.vote(answer.id, "up")
        opened.records.vote(withdrawn.id, None)
    with Records.open(site.data) as records:
        assert [rated.question for rated in records.rated_answers()] == [kept.question]
        assert records.rated_answers()[0].article_id == (kept.citations or kept.suggestions)[0].article_id


@pytest.mark.parametrize(("lang", "said"), [("en", "The shipped calibration is in use"), ("zh", "当前使用自带的校准")])
def test_the_page_shows_what_is_in_use(client: TestClient, lang: str, said: str) -> None:
    page = read(client, f"/owner/confidence?lang={lang}")
    assert page.status == 200
    assert said in page.text
    assert client.get("/owner/confidence").text.count("<circle") >= 3


def test_calibrating_needs_no_package_for_measuring(
    calibrate: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("eval", "sklearn", "scipy"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "too little" in calibrate("--data", site.data)[2]
