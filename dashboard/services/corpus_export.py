"""A table of the Corpus page as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from dashboard.services.spreadsheet import safe_cell


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> bytes:
    """RFC 4180 in UTF-8 with a header line; nothing in it is run by a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(head) for head in heads])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8")
