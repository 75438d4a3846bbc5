"""A figures file for the sections of the Models page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dashboard.components.models.table import Cell
from tests.ui.figures_file import (
    measured_document,
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    # As read from the file: what JSON cannot hold would be noticed.
    return dict(json.loads(json.dumps(measured_document())))


def text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text
