"""Re-index when an article is saved."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from indexer.build import BuildReport, build
from kb.errors import KbError

# Editors write a file in several steps; wait this long for the last of them.
_DEBOUNCE_MS = 50


def watch(
    articles_dir: Path,
    data: Path,
    *,
    encoder: Callable[[], str],
    models: Path | None = None,
    on_report: Callable[[BuildReport], None],
    on_error: Callable[[KbError], None],
    stop: threading.Event,
) -> None:
    """Build once, then after every change below ``articles_dir``, until ``stop`` is set. Errors do not end it.

    ``encoder`` is called before each build for the name of the model.
    """
    from watchfiles import DefaultFilter
    from watchfiles import watch as changes

    class Articles(DefaultFilter):
        def __call__(self, change: object, path: str) -> bool:
            return path.endswith((".md", "owners.yaml"))

    def rebuild(light: bool) -> None:
        try:
            on_report(build(articles_dir, data, encoder=encoder(), models=models, light=light))
        except KbError as error:
            on_error(error)

    rebuild(light=False)
    registered = False
    for found in changes(
        articles_dir,
        watch_filter=Articles(),
        debounce=_DEBOUNCE_MS,
        step=_DEBOUNCE_MS,
        stop_event=stop,
        rust_timeout=500,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        # A save between the first build and the start of watching raises no event: look once more when watching has begun.
        if stop.is_set():
            return
        if found or not registered:
            rebuild(light=True)
        registered = True
