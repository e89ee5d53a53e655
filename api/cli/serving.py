"""`kb serve`: one process that answers on one address."""

from __future__ import annotations

import errno
import ipaddress
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Data, existing_folder, settings_for
from api.cli.output import emit, message
from kb.errors import InvalidInputError

if TYPE_CHECKING:
    from kb.settings import Settings

BACKLOG = 2048


def serve(
    data: Data = None,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    watch: Annotated[bool, typer.Option("--watch", help="Index again whenever an article changes.")] = False,
    articles: Annotated[
        Path | None, typer.Option("--articles", metavar="ARTICLES", help="Folder to watch; else the one last indexed.")
    ] = None,
) -> None:
    """Serve the help centre and the API."""
    settings = settings_for(data, watch=watch or None, articles=articles)
    proxies = trusted_proxies(settings.trusted_proxies)
    if articles is not None:
        existing_folder(articles)
    listener = listen(host, port)
    with listener:
        import uvicorn

        from api.app import create_app
        from api.raw_addresses import RawAddressProtocol

        _check_index(settings)
        _check_keys(settings, host)
        address = url_of(listener)
        application = create_app(settings, host=host, address=address.rstrip("/"))
        emit(address)
        _check_links(settings, address)
        message(f"Serving {settings.data}; Ctrl-C stops.")
        config = uvicorn.Config(
            application,
            http=RawAddressProtocol,
            log_level=settings.log_level,
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=proxies,
        )
        with suppress(KeyboardInterrupt):  # the way a person stops it, after everything was closed
            uvicorn.Server(config).run(sockets=[listener])


def trusted_proxies(written: str) -> list[str]:
    """Addresses and networks whose word on where a request came from is taken. Raises ``InvalidInputError``.

    >>> trusted_proxies("127.0.0.1, 10.0.0.0/8")
    ['127.0.0.1', '10.0.0.0/8']
    """
    found = written.replace(",", " ").split()
    for part in found:
        try:
            ipaddress.ip_network(part)
        except ValueError:
            raise InvalidInputError(
                f"KB_TRUSTED_PROXIES: {part!r} is no address and no network.",
                "Write addresses like 10.0.0.5 or networks like 10.0.0.0/8; trusting everybody lets visitors choose their address.",
            ) from None
    return found


def _check_index(settings: Settings) -> None:
    """Say that there is nothing to answer from: the server starts all the same, and answers once there is an index."""
    from kb.index.revisions import current_revision

    if current_revision(settings.data) is not None or (settings.watch and settings.articles is not None):
        return
    missing = f"No index in {settings.data}" if settings.data.is_dir() else f"There was no data folder {settings.data}"
    message(f"{missing}: every question is refused (503) until this is run: kb index ARTICLES --data {settings.data}")


def _check_links(settings: Settings, address: str) -> None:
    """Say where the links that are sent to others lead, when nobody has said where others find this server."""
    told = settings.webhook_urls or settings.handoff_mail or settings.handoff_destinations
    if told and not settings.site_url:
        message(f"Links in webhooks and letters begin with {address}: set KB_SITE_URL to the address that others use.")


def _check_keys(settings: Settings, host: str) -> None:
    """Say what a server without a key refuses; a database that cannot be opened is reported before anything starts."""
    from api.security import is_loopback
    from kb.records import Records

    with Records.open(settings.data) as records:
        if not is_loopback(host) and not records.has_keys() and not records.users.exist():
            make = f"kb users add NAME --data {settings.data}, or kb keys create NAME --data {settings.data}"
            message(f"Owner calls are refused until a user or a key exists: {make}")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that a port in use is known before anything is loaded. Raises InvalidInputError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise InvalidInputError(
            f"There is no address {host!r} here.", "Use 127.0.0.1, 0.0.0.0 or a name of this machine."
        ) from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(error, host, port) from None
    return listener


def _refused(error: OSError, host: str, port: int) -> InvalidInputError:
    if error.errno == errno.EADDRINUSE:
        return InvalidInputError(f"Port {port} on {host} is in use.", f"Choose another, for example --port {port + 1}.")
    if error.errno == errno.EACCES:
        return InvalidInputError(f"Port {port} needs more rights than this user has.", "Choose one above 1023.")
    return InvalidInputError(
        f"Nothing can listen on {host} port {port}: {error.strerror}.", "Use 127.0.0.1 or 0.0.0.0."
    )


def url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds the server."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
