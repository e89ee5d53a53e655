"""What many tests share: one prepared model a run, one index of the fixture articles and one of the shipped articles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from filelock import FileLock

from eval.datasets import SHIPPED_ARTICLES
from indexer.build import BuildReport, build
from kb.text.embedding import DEFAULT_MODEL

if TYPE_CHECKING:
    from kb.text.model_card import ModelCard
    from kb.types import Encoder

FIXTURE_ARTICLES = Path(__file__).parent / "fixtures" / "articles"
ENCODER = DEFAULT_MODEL

# Fills a folder of that name, unless another process of the same run has filled it, and gives the folder.
Once = Callable[[str, Callable[[Path], object]], Path]


# A machine may be busy: how long an example takes is no reason to fail.
hypothesis.settings.register_profile("kb", hypothesis.settings(deadline=None))
hypothesis.settings.load_profile("kb")


@dataclass(frozen=True)
class Site:
    """A built index: ``articles`` was indexed into ``data`` with prepared models in ``data / "models"``."""

    articles: Path
    data: Path


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """What takes a minute is made once a run and not once a process; whoever changes it makes a copy first."""
    own = tmp_path_factory.getbasetemp()
    root = own.parent if hasattr(request.config, "workerinput") else own

    def run(name: str, fill: Callable[[Path], object]) -> Path:
        folder, filled = root / name, root / f"{name}.filled"
        with FileLock(root / f"{name}.lock"):
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                filled.touch()
        return folder

    return run


@pytest.fixture(scope="session")
def models(once: Once) -> Iterator[Path]:
    """A folder with the default model, prepared once a run and opened once a process: read it, never write to it."""
    from kb.text.embedding import prepare_model

    folder = once("models", lambda folder: prepare_model(ENCODER, folder))
    with pytest.MonkeyPatch.context() as patch:
        _open_once(patch, folder)
        yield folder


def _open_once(patch: pytest.MonkeyPatch, models: Path) -> None:
    """Hundreds of tests start a service: each would read the same hundred megabytes again."""
    from kb.text import bilingual, embedding

    opened: dict[Path, Encoder] = {}

    def once(really: Callable[..., Encoder]) -> Callable[..., Encoder]:
        def opening(folder: Path, card: ModelCard, *, threads: int = 1) -> Encoder:
            place = folder.resolve()
            if models.resolve() not in place.parents:
                return really(folder, card, threads=threads)
            if place not in opened:
                opened[place] = really(folder, card, threads=threads)
            return opened[place]

        return opening

    patch.setattr(embedding, "OnnxEncoder", once(embedding.OnnxEncoder))
    patch.setattr(bilingual, "open_export", once(bilingual.open_export))


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
def built_site(once: Once, index_into: Callable[[Path, Path], BuildReport]) -> Site:
    """The index of the fixture articles, shared: read it, never write to it."""

    def fill(root: Path) -> None:
        shutil.copytree(FIXTURE_ARTICLES, root / "articles")
        index_into(root / "articles", root / "data")

    root = once("site", fill)
    return Site(root / "articles", root / "data")


@pytest.fixture(scope="session")
def shipped_data(once: Once, index_into: Callable[[Path, Path], BuildReport]) -> Path:
    """A data folder with the index of the shipped articles, shared: read it, never write to it."""
    return once("shipped", lambda data: index_into(SHIPPED_ARTICLES, data))


@pytest.fixture
def site(built_site: Site, models: Path, tmp_path: Path) -> Site:
    """A copy of the shared index that a test may change."""
    shutil.copytree(built_site.articles, tmp_path / "articles")
    shutil.copytree(built_site.data, tmp_path / "data", symlinks=True)
    return Site(tmp_path / "articles", tmp_path / "data")
