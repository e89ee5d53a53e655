"""Imports go one way, heavy libraries have one home each, and starting up loads none of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kb", "indexer", "api", "eval")
NOUNS = ("kb.types", "kb.errors")
SMALL = ("kb.ids", "kb.origins", "kb.tokens", "kb.documents")

# Who may import whom among our own modules. The longest matching name decides; a name allows everything below it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "kb.types": ("kb.types",),
    "kb.errors": (),
    "kb.settings": (),
    "kb.ids": (),
    "kb.origins": ("kb.errors",),
    "kb.tokens": ("kb.errors",),
    "kb.sealing": ("kb.errors", "kb.tokens"),
    "kb.documents": ("kb.types",),
    "kb.text": (*NOUNS, "kb.text"),
    "kb.policy": (*NOUNS, "kb.text", "kb.policy"),
    "kb.policy_file": (*NOUNS, "kb.text", "kb.policy", "kb.watched_file"),
    "kb.watched_file": NOUNS,
    "kb.index": (*NOUNS, "kb.text", "kb.index"),
    "kb.answer": (*NOUNS, *SMALL, "kb.text", "kb.policy", "kb.index", "kb.answer"),
    "kb.generator": (*NOUNS, *SMALL, "kb.text", "kb.answer", "kb.generator"),
    "kb.records": (*NOUNS, *SMALL, "kb.text", "kb.gaps", "kb.records"),
    "kb.gaps": (*NOUNS, *SMALL, "kb.text", "kb.gaps"),
    "kb.calibration": (*NOUNS, "kb.text", "kb.index", "kb.answer", "kb.calibration"),
    "kb.question_vectors": (*NOUNS, "kb.text", "kb.index", "kb.answer"),
    "kb.reading": (*NOUNS, "kb.text", "kb.index", "kb.answer"),
    "kb.synonym_file": (*NOUNS, "kb.text", "kb.watched_file"),
    "kb.answering": (
        *NOUNS,
        *SMALL,
        "kb.text",
        "kb.index",
        "kb.answer",
        "kb.policy",
        "kb.question_vectors",
        "kb.reading",
    ),
    "kb.signals": (*NOUNS, "kb.text", "kb.answer", "kb.answering", "kb.gaps", "kb.records"),
    "kb.proof": (
        *NOUNS,
        *SMALL,
        "kb.text",
        "kb.index",
        "kb.answer",
        "kb.answering",
        "kb.gaps",
        "kb.generator",
        "kb.records",
        "kb.proof",
    ),
    "kb.harvest": (*NOUNS, "kb.answer", "kb.answering", "kb.gaps", "kb.records", "kb.signals"),
    "kb.handing_over": (
        *NOUNS,
        *SMALL,
        "kb.text",
        "kb.answer",
        "kb.policy",
        "kb.gaps",
        "kb.records",
        "kb.sealing",
        "kb.signals",
    ),
    "kb.assist": (*NOUNS, "kb.text", "kb.index", "kb.answer", "kb.answering"),
    "kb.replying": (*NOUNS, "kb.text", "kb.records"),
    "kb.regrouping": (*NOUNS, *SMALL, "kb.gaps", "kb.records"),
    "kb.earlier": (*NOUNS, "kb.text", "kb.index", "kb.answer.choosing"),
    "kb.persons": (*NOUNS, *SMALL, "kb.records"),
    "kb.repeats": (*NOUNS, *SMALL, "kb.records"),
    "kb.visits": (*NOUNS, "kb.text", "kb.answer", "kb.records", "kb.signals"),
    "kb.reporting": (*NOUNS, *SMALL, "kb.text", "kb.records", "kb.signals"),
    "kb.service": ("kb",),
    "indexer": ("kb", "indexer"),
    "api": ("kb", "indexer", "api"),
    "api.cli.evaluation": ("kb", "indexer", "api", "eval"),  # `kb eval` only starts it
    "eval": ("kb", "indexer", "eval", "api.composition"),  # measured through the service that the doors use
}

# The only modules that may import a library; a name allows everything below it.
HOMES: dict[str, tuple[str, ...]] = {
    "torch": ("kb.text.torch_encoder", "kb.text.chinese_body", "eval.encoder", "kb.text.cross_encoder"),
    "sentence_transformers": ("kb.text.torch_encoder", "kb.text.cross_encoder"),
    "onnxruntime": ("kb.text.onnx_encoder",),
    "tokenizers": ("kb.text.onnx_encoder", "kb.text.torch_encoder", "kb.text.chinese_pieces", "eval.encoder"),
    "faiss": ("kb.index.vector",),
    "rank_bm25": ("kb.index.lexical",),
    "rapidfuzz": ("kb.answer.spelling", "kb.proof.restating"),
    "markdown_it": ("kb.text.markdown",),
    "sqlite3": ("kb.records",),
    "sqlite_utils": ("kb.records",),
    "httpx": ("kb.generator.endpoint", "eval.parity"),
    "httpcore": ("api.guarded_http",),
    "standardwebhooks": ("api.webhooks", "eval.handoffs"),
    "csv": ("api.tables", "eval"),
    "smtplib": ("api.mail", "api.weekly"),
    "argon2": ("kb.records.passwords",),
    "cryptography": ("kb.sealing",),
    "email_validator": ("api.handoff_models",),
    "typer": ("api.cli", "eval.encoder", "eval.translation"),
    "mcp": ("api.mcp",),
    "mcp_types": ("api.mcp",),
    "rich": ("api.cli", "eval"),
}
# The naive service that every measurement is compared with is built from the same libraries.
BASELINES = ("eval.baselines", "eval.bench")

HEAVY = ("torch", "faiss", "sentence_transformers", "transformers", "onnxruntime", "markdown_it", "mcp")


def modules() -> dict[str, Path]:
    """Every module of ours by dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imported(name: str, path: Path) -> tuple[tuple[str, int], ...]:
    """Dotted names that a module imports, lazily or not, with their lines."""
    found: list[tuple[str, int]] = []
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*up, *([node.module] if node.module else [])])
            full = (f"{source}.{alias.name}" for alias in node.names)
            found += ((each if each in MODULES else source, node.lineno) for each in full)
    return tuple(found)


