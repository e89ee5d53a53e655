"""Web origins that a public key is bound to: how they are written, and which pages they stand for (RFC 6454)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from kb.errors import InvalidInputError

_DEFAULT_PORT = {"http": 80, "https": 443}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ANY = "*."


def normal_origin(written: str) -> str:
    """An origin as browsers send it: lower case, no default port, no slash at its end.

    ``https://*.example.com`` stands for every name below example.com and not for that name itself. Raises ``InvalidInputError``.

    >>> normal_origin("HTTPS://Help.Example.COM:443/"), normal_origin("http://127.0.0.1:8080")
    ('https://help.example.com', 'http://127.0.0.1:8080')
    """
    if not written.strip().isprintable():
        raise _unusable(written)
    try:
        parts = urlsplit(written.strip())
        scheme, host, port = parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port
        bare = host.removeprefix(_ANY)
        ascii_host = bare if bare.isascii() else _punycode(bare)
    except (ValueError, UnicodeError):  # a port or a bracket that is none, a name that no domain can have
        raise _unusable(written) from None
    extra = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc or port == 0
    if scheme not in _DEFAULT_PORT or not ascii_host or extra or not _is_host(ascii_host):
        raise _unusable(written)
    if host.startswith(_ANY) and (
        ascii_host.count(".") < 1 or ":" in ascii_host or ascii_host.replace(".", "").isdigit()
    ):
        raise InvalidInputError(
            f"{written!r} would stand for pages of strangers.",
            "Write at least two parts: https://*.example.com.",
            "/origins",
        )
    name = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    wild = _ANY if host.startswith(_ANY) else ""
    return f"{scheme}://{wild}{name}" + ("" if port in (None, _DEFAULT_PORT[scheme]) else f":{port}")


def is_bound(origin: str, bound: tuple[str, ...]) -> bool:
    """Whether a page of ``origin`` (the header of that name) may use a key that is bound to ``bound``.

    ``null``, which sandboxed frames and local files send, is nobody's.

    >>> is_bound("https://de.example.com", ("https://*.example.com",)), is_bound("null", ("https://*.example.com",))
    (True, False)
    """
    try:
        sent = normal_origin(origin)
    except InvalidInputError:
        return False
    return _ANY not in sent and any(_stands_for(written, sent) for written in bound)


def _stands_for(written: str, origin: str) -> bool:
    try:
        pattern = normal_origin(written)  # those of older versions are stored as they were typed
    except InvalidInputError:
        return False
    scheme, _, name = pattern.partition("://")
    if not name.startswith(_ANY):
        return pattern == origin
    return origin.startswith(f"{scheme}://") and origin.partition("://")[2].endswith(name[1:])


def _punycode(name: str) -> str:
    import idna  # hardly any key needs it

    return idna.encode(name, uts46=True).decode()


def _is_host(name: str) -> bool:
    if ":" in name:  # urlsplit has checked the brackets and the address in them
        return True
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def _unusable(written: str) -> InvalidInputError:
    return InvalidInputError(
        f"{written[:100]!r} is no origin of web pages.",
        "Write scheme and name, such as https://help.example.com.",
        "/origins",
    )
