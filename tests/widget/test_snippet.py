"""`kb widget`: the tag that goes into a page, and the files for a site that serves its scripts itself."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.cli.app import run
from api.widget_files import LOADER, widget_files

SERVER = "https://help.example.com"


class Tags(HTMLParser):
    """Every start tag of a piece of HTML with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KB_SITE_URL", "KB_DATA"):
        monkeypatch.delenv(name, raising=False)


def kb(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line."""
    code = 0
    try:
        run(["widget", *arguments])
    except SystemExit as done:
        code = int(done.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_tag_pins_the_bytes_that_are_served(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = kb(capsys, "snippet", "--server", f"{SERVER}/")
    assert code == 0
    [(tag, attributes)] = Tags(out).found
    assert tag == "script"
    assert attributes["src"] == f"{SERVER}/widget/v1/{LOADER}"
    assert attributes["crossorigin"] == "anonymous"
    digest = hashlib.sha384(widget_files()[LOADER].content).digest()
    assert attributes["integrity"] == "sha384-" + base64.b64encode(digest).decode()
    assert "print the tag again" in err


def test_without_integrity_the_tag_outlives_an_update(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = kb(capsys, "snippet", "--server", SERVER, "--no-integrity")
    [(_, attributes)] = Tags(out).found
    assert attributes == {"async": None, "src": f"{SERVER}/widget/v1/{LOADER}"}
    assert err == ""


def test_what_is_chosen_stands_in_the_tag(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = kb(capsys, "snippet", "--server", SERVER, "--key", "kb_pk_a", "--mode", "panel", "--lang", 'zh-"TW')
    [(_, attributes)] = Tags(out).found
    assert attributes["data-key"] == "kb_pk_a"
    assert attributes["data-mode"] == "panel"
    assert attributes["data-lang"] == 'zh-"TW'


@pytest.mark.parametrize("mode", ["inline", "search"])
def test_what_stands_in_the_page_works_without_javascript(capsys: pytest.CaptureFixture[str], mode: str) -> None:
    _, out, _ = kb(capsys, "snippet", "--server", SERVER, "--mode", mode)
    tags = dict(Tags(out).found)
    assert "data-mode" not in tags["script"]
    assert tags["kb-ask"] == {"mode": mode}
    assert tags["form"] == {"action": f"{SERVER}/ask", "method": "get"}
    assert tags["input"]["name"] == "q"


def test_the_address_of_the_settings_is_the_default(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, err = kb(capsys, "snippet")
    assert 'src="http://127.0.0.1:8000/widget/v1/kb-ask.js"' in out
    assert "--server" in err
    monkeypatch.setenv("KB_SITE_URL", "https://answers.example.org/")
    _, out, err = kb(capsys, "snippet")
    assert 'src="https://answers.example.org/widget/v1/kb-ask.js"' in out
    assert "--server" not in err


def test_programs_get_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = kb(capsys, "snippet", "--server", SERVER, "--json")
    document = json.loads(out)
    assert document["object"] == "widget_snippet"
    assert document["integrity"] == widget_files()[LOADER].integrity
    assert document["integrity"] in document["html"]


@pytest.mark.parametrize("key", ["kb_sk_secret", "something"])
def test_no_secret_gets_into_a_page(capsys: pytest.CaptureFixture[str], key: str) -> None:
    code, out, err = kb(capsys, "snippet", "--server", SERVER, "--key", key)
    assert (code, out) == (2, "")
    assert "public key" in err
    assert "secret" not in err.replace("public key", "")


@pytest.mark.parametrize("server", ["help.example.com", "javascript:alert(1)", "https://", "https://a.example/?q=1"])
def test_the_address_has_to_be_one(capsys: pytest.CaptureFixture[str], server: str) -> None:
    code, out, err = kb(capsys, "snippet", "--server", server)
    assert (code, out) == (2, "")
    assert "https://help.example.com" in err


def test_the_files_can_be_copied_to_another_site(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "site" / "kb"
    code, out, err = kb(capsys, "export", str(folder))
    assert code == 0
    assert {Path(line).name for line in out.split("\n") if line} == {path.name for path in folder.iterdir()}
    for name, file in widget_files().items():
        assert (folder / name).read_bytes() == file.content
    texts = json.loads((folder / "kb-ask-texts.en.json").read_text(encoding="utf-8"))
    assert texts["open"] == "Ask a question"
    assert "data-server" in err
    assert kb(capsys, "export", str(folder))[0] == 0, "an update writes over what is there"


def test_a_file_is_no_folder_to_copy_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "kb").write_text("mine", encoding="utf-8")
    code, _, err = kb(capsys, "export", str(tmp_path / "kb"))
    assert code == 2
    assert "not a folder" in err
    assert (tmp_path / "kb").read_text(encoding="utf-8") == "mine"
