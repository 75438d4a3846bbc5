"""``measured.json``: what was measured of a set of weights, read without importing torch.

The file is written by ``python -m core.training embedded`` and recomputed by
``python -m core.evaluation embedded``. Every figure that a page shows comes from here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from core.domain.errors import N_, ModelUnavailableError
from core.models.base import FindingFigures, Interval

SCHEMA = 2
MEASURED = "measured.json"
WEIGHTS = "weights.safetensors"
CARD = "card.md"
WENT_ON = "went_on_from"
"""Where a file says of which other run's weights its own went on."""

_INTERVALS = (
    "auroc",
    "sensitivity",
    "specificity",
    "sensitivity_uncertain",
    "specificity_uncertain",
    "side_accuracy",
)


@dataclass(frozen=True)
class Calibration:
    """``probability = sigmoid(slope * logit + intercept)``."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class Measured:
    """A figures file. ``document`` is the whole JSON, for cards and pages.

    ``map_method`` names what draws the maps that a reader sees; ``digest`` is the SHA-256 of the
    file.
    """

    name: str
    weights_sha256: str
    findings: Mapping[str, FindingFigures]
    calibrations: Mapping[str, Calibration]
    mean_nih_auroc: Interval | None
    map_method: str
    digest: str
    document: Mapping[str, Any]


def read_measured(folder: Path) -> Measured:
    """Read the figures that lie beside a set of weights.

    Raises
    ------
    ModelUnavailableError
        If the file is absent, damaged or of another schema.
    """
    try:
        path = folder / MEASURED
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    except FileNotFoundError:
        raise ModelUnavailableError(
            model=folder.name, reason=N_("its figures file is missing")
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelUnavailableError(
            model=folder.name, reason=N_("its figures file is damaged")
        ) from error


# Every study that comes in asks for it; the stamp tells a file that has changed.
@lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int, _bytes: int) -> Measured:
    content = path.read_bytes()
    document = json.loads(content)
    if document["schema"] != SCHEMA:
        raise ModelUnavailableError(
            model=path.parent.name, reason=N_("its figures file has another schema")
        )
    return _parse(document, hashlib.sha256(content).hexdigest())


class OfWeights(Protocol):
    """Figures of any kind that name the weights they were measured of."""

    @property
    def name(self) -> str: ...
    @property
    def weights_sha256(self) -> str: ...


def check_weights(folder: Path, measured: OfWeights) -> Path:
    """Return the weights file if it is the one that was measured.

    Raises
    ------
    ModelUnavailableError
        If it is absent or its SHA-256 differs.
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise ModelUnavailableError(model=measured.name, reason=N_("its weights file is missing"))
    if hashlib.sha256(weights.read_bytes()).hexdigest() != measured.weights_sha256:
        raise ModelUnavailableError(
            model=measured.name, reason=N_("its weights are not the ones that were measured")
        )
    return weights


def interval_json(interval: Interval | None) -> dict[str, float | int] | None:
    """Return an interval as it stands in the file, rounded to what the bootstrap carries."""
    if interval is None:
        return None
    return {
        "value": round(interval.value, 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "cases": interval.cases,
    }


def _parse(document: Mapping[str, Any], digest: str) -> Measured:
    entries = document["findings"]
    _check_described(document)
    return Measured(
        name=_text(document["name"]),
        weights_sha256=_text(document["weights_sha256"]),
        findings={name: _figures(name, entry) for name, entry in entries.items()},
        calibrations={
            name: _calibration(entry["calibration"])
            for name, entry in entries.items()
            if entry["calibration"]
        },
        mean_nih_auroc=_interval(document["mean_nih_auroc"]),
        map_method=_text(document["localisation"]["default"]),
        digest=digest,
        document=document,
    )


def _figures(name: str, entry: Mapping[str, Any]) -> FindingFigures:
    return FindingFigures(
        name=name,
        positives=int(_number(entry["positives"])),
        prevalence=_number(entry["prevalence"]),
        operating_point=_number(entry["operating_point"]),
        uncertain_point=_number(entry["uncertain_point"]),
        calibrated=entry["calibrated"],
        localised=entry["localised"],
        **{key: _interval(entry[key]) for key in _INTERVALS},
    )


def _interval(entry: Mapping[str, Any] | None) -> Interval | None:
    if not entry:
        return None
    value, low, high = (_number(entry[key]) for key in ("value", "low", "high"))
    return Interval(value, low, high, int(_number(entry["cases"])))


def _calibration(entry: Mapping[str, Any]) -> Calibration:
    return Calibration(_number(entry["slope"]), _number(entry["intercept"]))


def _check_described(document: Mapping[str, Any]) -> None:
    """Check what pages show of where weights came from, where it is stated at all."""
    _text(document.get("made") or "")
    split, relearned = document.get("split") or {}, document.get("relearned") or {}
    if not isinstance(relearned, Mapping) or not isinstance(split, Mapping):
        raise TypeError
    for side in ("train", "val"):
        for counts in (split.get(side) or {}).values():
            _number(counts["films"]), _number(counts["patients"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> Any:
    """A finite number as it stands, whole or not."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return value
