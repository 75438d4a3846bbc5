"""Calibration to a site: a layer of its own over the weights' calibration, on or off.

The layer is a second Platt curve over what the weights state: ``sigmoid(slope * z + intercept)``,
where ``z`` is the logit of the stated probability, or of the raw score where none was calibrated.
The points move along with the curve. So the layer changes what number is stated, never what is
called: sensitivity and specificity at the points stay what was measured. It belongs to one set of
weights and is left aside over any other.

References
----------
Platt 1999.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.domain.errors import N_, ModelUnavailableError
from core.models.base import FindingFigures, Interval
from core.models.language.record import replace_json
from core.models.measured import Calibration, Measured, interval_json

FOLDER = "site_calibration"
SCHEMA = 1
MOST_BYTES = 1_000_000
_EDGE = 1e-9


@dataclass(frozen=True)
class SiteCurve:
    """The layer of one finding, with what stood behind it.

    ``before`` and ``after`` are expected calibration errors on patients that the curve was not
    fitted to; ``before`` is ``None`` where the weights state no probability.
    """

    slope: float
    intercept: float
    positives: int
    films: int
    before: Interval | None
    after: Interval | None


@dataclass(frozen=True)
class SiteCalibration:
    """``left`` counts positives and films of findings that stay as they are: too few of either."""

    weights_sha256: str
    made: str
    by: str
    films: int
    patients: int
    before_reveal: int
    curves: Mapping[str, SiteCurve]
    left: Mapping[str, tuple[int, int]]
    digest: str = ""


def applied(measured: Measured, layer: SiteCalibration | None) -> Measured:
    """Return the figures with the layer over them; as they are where it is of other weights."""
    if layer is None or layer.weights_sha256 != measured.weights_sha256:
        return measured
    calibrations, findings = dict(measured.calibrations), dict(measured.findings)
    for name, curve in layer.curves.items():
        if name not in findings:
            continue
        own = measured.calibrations.get(name, Calibration(1.0, 0.0))
        calibrations[name] = Calibration(
            curve.slope * own.slope, curve.slope * own.intercept + curve.intercept
        )
        findings[name] = _moved(findings[name], curve)
    both = f"{measured.digest} {layer.digest}".encode()
    return replace(
        measured,
        findings=findings,
        calibrations=calibrations,
        digest=hashlib.sha256(both).hexdigest(),
    )


def _moved(figures: FindingFigures, curve: SiteCurve) -> FindingFigures:
    return replace(
        figures,
        operating_point=moved(figures.operating_point, curve),
        uncertain_point=moved(figures.uncertain_point, curve),
        prevalence=round(curve.positives / curve.films, 4),
        calibrated=True,
    )


def moved(stated: float, curve: SiteCurve) -> float:
    """Return what a stated number, in [0, 1], reads as under the layer."""
    if not 0 < stated < 1:
        return stated
    return 1 / (1 + math.exp(-(curve.slope * logit(stated) + curve.intercept)))


def logit(stated: float) -> float:
    """Return the logit of a number in [0, 1], its ends taken as almost certain."""
    inside = min(max(stated, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))


# --- the file -----------------------------------------------------------------------------------


def path_of(models: Path, model: str) -> Path:
    return models / FOLDER / f"{model}.json"


def read_layer(models: Path, model: str) -> SiteCalibration | None:
    """Return the layer of a model; ``None`` where none was made.

    Raises
    ------
    ModelUnavailableError
        If its file is damaged or too large.
    """
    path = path_of(models, model)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError
        content = path.read_bytes()
        document = json.loads(content)
        if document["schema"] != SCHEMA:
            raise ValueError
        return _layer(document, hashlib.sha256(content).hexdigest())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = N_("the file of its calibration to this site is damaged")
        raise ModelUnavailableError(model=model, reason=reason) from error


def write_layer(models: Path, model: str, layer: SiteCalibration) -> None:
    """Write a layer, whole or not at all.

    Raises
    ------
    OSError
    """
    path = path_of(models, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_json(path, _json(layer))


def _layer(document: Mapping[str, Any], digest: str) -> SiteCalibration:
    return SiteCalibration(
        weights_sha256=str(document["weights_sha256"]),
        made=str(document["made"]),
        by=str(document["by"]),
        films=int(document["films"]),
        patients=int(document["patients"]),
        before_reveal=int(document["before_reveal"]),
        curves={str(name): _curve(entry) for name, entry in document["curves"].items()},
        left={str(n): (int(e["positives"]), int(e["films"])) for n, e in document["left"].items()},
        digest=digest,
    )


def _curve(entry: Mapping[str, Any]) -> SiteCurve:
    slope, intercept = float(entry["slope"]), float(entry["intercept"])
    positives, films = int(entry["positives"]), int(entry["films"])
    if not (math.isfinite(intercept) and 0 < slope < math.inf and 0 < positives < films):
        raise ValueError
    errors = (Interval(**entry[key]) if entry[key] else None for key in ("before", "after"))
    return SiteCurve(slope, intercept, positives, films, *errors)


def _json(layer: SiteCalibration) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "weights_sha256": layer.weights_sha256,
        "made": layer.made,
        "by": layer.by,
        "films": layer.films,
        "patients": layer.patients,
        "before_reveal": layer.before_reveal,
        "curves": {
            name: {
                "slope": curve.slope,
                "intercept": curve.intercept,
                "positives": curve.positives,
                "films": curve.films,
                "before": interval_json(curve.before),
                "after": interval_json(curve.after),
            }
            for name, curve in layer.curves.items()
        },
        "left": {
            name: {"positives": positives, "films": films}
            for name, (positives, films) in layer.left.items()
        },
    }
