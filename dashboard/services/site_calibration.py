"""Calibrate the classifier to this site: fit the layer on signed reports, and say what it is worth.

Labels come from signed text, and from what was written before the draft was seen where a reader
read first. Scores are those of the draft that the report was held against, and only of drafts by
the weights that read films now. Patients who are held out teach nothing here either: what is
promoted is measured on them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.domain.errors import N_
from core.domain.model_errors import CalibrationRefusedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.evaluation.calibration import Platt, fit_platt, sigmoid
from core.evaluation.reliability import calibration_error_each
from core.evaluation.resampling import interval_of, resample
from core.models import registry
from core.models.base import Interval
from core.models.measured import Calibration, Measured
from core.models.site_calibration import (
    SiteCalibration,
    SiteCurve,
    logit,
    read_layer,
    write_layer,
)
from core.training.corpus.sources.ledger import HOLDOUT
from dashboard.services import consent, model_versions
from dashboard.services.export_labels import ABSENT, PRESENT, label_cells
from dashboard.services.export_split import Sides
from dashboard.services.export_study import Stored, reason_to_leave_out
from dashboard.services.version_acts import CALIBRATE
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.repositories.signed_scores import SignedScores
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

FOLDS = 5
AT_ONCE = 200
"""Studies that are read together: few enough for one query on every database."""
Progress = Callable[[int, int], None]
"""Called with the studies that were read, and how many there are."""


@dataclass(frozen=True)
class Reading:
    """One signed study: raw scores of its draft, and what its reader stated."""

    patient: str
    scores: dict[str, float]
    labels: dict[str, bool]
    before_reveal: bool


def current(place: Workspace, model: str = registry.EMBEDDED) -> SiteCalibration | None:
    """Return the layer that was made, on or off; ``None`` where none was.

    Raises
    ------
    ModelUnavailableError
        If its file is damaged.
    """
    return read_layer(place.settings.models, model)


def calibrate(
    place: Workspace,
    *,
    reader: Reader,
    model: str = registry.EMBEDDED,
    progress: Progress = lambda _done, _all: None,
) -> SiteCalibration:
    """Fit the layer and keep it; whether it is on stays as it was.

    Raises
    ------
    CalibrationRefusedError
        If the model has no figures, or no finding has enough signed films of either kind.
    SignedRecordBrokenError
        If the key of the chain is gone, which says who is held out.
    StorageUnavailableError, StorageFullError, DatabaseUnavailableError
    """
    measured = _own_figures(model)
    readings = gather(place, measured.weights_sha256, progress)
    layer = fit_layer(readings, measured, by=reader.name)
    if not layer.curves:
        raise CalibrationRefusedError(
            model=model, reason=N_("no finding has enough signed films with and without it")
        )
    with in_one_sentence():
        write_layer(place.settings.models, model, layer)
    model_versions.note(place, model, CALIBRATE, reader=reader)
    logger.info("calibrated on %d signed studies: %d findings", layer.films, len(layer.curves))
    return layer


def _own_figures(model: str) -> Measured:
    """The figures of the weights that read now, without a layer over them."""
    entry = registry.entry(model)
    measured = entry.measured
    if measured is not None and entry.calibration:
        measured = registry.measured_of(registry.identity_of(entry))
    if measured is None:
        raise CalibrationRefusedError(model=model, reason=N_("nothing was measured of it"))
    return measured


# --- what was signed ----------------------------------------------------------------------------


def gather(
    place: Workspace, weights_sha256: str, progress: Progress = lambda _done, _all: None
) -> tuple[Reading, ...]:
    """Return the signed studies that may teach, drafted by these weights.

    Raises
    ------
    SignedRecordBrokenError
        If the key of the chain is gone, which says who is held out.
    DatabaseUnavailableError
    """
    found: list[Reading] = []
    with place.look() as look:
        scored = _that_teach(place, look, weights_sha256)
        for start in range(0, len(scored), AT_ONCE):
            progress(start, len(scored))
            found += _readings(look, scored[start : start + AT_ONCE])
    progress(len(scored), len(scored))
    return tuple(found)


def _that_teach(place: Workspace, look: UnitOfWork, weights_sha256: str) -> list[SignedScores]:
    """Those with consent, of patients who are not held out."""
    scored = look.signed_scores.scored_by(weights_sha256)
    if not scored:
        return []
    allowed, sides = consent.allowed(place, look), Sides.of_chain(place.seal.key())
    return [
        each for each in scored if each.study_id in allowed and sides.of(each.patient_id) != HOLDOUT
    ]


def _readings(look: UnitOfWork, some: Sequence[SignedScores]) -> Iterator[Reading]:
    sequences = [each.sequence for each in some]
    studies = look.studies.many([each.study_id for each in some])
    signed, read = look.signed.at(sequences), look.readings.at(sequences)
    scores = look.signed_scores.scores([each.draft_id for each in some])
    for each in some:
        version, how = signed[each.sequence], read.get(each.sequence)
        one = Stored(studies[each.study_id], (version,), None, how, ())
        if reason_to_leave_out(one, consented=True) is None:
            yield _reading(one, scores[each.draft_id])


def _reading(one: Stored, scores: dict[str, float]) -> Reading:
    before = one.reading.before_in_english if one.reading else None
    alone = before is not None and bool(before.findings or before.impression)
    sections: Sections = before if before is not None and alone else one.signed.sections
    cells = label_cells(sections)
    labels = {name: cell == PRESENT for name, cell in cells.items() if cell in (PRESENT, ABSENT)}
    return Reading(one.study.patient.patient_id.strip(), scores, labels, alone)


# --- the curves ---------------------------------------------------------------------------------


def fit_layer(readings: Sequence[Reading], measured: Measured, *, by: str = "") -> SiteCalibration:
    """Fit a curve for each finding with enough films of both kinds; leave the others as they are.

    The errors before and after are of patients that the curve was not fitted to: each fold of
    patients under the curve of the other folds. The curve that is kept is fitted to all.
    """
    curves: dict[str, SiteCurve] = {}
    left: dict[str, tuple[int, int]] = {}
    for name in measured.findings:
        films = [each for each in readings if name in each.labels and name in each.scores]
        labels = np.array([each.labels[name] for each in films], np.float64)
        curve = _curve(films, labels, name, measured.calibrations.get(name)) if films else None
        if curve is None:
            left[name] = int(labels.sum()), len(films)
        else:
            curves[name] = curve
    return SiteCalibration(
        weights_sha256=measured.weights_sha256,
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        by=by,
        films=len(readings),
        patients=len({each.patient for each in readings}),
        before_reveal=sum(each.before_reveal for each in readings),
        curves=curves,
        left=left,
    )


def _curve(
    films: Sequence[Reading],
    labels: npt.NDArray[np.float64],
    name: str,
    own: Calibration | None,
) -> SiteCurve | None:
    raw = np.array([logit(each.scores[name]) for each in films])
    z = raw if own is None else own.slope * raw + own.intercept
    patients = np.array([each.patient for each in films])
    fitted, held = fit_platt(labels, z), _held_out(labels, z, patients)
    if fitted is None or held is None:
        return None
    return SiteCurve(
        slope=fitted.slope,
        intercept=fitted.intercept,
        positives=int(labels.sum()),
        films=len(films),
        before=None if own is None else _error(labels, sigmoid(z), patients),
        after=_error(labels, held, patients),
    )


def _held_out(
    labels: npt.NDArray[np.float64], z: npt.NDArray[np.float64], patients: npt.NDArray[np.str_]
) -> npt.NDArray[np.float64] | None:
    """Return each film's probability under the curve of other patients; ``None`` without one."""
    _, owner = np.unique(patients, return_inverse=True)
    folds = owner % FOLDS
    stated = np.zeros(len(labels))
    for fold in range(FOLDS):
        here = folds == fold
        curve: Platt | None = fit_platt(labels[~here], z[~here])
        if curve is None:
            return None
        stated[here] = curve.probability(z[here])
    return stated


def _error(
    labels: npt.NDArray[np.float64],
    stated: npt.NDArray[np.float64],
    patients: npt.NDArray[np.str_],
) -> Interval | None:
    """Expected calibration error, its interval brought back as in the figures of the weights."""
    each = calibration_error_each(labels, stated, resample(patients))
    each[1:] = np.maximum(each[1:] - (each[1:].mean() - each[0]), 0)
    return interval_of(each, len(stated))
