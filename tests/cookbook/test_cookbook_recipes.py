"""The recipes of the help articles work as they stand there, in both languages, against a server that really runs."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipes import Recipes, missing, recipes

from kb.records import Records

if TYPE_CHECKING:
    from cookbook.conftest import Served  # type: ignore[import-not-found]

pytestmark = pytest.mark.slow
LANGS = ("en", "zh")
MINUTE = 60.0


def run(command: list[str], served: Served, *, key: bool = True, said: str | None = None) -> str:
    done = subprocess.run(
        command,
        env=served.environment(key=key),
        input=said,
        capture_output=True,
        text=True,
        timeout=MINUTE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def as_file(folder: Path, name: str, script: str) -> str:
    file = folder / name
    file.write_text(script, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("lang", LANGS)
def test_the_recipes_for_curl_print_what_they_say(served: Served, tmp_path: Path, lang: str) -> None:
    for program in ("bash", "curl", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    found = recipes(f"{lang}/service/cookbook-curl", "bash")
    printed = run(["bash", "-eu", as_file(tmp_path, "recipes.sh", found.script)], served)
    assert missing(printed, found.printed) == [], printed


@pytest.mark.parametrize("lang", LANGS)
def test_the_recipes_for_python_print_what_they_say(served: Served, tmp_path: Path, lang: str) -> None:
    found = recipes(f"{lang}/service/cookbook-python", "python")
    printed = run([sys.executable, as_file(tmp_path, "recipes.py", without_openai(found).script)], served)
    expected = without_openai(found).printed
    assert missing(printed, expected) == [], printed


def without_openai(found: Recipes) -> Recipes:
    """All recipes, or those that need no more than httpx where that client is not installed. Its recipe is the last one."""
    if importlib.util.find_spec("openai") is not None:
        return found
    return Recipes(found.code[:-1], found.printed[:-4])


@pytest.mark.parametrize("lang", LANGS)
def test_the_recipes_for_javascript_print_what_they_say(served: Served, tmp_path: Path, lang: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    found = recipes(f"{lang}/service/cookbook-javascript", "javascript")
    printed = run([node, as_file(tmp_path, "recipes.mjs", found.script)], served)
    assert missing(printed, found.printed) == [], printed


def bot(lang: str) -> tuple[str, tuple[str, ...]]:
    found = recipes(f"{lang}/service/bot-in-30-lines", "python")
    assert len(found.code) == 1
    return found.code[0], found.printed


@pytest.mark.parametrize("lang", LANGS)
def test_the_bot_has_thirty_lines_and_works_the_first_time(served: Served, tmp_path: Path, lang: str) -> None:
    script, conversation = bot(lang)
    assert len(script.splitlines()) <= 30
    assert max(len(line) for line in script.splitlines()) <= 120
    said = [line.removeprefix("> ") for line in conversation if line.startswith("> ")]
    assert len(said) == 5
    # -I -S: nothing that is installed, only what comes with Python.
    command = [sys.executable, "-I", "-S", as_file(tmp_path, "bot.py", script)]
    printed = run(command, served, key=False, said="\n".join(said) + "\n")
    # What is typed is not printed when it comes from a file: the answer follows the prompt on the same line.
    answers = tuple(line for line in conversation if not line.startswith("> "))
    assert missing(printed.replace("> ", "\n"), answers) == [], printed
    with Records.open(served.data) as records:
        handed = records.handoffs.page().handoffs[0]
        assert handed.packet["turns"][0]["question"] == said[0]
        assert handed.packet["message"] == said[-1].removeprefix("!").removeprefix("！").strip()
        voted = handed.packet["turns"][1]["answer_id"]
        vote = records.get_vote(voted)
    assert vote is not None
    assert vote.rating == "up"


@pytest.mark.parametrize("lang", LANGS)
def test_the_bot_says_what_is_wrong_and_goes_on(served: Served, tmp_path: Path, lang: str) -> None:
    command = [sys.executable, "-I", "-S", as_file(tmp_path, "bot.py", bot(lang)[0])]
    printed = run(command, served, key=False, said="\n7\n+\n" + "x" * 1001 + "\n!\n")
    assert "1000" in printed
    assert printed.endswith("> ")


def test_a_recipe_that_prints_something_else_is_seen() -> None:
    assert missing("a\nb 1\nc", ("a", "…", "b …", "c")) == []
    assert missing("a\nc", ("a", "b …", "c")) == ["b …"]
    assert missing("b\na", ("a", "b")) == ["b"]
