"""A figures file of a model that never was, by the functions that write the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.evaluation.comparison import comparison_figures
from core.evaluation.drawn import DrawnReading, curve_points
from core.evaluation.drawn_films import kinds_figures
from core.evaluation.figures import CrossScored, all_figures
from core.evaluation.localisation import CENTRE, MEAN_BOX, VAL, Pointed, localisation_figures
from core.evaluation.operating import Decision, decide_all
from core.evaluation.pointing import THRESHOLDS, MapScore
from core.evaluation.scored import Scored
from core.evaluation.shortcuts import masking_figures, source_figures
from core.evaluation.worst import worst_errors
from core.models.film_standing import SCHEMA as CHECK_SCHEMA
from core.models.measured import SCHEMA
from tests.unit.training.conftest import line, write_manifest

FINDINGS = ("cardiomegaly", "lung opacity", "pleural effusion", "hernia")
SOURCES = ("nih_cxr14", "vqarad")
CARD = """# Model card: overread-made-up

## Intended use

A draft for a qualified reader. **Not for triage.** No lateral films.

## Limits

- Prevalence is not that of a clinic.
- <b>Small</b> nodules are beyond the resolution.

## Figures

| finding | AUROC |
| --- | --- |
| hernia | - |
"""


def scored(films: int, findings: tuple[str, ...], seed: int) -> Scored:
    """Films of two patients in three; the last finding is rare, a tenth of labels unknown."""
    rng = np.random.default_rng(seed)
    shape = (films, len(findings))
    rate = np.r_[np.full(len(findings) - 1, 0.3), 0.02]
    labels = (rng.random(shape) < rate).astype(np.float32)
    logits = rng.normal(1.6 * labels - 1.2, 1).astype(np.float32)
    patients = np.array([f"p{seed}-{place * 2 // 3}" for place in range(films)])
    sources = np.where(np.arange(films) % 5 == 4, SOURCES[1], SOURCES[0])
    return Scored(findings, labels, rng.random(shape) < 0.9, logits, sources, patients)


def pointed(finding: str, films: int, hit: float, seed: int = 3) -> list[Pointed]:
    rng = np.random.default_rng(seed)
    chances = {"trained map": hit, "Grad-CAM": 0.3, CENTRE: 0.1, MEAN_BOX: 0.35}
    return [
        Pointed(
            finding,
            f"q{place}",
            VAL if place % 4 == 0 else place % 3,
            1 + place % 2,
            ("left", "right", None)[place % 3],
            {name: _map_score(rng, chance) for name, chance in chances.items()},
        )
        for place in range(films)
    ]


def _map_score(rng: np.random.Generator, chance: float) -> MapScore:
    hit = bool(rng.random() < chance)
    near = hit or bool(rng.random() < 0.2)
    return MapScore(hit, near, rng.uniform(0, 0.6, len(THRESHOLDS)), float(rng.random()))


def drawn(decision: Decision, finding: str, films: int = 20) -> dict[str, Any]:
    rng = np.random.default_rng(5)

    def readings(size: float | None, contrast: float | None) -> list[DrawnReading]:
        rise = (size or 10) * (contrast or 0.1) * 1.5
        return [
            DrawnReading(
                finding, f"r{n}", *(rng.normal((rise - 1, -1), 1).tolist()),
                bool(rng.random() < 0.5), True, size, contrast,
            )
            for n in range(films)
        ]  # fmt: skip

    kinds = kinds_figures({finding: readings(None, None)}, {finding: decision})
    grid = [one for s in (5.0, 10.0, 20.0, 30.0) for c in (0.05, 0.1) for one in readings(s, c)]
    return {
        "phantoms": {"first_seed": 5000, "films": films, "map": "trained map", "kinds": kinds},
        "composites": {
            "films": films,
            "map": "trained map",
            "kinds": kinds,
            "curve": curve_points(grid, decision),
        },
    }


POINTED = {
    "image": "images/a1.png", "finding": "lung opacity", "across": 0.25, "down": 0.3, "hit": True,
}  # fmt: skip


def located(hit: float = 0.2) -> dict[str, Any]:
    """Maps against boxes; ``hit``: how often the trained maps of lung opacity point right."""
    opacity, heart = "lung opacity", "cardiomegaly"
    places = [*pointed(opacity, 48, hit), *pointed(heart, 12, 0.6)]
    return localisation_figures(places, {opacity: 72, heart: 12, "mass": 3}, "trained map")


def measured_document(findings: tuple[str, ...] = FINDINGS, films: int = 100) -> dict[str, Any]:
    """The whole of ``measured.json``, schema 2."""
    val, train = scored(films, findings, 1), scored(2 * films, findings, 2)
    cross = CrossScored(train.headline, np.arange(len(train.headline.patients)) % 3)
    decisions = decide_all(cross.films)
    head, noise = val.headline, np.random.default_rng(4)
    weak = {
        "logistic regression on 32 x 32 pixels": head.logits / 3
        + noise.normal(0, 1, head.logits.shape).astype(np.float32)
    }
    weak_cross = dict.fromkeys(weak, cross.films.logits)
    pooled = noise.normal(size=(len(val.patients), 8)).astype(np.float32)
    images = [f"images/film{place}.png" for place in range(len(head.patients))]
    return {
        "schema": SCHEMA,
        "name": "overread-made-up",
        "weights_sha256": "ab" * 32,
        "input_size": 160,
        "parameters": 4_700_000,
        "split": {
            "by": "patient",
            "train": {source: {"films": 90, "patients": 60} for source in SOURCES},
            "val": {"nih_cxr14": {"films": 30, "patients": 20}},
        },
        **all_figures(val, decisions, cross),
        "baselines": {
            "neighbours": 20,
            "val": comparison_figures(head, weak),
            "cross_fit": comparison_figures(cross.films, weak_cross),
        },
        "localisation": {**located(), "examples": [POINTED]},
        "shortcuts": {
            "source_auroc": source_figures(pooled, val.sources, val.patients),
            "masked": masking_figures(head, head.logits),
        },
        "drawn": drawn(decisions["lung opacity"], "lung opacity"),
        "worst": worst_errors(head, images, decisions),
    }


def gate_document() -> dict[str, Any]:
    """The figures file of a film check that never was."""
    rate = {"value": 0.01, "low": 0.0, "high": 0.03, "cases": 100}
    refused = {"refused": 1, "films": 100, "patients": 80, "rate": rate}
    return {
        "schema": CHECK_SCHEMA,
        "name": "overread-film-check-1",
        "weights_sha256": "cd" * 32,
        "input_size": 64,
        "points": {"chest": 0.2, "turn": 0.6, "inverted": 0.7},
        "figures": {
            "false_rejects": {"nih_cxr14": refused, "all": refused},
            "poses": {
                "as they should": {"films": 100, "called turned": 2, "called inverted": 1},
                "turned": {
                    "films": 600,
                    "turned back": 580,
                    "left as they are": 15,
                    "turned wrongly": 5,
                },
                "inverted": {"films": 400, "called inverted": 390},
                "all ways": {"films": 800, "refused": 9, "turn and scale right": 771},
            },
            "drawn_kinds_learned": {"hand": {"passed": 0, "pictures": 40}},
            "drawn_kinds_held_out": {"letter <scan>": {"passed": 3, "pictures": 40}},
            "dicom": {
                "CT HEAD": {"passed": 1, "pictures": 7},
                "CR CHEST": {"passed": 7, "pictures": 7},
            },
            "dicom_left_out": {"cannot be read": 2, "holds no image": 3},
        },
    }


def write_model(folder: Path, document: dict[str, Any] | None = None) -> Path:
    """A weights folder with its figures and card; the weights themselves are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    content = measured_document() if document is None else document
    (folder / "measured.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "card.md").write_text(CARD, encoding="utf-8")
    (folder / "weights.safetensors").write_bytes(b"")
    return folder


def write_films(folder: Path, document: dict[str, Any]) -> Path:
    """A folder of films that the figures name, with a manifest and one box."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    names = sorted({entry["image"] for entry in (*document["worst"], POINTED)})
    for name in names:
        film = cv2.GaussianBlur(rng.uniform(0, 255, (300, 260)).astype(np.uint8), (0, 0), 9)
        cv2.imwrite(str(folder / name), film)
    lines = [line(n, "Effusion", "val", image=name) for n, name in enumerate(names)]
    write_manifest(folder, lines)
    header = "image,finding,x,y,w,h,orig_w,orig_h,origin,split,patient_id\n"
    box = f"{POINTED['image']},Lung Opacity,26,30,52,60,260,300,made up,val,p1\n"
    (folder / "boxes.csv").write_text(header + box, encoding="utf-8")
    return folder
