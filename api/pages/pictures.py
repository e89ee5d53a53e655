"""Width and height of article images in the HTML, so that nothing on the page moves when they arrive."""

from __future__ import annotations

import html as markup
import re
import struct
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

_IMAGE = re.compile(r"<img\b[^<>]*>")
_SOURCE = re.compile(r'\bsrc="/articles/([^"]*)"')
_SIZED = re.compile(r"\b(?:width|height)=")
_LARGEST = 20_000  # pixels; a file that claims more is damaged


def with_sizes(html: str, articles_dir: Path) -> str:
    """``html`` with ``width`` and ``height`` on images that lie below ``articles_dir`` and have neither.

    What cannot be read stays as it is. Sizes are remembered by name and time of change.
    """

    def sized(match: re.Match[str]) -> str:
        tag = match[0]
        source = _SOURCE.search(tag)
        if source is None or _SIZED.search(tag):
            return tag
        size = _size_below(articles_dir, unquote(markup.unescape(source[1])))
        return tag if size is None else tag.replace("<img", f'<img width="{size[0]}" height="{size[1]}"', 1)

    return _IMAGE.sub(sized, html)


def _size_below(folder: Path, name: str) -> tuple[int, int] | None:
    try:
        root = folder.resolve()
        file = (root / name).resolve()
        if not file.is_relative_to(root):
            return None
        return _size(file, file.stat().st_mtime_ns)
    except (OSError, ValueError):  # gone, or no name that a file can have
        return None


@lru_cache(maxsize=1024)
def _size(file: Path, changed: int) -> tuple[int, int] | None:
    # Imported at the first image: importing the application must stay quick.
    import imagesize

    try:
        with file.open("rb") as stream:
            width, height = imagesize.get(stream)
    except (OSError, ValueError, struct.error):  # damaged, or another format than its name says
        return None
    return (int(width), int(height)) if 0 < width <= _LARGEST and 0 < height <= _LARGEST else None
