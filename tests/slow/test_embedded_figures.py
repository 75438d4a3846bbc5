"""Every figure beside the shipped weights, measured again from the weights and the films."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.evaluation.embedded import compare_with_file, measure_again
from core.models.registry import EMBEDDED_FOLDER


@pytest.mark.slow
@pytest.mark.films
@pytest.mark.timeout(3000)
def test_every_shipped_figure_is_measured_again():
    home = os.environ.get("OVERREAD_TEST_DATA")
    if not home or not (Path(home) / "cxr").is_dir():
        pytest.skip("OVERREAD_TEST_DATA has no cxr folder")
    again = measure_again(Path(home) / "cxr", EMBEDDED_FOLDER)
    agreement = compare_with_file(again, EMBEDDED_FOLDER)
    assert agreement.figures > 1000
    assert agreement.differing == ()
