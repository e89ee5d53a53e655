"""What many tests share: one prepared model a session, and one built index of the fixture articles."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from indexer.build import BuildReport, build
from kb.text.embedding import DEFAULT_MODEL

FIXTURE_ARTICLES = Path(__file__).parent / "fixtures" / "articles"
ENCODER = DEFAULT_MODEL


@dataclass(frozen=True)
class Site:
    """A built index: ``articles`` was indexed into ``data`` with prepared models in ``data / "models"``."""

    articles: Path
    data: Path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default model, prepared once."""
    from kb.text.embedding import prepare_model

    folder = tmp_path_factory.mktemp("models")
    prepare_model(ENCODER, folder)
    return folder


@pytest.fixture(scope="session")
def index_into(models: Path) -> Callable[[Path, Path], BuildReport]:
    """Build an index of the first folder into the second, without preparing the model again."""

    def run(articles: Path, data: Path) -> BuildReport:
        data.mkdir(parents=True, exist_ok=True)
        if not (data / "models").exists():
            (data / "models").symlink_to(models, target_is_directory=True)
        return build(articles, data, encoder=ENCODER, light=True)

    return run


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory, index_into: Callable[[Path, Path], BuildReport]) -> Site:
    """The index of the fixture articles, shared: read it, never write to it."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(FIXTURE_ARTICLES, root / "articles")
    index_into(root / "articles", root / "data")
    return Site(root / "articles", root / "data")


@pytest.fixture
def site(built_site: Site, models: Path, tmp_path: Path) -> Site:
    """A copy of the shared index that a test may change."""
    shutil.copytree(built_site.articles, tmp_path / "articles")
    shutil.copytree(built_site.data, tmp_path / "data", symlinks=True)
    return Site(tmp_path / "articles", tmp_path / "data")
