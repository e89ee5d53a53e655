"""The shipped articles, indexed once a session into a cache of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.corpus import Corpus, corpus_folder, open_corpus
from eval.datasets import SHIPPED_ARTICLES
from eval.systems import no_progress
from kb.index.storage import load_snapshot
from kb.text.embedding import DEFAULT_MODEL, prepare_model
from tests.conftest import Site


@pytest.fixture(scope="session")
def shipped_cache(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder that knows the prepared model; ``KB_EVAL_CACHE`` names it for the session."""
    folder = tmp_path_factory.mktemp("eval-cache")
    (folder / "models").symlink_to(models, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_EVAL_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def shipped_corpus(shipped_cache: Path, shipped_data: Path) -> Corpus:
    """The index of the shipped articles, which every shipped set then finds in the cache."""
    # With the vectors of the other index, so that nothing is embedded twice.
    shutil.copytree(shipped_data / "cache", corpus_folder(SHIPPED_ARTICLES) / "cache")
    return open_corpus(SHIPPED_ARTICLES, "shipped", no_progress)


@pytest.fixture(scope="session")
def small_corpus(shipped_cache: Path, built_site: Site, models: Path) -> Corpus:
    """The index of the few fixture articles."""
    folder, card = prepare_model(DEFAULT_MODEL, models)
    return Corpus(built_site.data, load_snapshot(built_site.data), folder, card)
