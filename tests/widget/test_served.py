"""How the widget's files reach a page of another origin."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.widget_files import LOADER, PATH, widget_files
from kb.settings import Settings

MAIN = "kb-ask-en.js"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application that was not started: these files need no data folder."""
    data: Path = tmp_path_factory.mktemp("widget")
    client = TestClient(create_app(Settings(data=data, log_level="error")))
    yield client
    client.close()


@pytest.mark.parametrize("name", sorted(widget_files()))
def test_any_page_may_load_it(client: TestClient, name: str) -> None:
    asked = {"Origin": "https://shop.example.com", "Accept-Encoding": "gzip"}
    response = client.get(f"{PATH}/{name}", headers=asked)
    assert response.status_code == 200
    assert response.content == widget_files()[name].content
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("accepted", ["gzip", "gzip;q=0.8, deflate", "br;q=0, gzip"])
def test_it_is_gzipped_for_those_who_take_it(client: TestClient, accepted: str) -> None:
    with client.stream("GET", f"{PATH}/{MAIN}", headers={"Accept-Encoding": accepted}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-length"] == str(len(sent))
    assert gzip.decompress(sent) == widget_files()[MAIN].content


@pytest.mark.parametrize("accepted", ["gzip, deflate, br, zstd", "br", "gzip;q=1.0, BR;q=0.5"])
def test_browsers_get_the_smallest_form(client: TestClient, accepted: str) -> None:
    with client.stream("GET", f"{PATH}/{MAIN}", headers={"Accept-Encoding": accepted}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "br"
    assert sent == widget_files()[MAIN].brotli
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.0", "br;q=0.000", "zstd"])
def test_it_is_plain_for_others(client: TestClient, accepted: str) -> None:
    response = client.get(f"{PATH}/{MAIN}", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.content == widget_files()[MAIN].content


def test_a_file_with_its_version_is_kept_and_the_loader_is_asked_for_anew(client: TestClient) -> None:
    version = widget_files()[MAIN].version
    assert "immutable" in client.get(f"{PATH}/{MAIN}?v={version}").headers["cache-control"]
    assert client.get(f"{PATH}/{MAIN}?v=old").headers["cache-control"] == "no-cache"
    loader = client.get(f"{PATH}/{LOADER}")
    assert loader.headers["cache-control"] == "no-cache"
    again = client.get(f"{PATH}/{LOADER}", headers={"If-None-Match": loader.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


def test_head_says_what_get_would(client: TestClient) -> None:
    asked = {"Accept-Encoding": "gzip"}
    head = client.head(f"{PATH}/{LOADER}", headers=asked)
    assert head.status_code == 200
    assert head.content == b""
    got = client.get(f"{PATH}/{LOADER}", headers=asked)
    changing = {"x-request-id", "date"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }


@pytest.mark.parametrize("name", ["manifest.json", "nothing.js", "..%2Fpackage.json", "shell.css", "kb-ask.js.br"])
def test_only_what_was_built_is_served(client: TestClient, name: str) -> None:
    response = client.get(f"{PATH}/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_the_files_are_no_part_of_the_api_document(client: TestClient) -> None:
    assert not [path for path in client.get("/openapi.json").json()["paths"] if path.startswith("/widget")]
