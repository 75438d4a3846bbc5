"""A labelled folder of tiny synthetic films, made anew for each test that asks."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

COLUMNS = (
    "image",
    "source",
    "licence",
    "patient_id",
    "view",
    "sex",
    "age",
    "labels",
    "labels_known",
    "split",
)
KNOWN = "Effusion;Pneumonia;No Finding"


def write_manifest(folder: Path, lines: list[dict[str, str]]) -> None:
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)


def line(place: int, labels: str, split: str, **changes: str) -> dict[str, str]:
    return {
        "image": f"film{place}.png",
        "source": "nih_cxr14",
        "licence": "NIH: no restriction on use",
        "patient_id": f"p{place // 2}",
        "view": "PA" if place % 3 else "AP",
        "sex": "MF"[place % 2],
        "age": str(20 + place),
        "labels": labels,
        "labels_known": KNOWN,
        "split": split,
        **changes,
    }


def write_films(folder: Path) -> None:
    """24 films of 12 patients; an effusion is a bright lower half."""
    rng = np.random.default_rng(0)
    lines = []
    for place in range(24):
        ill = (place // 2) % 2 == 0
        film = rng.uniform(30, 120, (72, 64))
        if ill:
            film[40:] += 110
        cv2.imwrite(str(folder / f"film{place}.png"), film.astype(np.uint8))
        labels = "Effusion;Pneumonia" if ill else "No Finding"
        lines.append(line(place, labels, "val" if place >= 18 else "train"))
    write_manifest(folder, lines)


@pytest.fixture
def film_folder(tmp_path: Path) -> Path:
    write_films(tmp_path)
    return tmp_path
