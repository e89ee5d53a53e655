"""Opening a data folder, and what a serving application does beside answering."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from api.composition import SECRET, open_service
from api.logs import configure_logging
from kb.errors import IndexMissingError, InvalidInputError, StorageError
from kb.settings import Settings
from kb.types import Query

if TYPE_CHECKING:
    from conftest import Site


def test_a_folder_is_made_and_its_secret_is_kept(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new")
    with open_service(settings) as opened:
        first = opened.visitor_secret
        with pytest.raises(IndexMissingError):
            opened.service.ask(Query("anything"))
        with pytest.raises(InvalidInputError, match="No articles folder"):
            opened.index_articles()
    with open_service(settings) as again:
        assert again.visitor_secret == first == (tmp_path / "new" / SECRET).read_bytes()
    assert len(first) >= 32
    assert (tmp_path / "new" / SECRET).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError):
        open_service(Settings(data=tmp_path / "file"))


def test_the_folder_last_indexed_is_read_again_unless_another_is_set(site: Site, tmp_path: Path) -> None:
    with open_service(Settings(data=site.data)) as opened:
        assert opened.articles_dir() == opened.live.current().articles_dir
    with open_service(Settings(data=site.data, articles=tmp_path)) as opened:
        assert opened.articles_dir() == tmp_path


def test_a_saved_article_is_served_while_watching(serve: Any, site: Site) -> None:
    own = serve(watch=True, articles=site.articles)
    article = site.articles / "en" / "numbat.md"
    text = "---\ntitle: Feed the numbat\n---\n\nA numbat eats twenty thousand termites a day.\n"
    for _ in range(100):
        article.write_text(text, encoding="utf-8")  # again and again: the watcher may still be starting
        time.sleep(0.2)
        if "en/numbat" in own.get("/v1/search?q=numbat").text:
            return
    raise AssertionError("the article was not picked up")


def test_lines_of_the_log_are_json_on_stderr_and_tracebacks_hold_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", json_lines=True)
    log = structlog.get_logger("test")
    log.debug("too.quiet")
    asked = "".join(("wom", "bat"))  # as a value only, not in any line of code
    try:
        raise ValueError(len(asked))
    except ValueError:
        log.exception("failed")
    captured = capsys.readouterr()
    [line] = captured.err.splitlines()
    assert captured.out == ""
    assert json.loads(line)["event"] == "failed"
    assert "ValueError: 6" in line
    assert asked not in line
    configure_logging("error")
