"""Origins of web pages: one spelling for each, and nobody else's pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InvalidInputError
from kb.origins import is_bound, normal_origin

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=2, max_size=4).map(".".join).filter(lambda name: not name.replace(".", "").isdigit())
PORTS = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
ORIGINS = st.builds(
    lambda scheme, name, port: f"{scheme}://{name}{port}", st.sampled_from(["http", "https"]), NAMES, PORTS
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://help.example.com/", "https://help.example.com"),
        ("HTTPS://Help.Example.COM:443", "https://help.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://help.example.com.", "https://help.example.com"),
        ("https://*.example.com", "https://*.example.com"),
    ],
)
def test_an_origin_has_one_spelling(written: str, normal: str) -> None:
    assert normal_origin(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "null",
        "",
        "*",
        "https://*",
        "https://*.com",
        "https://a.*.example.com",
        "https://*.1.2.3",
        "ftp://example.com",
        "//example.com",
        "https://example.com/path",
        "https://example.com?x",
        "https://ada@example.com",
        "https://example.com:99999",
        "https://example.com:0",
        "https://exa mple.com",
        "https://example.com\n.org",
        "https://[::zz]",
        "https://a..b",
    ],
)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(InvalidInputError):
        normal_origin(written)


@given(ORIGINS)
def test_a_spelling_stays_and_stands_for_itself(origin: str) -> None:
    normal = normal_origin(origin)
    assert normal_origin(normal) == normal
    assert is_bound(origin.upper(), (origin,))


@given(ORIGINS, NAMES)
def test_a_name_that_ends_alike_is_a_stranger(origin: str, other: str) -> None:
    scheme, _, name = normal_origin(origin).partition("://")
    assert is_bound(f"{scheme}://{other}.{name}", (f"{scheme}://*.{name}",))
    assert not is_bound(f"{scheme}://{other.replace('.', '')}{name}", (f"{scheme}://*.{name}", f"{scheme}://{name}"))
    assert not is_bound(f"{scheme}://{name}", (f"{scheme}://*.{name}",))


@pytest.mark.parametrize("origin", ["null", "", "https://*.example.com", "https://example.com.evil.org", "http://a.example.com",
                                    "https://a.example.com:8443", "javascript:alert(1)", "https://"])  # fmt: skip
def test_other_pages_are_not_meant(origin: str) -> None:
    assert not is_bound(origin, ("https://*.example.com", "https://example.com"))


@given(st.text(max_size=60))
def test_any_header_gets_an_answer(origin: str) -> None:
    assert is_bound(origin, ("https://shop.example.com",)) in (True, False)
