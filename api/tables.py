"""Rows to CSV (RFC 4180) that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "text/csv"
# A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection), the full-width signs to one set up for
# Chinese or Japanese; a quote in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
MARK = "\ufeff"  # without it Excel takes Chinese for something else


def csv_reply(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send ``rows`` as ``name``, UTF-8 with a mark at the start."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(MARK + csv_text(columns, rows), media_type=MEDIA_TYPE, headers=headers)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """``rows`` below their ``columns``, each line ended by CRLF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
