"""One application for every door, and a way to post to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from eval.parity.doors import Post
from kb.records import Records
from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site


@pytest.fixture(scope="session")
def data(built_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder where somebody may read the desk: else only a server on loopback could promise a person."""
    folder = tmp_path_factory.mktemp("parity") / "data"
    shutil.copytree(built_site.data, folder, symlinks=True)
    with Records.open(folder) as records:
        records.create_key("parity", kind="secret", scopes=("handoffs",))
    return folder


@pytest.fixture(scope="session")
def post(data: Path) -> Iterator[Post]:
    settings = Settings(data=data, rate_limit_enabled=False, log_level="error")
    with TestClient(create_app(settings, host="127.0.0.1"), base_url="http://127.0.0.1:8000") as client:

        def send(path: str, body: Mapping[str, Any]) -> bytes:
            response = client.post(path, json=body, headers={"Accept": "application/json, text/event-stream"})
            assert response.status_code == 200, response.text
            return response.content

        yield send
