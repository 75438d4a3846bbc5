"""A case to show: two made-up films, maps, findings and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROWS, COLUMNS = 640, 512
NAMES = ["pleural effusion", "lung opacity", "cardiomegaly"]
EFFUSION = "Blunting of the [side] costophrenic angle, in keeping with a small pleural effusion."
OPACITY = "Patchy lung opacity in the lower zone."


def lay_out(folder: Path) -> dict[str, Any]:
    """Write films and maps into ``folder`` and return the case that names them."""
    _write_film(folder / "pa.raw", seed=1)
    _write_film(folder / "lat.raw", seed=2)
    for place, name in enumerate(("effusion", "opacity", "heart")):
        _write_map(folder / f"{name}.png", 0.3 + 0.2 * place)
    return {
        "films": [_film(1, "pa", "PA"), _film(2, "lat", "LAT")],
        "maps": [
            _map("pleural effusion", 1, "effusion", validated=True),
            _map("lung opacity", 1, "opacity", validated=False),
            _map("cardiomegaly", 2, "heart", validated=False),
        ],
        "rows": [
            _row("pleural effusion", "left", 0.81, "present"),
            _row("lung opacity", "right", 0.42, "uncertain", calibrated=False),
            _row("cardiomegaly", None, 0.38, "uncertain"),
            _row("pneumothorax", None, 0.04, "absent", has_map=False),
        ],
        "not_assessed": ["lines and tubes", "free air", "fractures", "apices", "behind the heart"],
        "state": "",
        "sections": dict.fromkeys(
            ("indication", "comparison", "technique", "findings", "impression"), ""
        ),
        "version": 1,
        "typed": False,
        "read_only": False,
        "sentences": [],
        "checks_open": 2,
        "tell_saves": False,
        "api": "up",
        "missing": [],
        "truncated": [],
        "halted_at": {},
        "fetched": [],
        "saves": [],
    }


def sentences() -> list[dict[str, Any]]:
    return [
        {"text": EFFUSION, "section": "findings", "findings": ["pleural effusion"]},
        {"text": OPACITY, "section": "findings", "findings": ["lung opacity"]},
    ]


def _write_film(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 40, (ROWS, COLUMNS))
    ramp = np.linspace(600, 3400, COLUMNS)[None, :] + np.linspace(-200, 200, ROWS)[:, None]
    path.write_bytes(np.clip(ramp + noise, 0, 4095).astype("<u2").tobytes())


def _write_map(path: Path, centre: float) -> None:
    y, x = np.mgrid[0:160, 0:128]
    bump = np.exp(-(((x - 128 * centre) ** 2 + (y - 100) ** 2) / 600))
    cv2.imwrite(str(path), (255 * bump).astype(np.uint8))


def _film(instance_id: int, name: str, label: str) -> dict[str, Any]:
    return {
        "instance_id": instance_id,
        "url": f"/api/v1/instances/{name}/pixels",
        "rows": ROWS,
        "columns": COLUMNS,
        "window_center": 2000,
        "window_width": 3500,
        "window_function": "LINEAR",
        "monochrome1": False,
        "spacing_mm": [0.6, 0.6],
        "label": label,
        "phantom": True,
    }


def _map(finding: str, instance_id: int, name: str, *, validated: bool) -> dict[str, Any]:
    title = f"{finding}: location" if validated else f"{finding}: model attention, not location"
    url = f"/api/v1/evidence/{name}.png"
    return {
        "finding": finding,
        "instance_id": instance_id,
        "url": url,
        "title": title,
        "validated": validated,
    }


def _row(
    name: str,
    laterality: str | None,
    value: float,
    certainty: str,
    *,
    calibrated: bool = True,
    has_map: bool = True,
) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "laterality": laterality,
        "value": value,
        "operating_point": 0.5,
        "uncertain_point": 0.3,
        "certainty": certainty,
        "calibrated": calibrated,
        "tooltip": "Measured on 1,204 films, 96 of them positive.",
        "has_map": has_map,
    }
