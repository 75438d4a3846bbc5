from __future__ import annotations

import numpy as np
import pytest

from core.reporting.pdf.content import KeyImage
from core.reporting.pdf.key_image import common_scale


def test_films_with_spacing_share_one_scale() -> None:
    large = KeyImage(np.zeros((2000, 1600), np.uint8), "", (0.2, 0.2))
    small = KeyImage(np.zeros((1000, 500), np.uint8), "", (0.2, 0.4))
    (w1, h1), (w2, h2) = common_scale([large, small], 2, (500.0, 300.0), 10.0)
    assert (w1 / 320, h1 / 400, w2 / 200, h2 / 200) == pytest.approx([h1 / 400] * 4)
    assert w1 + 10 + w2 <= 500.001
    assert max(h1, h2) <= 300.001
    assert h1 == pytest.approx(300) or w1 + 10 + w2 == pytest.approx(500)


def test_films_of_unknown_scale_get_one_height() -> None:
    known = KeyImage(np.zeros((2000, 1600), np.uint8), "", (0.2, 0.2))
    unknown = KeyImage(np.zeros((100, 90), np.uint8), "")
    sizes = common_scale([known, unknown, unknown], 2, (500.0, 200.0), 10.0)
    assert {round(height, 6) for _, height in sizes} == {200.0}
