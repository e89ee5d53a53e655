"""With node and the packages at hand: the sources build to the very bytes that are shipped, and their types hold."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

WIDGET = Path(__file__).resolve().parents[2] / "api" / "widget"
COPIED = ("src", "build.mjs", "package.json", "tsconfig.json")
SECONDS = 300.0


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the packages installed. Skipped, with the reason, where that is not possible."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are missing: the built files are compared by their hash only")
    folder = tmp_path_factory.mktemp("widget")
    for name in COPIED:
        source = WIDGET / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    if (WIDGET / "node_modules").is_dir():
        (folder / "node_modules").symlink_to(WIDGET / "node_modules", target_is_directory=True)
        return folder
    try:
        done = call(folder, npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline")
    except subprocess.TimeoutExpired:
        pytest.skip("the packages could not be installed in time")
    if done.returncode:
        pytest.skip(f"the packages cannot be had: {done.stderr.strip()[-200:]}")
    return folder


def test_the_sources_build_to_the_shipped_bytes(workshop: Path) -> None:
    done = call(workshop, "node", "build.mjs", "again")
    assert done.returncode == 0, done.stderr
    # Another version of node may compress otherwise; what comes out of it is compared below.
    built = {path.name: path.read_bytes() for path in (workshop / "again").glob("*.js")}
    assert built == {path.name: path.read_bytes() for path in (WIDGET / "dist").glob("*.js")}


@pytest.mark.parametrize("path", sorted((WIDGET / "dist").glob("*.br")), ids=lambda path: str(path.name))
def test_the_compressed_form_is_that_of_the_plain_one(workshop: Path, path: Path) -> None:
    script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(process.argv[1])))"
    done = call(workshop, "node", "-e", script, str(path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == path.with_suffix("").read_bytes()


def test_the_types_hold(workshop: Path) -> None:
    done = call(workshop, str(workshop / "node_modules" / ".bin" / "tsc"), "--noEmit")
    assert done.returncode == 0, done.stdout
