"""What is built: small, not older than its sources, and pinned from the first file to the last. None of it needs node."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from api.widget_files import LOADER, widget_files

WIDGET = Path(__file__).resolve().parents[2] / "api" / "widget"
STRINGS = WIDGET / "src" / "strings"
MANIFEST = json.loads((WIDGET / "dist" / "manifest.json").read_text(encoding="utf-8"))
# Bytes by gzip -9 of all that a page ever loads: the loader, and one file with everything else in one language. Other
# widgets of this kind weigh 139,000 to 438,000.
LOADER_LIMIT = 3_000
LIMIT = 15_000
LANGUAGES = ("en", "zh-Hans", "zh-Hant")


def gzipped(name: str) -> int:
    return len(gzip.compress((WIDGET / "dist" / name).read_bytes(), compresslevel=9, mtime=0))


def texts(lang: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((STRINGS / f"{lang}.json").read_text(encoding="utf-8"))
    return found


def sources_hash() -> str:
    """As build.mjs works it out: names and bytes of everything that the built files follow from."""
    named = [path for path in (WIDGET / "src").rglob("*") if path.is_file()]
    named += [WIDGET / name for name in ("build.mjs", "package.json", "tsconfig.json")]
    hashed = hashlib.sha256()
    for name, path in sorted((path.relative_to(WIDGET).as_posix(), path) for path in named):
        hashed.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return hashed.hexdigest()


def test_the_built_files_belong_to_the_sources() -> None:
    assert MANIFEST["sources"] == sources_hash(), "the sources of the widget have changed: run make widget"


def test_nothing_else_lies_beside_the_built_files() -> None:
    names = MANIFEST["files"]
    assert {path.name for path in (WIDGET / "dist").iterdir()} == {*names, *(f"{n}.br" for n in names), "manifest.json"}


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_the_hashes_are_those_of_the_bytes(name: str) -> None:
    content = (WIDGET / "dist" / name).read_bytes()
    facts = MANIFEST["files"][name]
    assert facts["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
    brotli = (WIDGET / "dist" / f"{name}.br").read_bytes()
    assert facts["brotli"] == base64.b64encode(hashlib.sha256(brotli).digest()).decode()
    short = re.sub(r"\W", "", base64.b64encode(hashlib.sha256(content).digest()).decode())[:12]
    assert facts["version"] == short, "the loader works the version out from the hash"


def test_the_loader_pins_every_other_file() -> None:
    loader = (WIDGET / "dist" / LOADER).read_text(encoding="utf-8")
    for name in MANIFEST["files"]:
        if name != LOADER:
            digest = hashlib.sha256((WIDGET / "dist" / name).read_bytes()).digest()
            assert base64.b64encode(digest).decode() in loader


def test_the_loader_is_small() -> None:
    assert gzipped(LOADER) <= LOADER_LIMIT


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_visitor_loads_is_small(lang: str) -> None:
    packed = {name: gzipped(name) for name in (LOADER, f"kb-ask-{lang}.js")}
    assert sum(packed.values()) <= LIMIT, packed


def test_nothing_is_loaded_but_what_was_weighed() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (WIDGET / "src").glob("*.ts"))
    assert not re.findall(r"\bimport\(['\"`]", code.replace("typeof import(", ""))
    # The file for texts of the site comes instead of one of ours.
    assert set(MANIFEST["files"]) == {LOADER, "kb-ask-own.js", *(f"kb-ask-{lang}.js" for lang in LANGUAGES)}


@pytest.mark.parametrize("name", sorted(MANIFEST["files"]))
def test_no_file_makes_code_or_markup_from_text(name: str) -> None:
    code = (WIDGET / "dist" / name).read_text(encoding="utf-8")
    assert not re.findall(
        r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.cookie\b", code
    )


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_the_languages_say_the_same_things(lang: str) -> None:
    ours, english = texts(lang), texts("en")
    assert set(ours) == set(english)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", ours[key])) == set(re.findall(r"\{\w+\}", text)), key
        assert ours[key].strip() == ours[key] != "", key
        assert "\n" not in ours[key], key


def test_every_text_is_used() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (WIDGET / "src").glob("*.ts"))
    assert set(re.findall(r"\bT\.(\w+)", code)) == set(texts("en"))


def test_the_files_are_those_of_the_package() -> None:
    assert set(widget_files()) == set(MANIFEST["files"])
