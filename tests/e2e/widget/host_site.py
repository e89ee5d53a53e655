"""The web site that embeds the widget: a small server of another origin whose pages and headers a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Hosted:
    """One file of the site: its bytes, media type and further headers."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class HostSite(ThreadingHTTPServer):
    """``files`` by path. ``requests``: the paths that were asked for, in order."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, Hosted] = {"/favicon.ico": Hosted(b"", "image/x-icon")}
        self.requests: list[str] = []

    @property
    def origin(self) -> str:
        """By another name than the service, so that the two are another site for the browser, not only another port."""
        return f"http://localhost:{self.server_address[1]}"

    def put(self, path: str, body: str | bytes, *, headers: Mapping[str, str] | None = None) -> str:
        """Serve ``body`` at ``path`` and return its address; the media type follows from the suffix, else HTML."""
        media_type = _TYPES.get(Path(path).suffix, _TYPES[".html"])
        content = body.encode() if isinstance(body, str) else body
        self.files[path] = Hosted(content, media_type, dict(headers or {}))
        return f"{self.origin}{path}"

    def put_folder(self, prefix: str, folder: Path) -> None:
        """Serve every file below ``folder`` under ``prefix``; ``index.html`` also as its folder."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            path = f"{prefix}/{file.relative_to(folder).as_posix()}"
            self.put(path, file.read_bytes())
            if file.name == "index.html":
                self.put(path.removesuffix("index.html"), file.read_bytes())

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers break connections off; that is no error of a test."""


class _Handler(BaseHTTPRequestHandler):
    server: HostSite

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.requests.append(path)
        found = self.server.files.get(path)
        self.send_response(200 if found else 404)
        found = found or Hosted(b"", "text/plain")
        self.send_header("Content-Type", found.media_type)
        self.send_header("Content-Length", str(len(found.body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def host_site() -> Iterator[HostSite]:
    site = HostSite()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, name="host-site", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