MODULES = modules()


def below(name: str, place: str) -> bool:
    return name == place or name.startswith(f"{place}.")


def allowed(name: str) -> tuple[str, ...]:
    rooms = [room for room in MAY_IMPORT if below(name, room)]
    return MAY_IMPORT[max(rooms, key=len)] if rooms else ()


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_only_what_its_room_may_know(name: str) -> None:
    own = [(target, line) for target, line in imported(name, MODULES[name]) if target.split(".")[0] in PACKAGES]
    wrong = [
        f"{MODULES[name].relative_to(ROOT)}:{line} imports {target}"
        for target, line in own
        if target != name and not any(below(target, place) for place in allowed(name))
    ]
    assert not wrong


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_one_home(library: str) -> None:
    homes = (*HOMES[library], *BASELINES)
    strangers = [
        f"{path.relative_to(ROOT)}:{line}"
        for name, path in MODULES.items()
        for target, line in imported(name, path)
        if target.split(".")[0] == library and not any(below(name, home) for home in homes)
    ]
    assert not strangers


def test_the_walk_sees_lazy_and_relative_imports(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def f():\n    from . import errors\n    from ..indexer import build\n    import torch.nn\n")
    assert imported("kb.module", module) == (("kb.errors", 2), ("indexer.build", 3), ("torch.nn", 4))


@pytest.mark.parametrize("name", sorted(name for name, path in MODULES.items() if path.name == "__init__.py"))
def test_a_package_file_only_re_exports(name: str) -> None:
    body = ast.parse(MODULES[name].read_text(encoding="utf-8")).body
    logic = [node.lineno for node in body if isinstance(node, ast.ClassDef | ast.For | ast.While | ast.With | ast.If)]
    assert not logic


def loaded_after(code: str) -> set[str]:
    """Which of the heavy libraries a fresh interpreter has loaded after running ``code``."""
    script = f"{code}\nimport sys\nprint('loaded', *[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.strip().splitlines()[-1].split()[1:])


@pytest.mark.parametrize("module", ["kb", "kb.service", "kb.records", "indexer", "api.app", "api.cli", "eval"])
def test_importing_a_door_loads_nothing_heavy(module: str) -> None:
    assert loaded_after(f"import {module}") == set()


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"]])
def test_the_command_line_explains_itself_without_loading_anything_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys\nsys.argv = ['kb', *{arguments!r}]\nfrom api.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code, done.code"
    )
    assert loaded_after(code) == set()
    with_fastapi = f"{code}\nassert not {{'fastapi', 'numpy', 'uvicorn', 'kb.settings'}} & sys.modules.keys()"
    assert loaded_after(with_fastapi) == set()


def test_the_measurement_of_loaded_libraries_can_fail() -> None:
    assert loaded_after("import markdown_it") == {"markdown_it"}
