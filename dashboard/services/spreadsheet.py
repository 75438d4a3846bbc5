"""Tables for spreadsheets, which run some cells as formulas."""

from __future__ import annotations

from typing import Any

# A spreadsheet runs cells that begin with one of these as formulas (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """A cell that a spreadsheet would run gets an apostrophe."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
